package report

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"headwater/packager"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func presentation() *packager.Presentation {
	video := packager.Track{
		ID: "v1-720p", Kind: packager.Video, Codec: "avc1.64001F", Timescale: 90000, Language: "und",
		Video:     packager.VideoFormat{Width: 1280, Height: 720, FrameRate: packager.FrameRate{Num: 30000, Den: 1001}},
		SizeBytes: 1_500_000,
		Fragments: []packager.Fragment{
			{Offset: 800, SizeBytes: 900_000, MoofSizeBytes: 500, Duration: 180180, Samples: 60},
			{Offset: 900_800, SizeBytes: 599_200, MoofSizeBytes: 400, DecodeTime: 180180, Duration: 90090, Samples: 30},
		},
	}
	audio := packager.Track{
		ID: "a1-en", Kind: packager.Audio, Codec: "mp4a.40.2", Timescale: 48000, Language: "en", Default: true,
		Label: "Director\x1b[31m", Role: packager.RoleCommentary,
		Audio:     packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 1024},
		SizeBytes: 50_000,
		Fragments: []packager.Fragment{{Offset: 700, SizeBytes: 49_300, MoofSizeBytes: 600, Duration: 145408, Samples: 142}},
	}
	return &packager.Presentation{
		Asset: "big-buck", Generation: 2,
		Grid:   packager.Grid{ID: "g1", Timescale: 90000, Cuts: []packager.Ticks{0, 180180, 270270}},
		Tracks: []packager.Track{video, audio},
	}
}

func TestInspection(t *testing.T) {
	i := Inspection{Name: "big-buck", Kind: "asset", State: "ready"}
	i.Presentation(presentation())
	var table, fragments, text bytes.Buffer
	if err := i.Table(&table, false); err != nil {
		t.Fatal(err)
	}
	if err := i.Table(&fragments, true); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&text, i); err != nil {
		t.Fatal(err)
	}
	golden(t, "asset.txt", table.Bytes())
	golden(t, "asset-fragments.txt", fragments.Bytes())
	golden(t, "asset.json", text.Bytes())
}

func TestInspectionTellsDolbyVision(t *testing.T) {
	p := presentation()
	p.Tracks[0].Codec, p.Tracks[0].SupplementalCodec = "hvc1.2.4.L120.B0", "dvh1.08.04/db4h"
	p.Tracks[0].Video.Colour.Transfer = 18
	i := Inspection{Name: "big-buck", Kind: "asset"}
	i.Presentation(p)
	var table bytes.Buffer
	if err := i.Table(&table, false); err != nil {
		t.Fatal(err)
	}
	if want := "1280x720 29.97 fps HLG, Dolby Vision dvh1.08.04/db4h"; !bytes.Contains(table.Bytes(), []byte(want)) {
		t.Errorf("no %q in\n%s", want, table.Bytes())
	}
}

func TestIngested(t *testing.T) {
	f := func(i Ingested, want string) {
		t.Helper()
		if got := i.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f(Ingested{File: "a.mp4", Asset: "x1", Generation: 1, Tracks: 1, DurationSeconds: 61.2, ElapsedSeconds: 0.25},
		"a.mp4: asset x1, generation 1 with 1 track, 1m1s in 250ms")
	f(Ingested{File: "a\nb", Error: "not a media file"}, `a\nb: not a media file`)
}

// clock is a time that the test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func TestMeterOnTerminal(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	m := NewMeter(&out, func() int { return 80 }, c.now)
	m.Start("clip.mp4")
	m.Update(Progress{Phase: "encode", Fraction: 0, Speed: 0})
	m.Update(Progress{Phase: "encode", Fraction: 0.1}) // too soon
	c.t = c.t.Add(10 * time.Second)
	m.Update(Progress{Phase: "encode", Fraction: 0.5, Speed: 3.14})
	for range 2 {
		if _, err := m.Write([]byte("x\n")); err != nil {
			t.Fatal(err)
		}
	}
	want := "\r\x1b[Kclip.mp4  encode  " + strings.Repeat("░", 40) + "    0 %" +
		"\r\x1b[Kclip.mp4  encode  " + strings.Repeat("█", 19) + strings.Repeat("░", 19) + "   50 %  3.1x  10s left" +
		"\r\x1b[Kx\nx\n"
	if out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
}

func TestMeterInLog(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	m := NewMeter(&out, nil, c.now)
	m.Start("clip.mp4")
	m.Update(Progress{Phase: "probe", Fraction: -1})
	for i := range 21 {
		m.Update(Progress{Phase: "encode", Fraction: float64(i) / 20, Speed: 2})
		c.t = c.t.Add(time.Second)
	}
	want := "clip.mp4: probe\nclip.mp4: encode 0 %, 2.0x\nclip.mp4: encode 50 %, 2.0x, 10s left\nclip.mp4: encode 100 %, 2.0x\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestBarFits draws into every width: no line may wrap, and none may be lost for a fraction out of range.
// TestMeterShows shows a line of somebody else's making, on a terminal and in a log.
func TestMeterShows(t *testing.T) {
	f := func(width func() int, want string) {
		t.Helper()
		var out bytes.Buffer
		c := &clock{time.Unix(0, 0)}
		m := NewMeter(&out, width, c.now)
		for i := range 25 {
			m.Show(func(columns int) string { return fmt.Sprintf("%d of %d", i, columns) })
			c.t = c.t.Add(500 * time.Millisecond)
		}
		m.Write([]byte("x\n"))
		if got := out.String(); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "x\n") {
			t.Errorf("got %q, want %q first", got, want)
		}
	}
	f(nil, "0 of 0\n20 of 0\nx\n")
	f(func() int { return 80 }, "\r\x1b[K0 of 79\r\x1b[K1 of 79\r\x1b[K2 of 79")
}

func TestBarFits(t *testing.T) {
	for columns := range 120 {
		for _, fraction := range []float64{-1, 0, 0.001, 0.333, 0.999, 1, 7} {
			line := barLine("a rather long name of a file.mp4", Progress{"encode", fraction, 12.3}, time.Hour, columns)
			if n := utf8.RuneCountInString(line); n > columns {
				t.Fatalf("%d columns in %d: %s", n, columns, line)
			}
		}
	}
}

func TestPrintable(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := Printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	f("Füße 日本 \"x\"", "Füße 日本 \"x\"")
	f("a\x1b]0;x\a\n", `a\x1b]0;x\a\n`)
	f("\xff", `\xff`)
}
