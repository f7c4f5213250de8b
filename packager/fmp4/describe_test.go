package fmp4

import (
	"strings"
	"testing"
	"unicode/utf8"

	"headwater/packager"
)

func TestFrameRate(t *testing.T) {
	f := func(pictures uint32, length packager.Ticks, timescale packager.Timescale, num, den uint32) {
		t.Helper()
		track := packager.Track{Timescale: timescale, Fragments: []packager.Fragment{{Samples: pictures, Duration: length}}}
		if got, want := frameRate(&track), (packager.FrameRate{Num: num, Den: den}); got != want {
			t.Errorf("%d in %d/%d: %v, want %v", pictures, length, timescale, got, want)
		}
	}
	f(60, 60*1001, 30000, 30000, 1001)
	f(60, 60*3003, 90000, 30000, 1001)
	f(60, 2000, 1000, 30, 1)
	f(60, 2002, 1000, 30000, 1001)
	f(299, 12471, 1000, 24000, 1001) // milliseconds
	f(100, 4001, 1000, 25, 1)
	f(7, 1000, 1000, 7, 1)
	f(78, 4500, 1000, 17333, 1000)
	f(1, 1, 1<<32-1, 1<<32-1, 1)
	f(1, 1<<33, 1, 1, 1<<31) // as near as the fields can hold
	f(3, 1<<50, 1, 1, 1000)
}

func TestMediaHeaderLanguage(t *testing.T) {
	f := func(tag, want string) {
		t.Helper()
		if got := mediaHeaderLanguage(tag); got != want {
			t.Errorf("%s: %s, want %s", tag, got, want)
		}
	}
	f("en", "eng")
	f("de-AT", "deu")
	f("ZH-Hant", "zho")
	f("gsw", "gsw")
	f("xx", "und")
	f("a:", "und")
	f("", "und")
	f("12a", "und")
}

func TestCleanLanguage(t *testing.T) {
	f := func(tag, want string) {
		t.Helper()
		if got := cleanLanguage(tag); got != want {
			t.Errorf("%q: %q, want %q", tag, got, want)
		}
	}
	f("pt-BR", "pt-BR")
	f("", "und")
	f("e", "und")
	f("en\x00", "und")
	f(strings.Repeat("a", 36), "und")
}

func TestCleanLabel(t *testing.T) {
	f := func(label, want string) {
		t.Helper()
		got := cleanLabel(label)
		if got != want || !utf8.ValidString(got) {
			t.Errorf("%q: %q, want %q", label, got, want)
		}
	}
	f("Director’s “cut” <b>", "Director’s “cut” <b>")
	f("a\x00b\nc\x7f", "abc")
	f("a\xffb", "ab")
	f(strings.Repeat("é", 128), strings.Repeat("é", 127))
}
