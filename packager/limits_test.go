package packager

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// twoTracks is a presentation without fragments: of 1080 and 720 lines and English sound, grouped on g.
func twoTracks(g *Grid) *Presentation {
	return &Presentation{Grid: *g, Tracks: []Track{
		{ID: "v1080", Kind: Video, Codec: "avc1.640028", Video: VideoFormat{Height: 1080}},
		{ID: "v720", Kind: Video, Codec: "avc1.64001F", Video: VideoFormat{Height: 720}},
		{ID: "en", Kind: Audio, Codec: "mp4a.40.2", Language: "en"},
	}}
}

func TestSegments(t *testing.T) {
	even := twoTracks(gridOf(1000, repeat(2000, 7)...)) // 6 + 6 + 2 s, or 4 + 4 + 4 + 2 s
	f := func(p *Presentation, preview, target, want int) {
		t.Helper()
		if got := (Options{Preview: preview}).Segments(p, target); got != want {
			t.Errorf("%d s in segments of %d s: got %d, want %d", preview, target, got, want)
		}
	}
	f(even, 0, 6, 3)
	f(even, 1, 6, 1)
	f(even, 6, 6, 1) // six seconds are all in the first
	f(even, 7, 6, 2)
	f(even, 13, 6, 3)
	f(even, 14, 6, 3)
	f(even, 86400, 6, 3)
	f(even, 5, 4, 2)
	f(even, 1, 1, 1)
	ntsc := twoTracks(gridOf(30000, repeat(60060, 9)...)) // 6.006 s
	f(ntsc, 6, 6, 1)
	f(ntsc, 12, 6, 2)
	f(twoTracks(gridOf(1<<32-1, repeat(1<<33, 50_000)...)), 86400, 6, 14_400) // 2 s each, products beyond 32 bits
}

// TestSegments_invariants: a preview shows what it says, and beyond it less than one segment of the default target, or one
// interval where that is longer.
func TestSegments_invariants(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	for range 300 {
		g, longest := gridOf(1000), Ticks(DefaultTargetSeconds*1000+500)
		for range 1 + r.IntN(100) {
			g.Cuts = append(g.Cuts, g.End()+1+Ticks(r.IntN(9000)))
			longest = max(longest, g.End()-g.Cuts[len(g.Cuts)-2])
		}
		p := twoTracks(g)
		o := Options{Preview: 1 + r.IntN(300), Seg: 1 + r.IntN(DefaultTargetSeconds)}
		s, wanted := o.Segmentation(p), Ticks(o.Preview)*1000
		end, whole := s.End(g), s.Len() == p.Segmentation(o.Seg).Len()
		if end < wanted && !whole || end >= wanted+longest || s.Len() < 1 {
			t.Fatalf("%q: %d segments end at %d of %d ms", o, s.Len(), end, g.End())
		}
		if shorter := s.first(s.Len() - 1); s.Len() > 1 && shorter.End(g) >= wanted {
			t.Fatalf("%q: %d segments would do, there are %d", o, shorter.Len(), s.Len())
		}
	}
}

func TestAllows(t *testing.T) {
	p := twoTracks(gridOf(1000, repeat(2000, 30)...))
	f := func(limits Options, path string, want bool) {
		t.Helper()
		r, ok := ParseResource(path)
		if !ok {
			t.Fatalf("path %s", path)
		}
		if got := limits.Allows(p, r); got != want {
			t.Errorf("%s under %q: got %t", path, limits, got)
		}
	}
	none := Options{}
	f(none, "cmaf1/v1080/init.mp4", true)
	f(none, "cmaf1/v1080/20s1/3.m4s", true)
	f(none, "cmaf1/v1080/20s1/4.m4s", false)
	f(none, "cmaf1/v144/init.mp4", false)

	low := Options{MaxHeight: 720}
	f(low, "cmaf1/v1080/init.mp4", false)
	f(low, "cmaf1/v1080/6s1/1.m4s", false)
	f(low, "hls/v1080.m3u8", false)
	f(low, "cmaf1/v720/6s1/10.m4s", true)
	f(low, "cmaf1/en/6s1/1.m4s", true)

	sound := Options{Tracks: []TrackID{"en"}}
	f(sound, "cmaf1/en/init.mp4", true)
	f(sound, "cmaf1/v720/init.mp4", false)
	f(sound, "hls/master.m3u8", true)
	f(sound, "dash/manifest.mpd", true)

	preview := Options{Preview: 7}
	f(preview, "cmaf1/v720/init.mp4", true)
	f(preview, "hls/v720.m3u8", true)
	f(preview, "cmaf1/v720/6s1/2.m4s", true)
	f(preview, "cmaf1/v720/6s1/3.m4s", false)
	f(preview, "cmaf1/v720/4s1/2.m4s", true)
	f(preview, "cmaf1/v720/4s1/3.m4s", false)
	f(preview, "cmaf1/v720/7s1/1.m4s", false) // longer than the default
	f(preview, "cmaf1/v720/20s1/1.m4s", false)
	f(preview, "cmaf1/v720/6s1/999999999.m4s", false)

	f(Options{Codecs: []string{"hevc"}, Lang: []string{"fr"}}, "cmaf1/en/6s1/1.m4s", true) // no limits
}

func parse(t testing.TB, element string) Options {
	t.Helper()
	if element == "" {
		return Options{}
	}
	o, err := ParseOptions(element)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestWithin(t *testing.T) {
	f := func(asked, limits string, want bool) {
		t.Helper()
		if got := parse(t, asked).Within(parse(t, limits)); got != want {
			t.Errorf("%q within %q: got %t", asked, limits, got)
		}
	}
	f("", "", true)
	f("maxheight=1080,preview=30,tracks=a", "", true)
	f("", "maxheight=720", false)
	f("maxheight=720", "maxheight=720", true)
	f("maxheight=721", "maxheight=720", false)
	f("", "preview=30", false)
	f("preview=29,seg=2", "preview=30", true)
	f("preview=31", "preview=30", false)
	f("", "tracks=a+b", false)
	f("tracks=a", "tracks=a+b", true)
	f("tracks=a+c", "tracks=a+b", false)
	f("codecs=hevc,lang=fr,seg=20", "codecs=avc,lang=en,maxheight=720", false)
	f("codecs=hevc,lang=fr,maxheight=480,seg=20", "codecs=avc,lang=en,maxheight=720", true)
	if (Options{Preview: 30, Seg: 20}).Within(Options{Preview: 30}) {
		t.Error("segments of 20 s are within a preview")
	}
}

func TestUnder(t *testing.T) {
	f := func(asked, limits, want string) {
		t.Helper()
		got, err := parse(t, asked).Under(parse(t, limits))
		if err != nil || got.String() != want {
			t.Errorf("%q under %q: got %q, %v, want %q", asked, limits, got, err, want)
		}
	}
	f("", "", "")
	f("maxheight=1080", "maxheight=720", "maxheight=720")
	f("maxheight=480", "maxheight=720", "maxheight=480")
	f("lang=en,maxheight=480,preview=60,seg=4", "preview=30", "lang=en,maxheight=480,preview=30,seg=4")
	f("seg=20", "preview=30", "preview=30")
	f("seg=20", "maxheight=720", "maxheight=720,seg=20")
	f("", "tracks=a+b", "tracks=a+b")
	f("tracks=b+c", "tracks=a+b", "tracks=b")
	f("tracks=b+c", "", "tracks=b+c")
	f("codecs=avc", "codecs=hevc,lang=en", "codecs=avc")
}

func TestUnder_refused(t *testing.T) {
	if _, err := parse(t, "tracks=c").Under(parse(t, "tracks=a+b")); !errors.Is(err, ErrNoTrack) {
		t.Errorf("no track in common: %v", err)
	}
	long := Options{Lang: slices.Repeat([]string{"zh-Hant"}, maxOptionsLength/8-1)} // fills an element alone
	var tooLong *OptionError
	if _, err := long.Under(Options{Preview: 30, Tracks: []TrackID{"a"}}); !errors.As(err, &tooLong) {
		t.Errorf("too long for an URL: %v", err)
	}
}

// FuzzUnder: whatever is asked for under whatever limits, the result is an options element within both.
func FuzzUnder(f *testing.F) {
	f.Add("lang=en,maxheight=1080,preview=60,seg=4", "maxheight=720,preview=30,tracks=a-en+v720")
	f.Add("seg=20", "preview=30")
	f.Add("tracks=a+b", "tracks=b+c")
	f.Add("tracks=a", "tracks=b")
	f.Fuzz(func(t *testing.T, element, limit string) {
		asked, err := ParseOptions(element)
		limits, limitErr := ParseOptions(limit)
		if err != nil || limitErr != nil {
			return
		}
		got, err := asked.Under(limits)
		var tooLong *OptionError
		if err != nil {
			if !errors.Is(err, ErrNoTrack) && !errors.As(err, &tooLong) {
				t.Errorf("%q under %q: %v", element, limit, err)
			}
			return
		}
		if !got.Within(limits) || !got.Within(asked) {
			t.Errorf("%q under %q is %q", element, limit, got)
		}
		if text := got.String(); text != "" {
			if _, err := ParseOptions(text); err != nil {
				t.Errorf("%q under %q: %v", element, limit, err)
			}
		}
		p := twoTracks(gridOf(1000, repeat(2000, 20)...))
		for i := range p.Tracks {
			r := Resource{Kind: MediaSegment, Track: p.Tracks[i].ID, TargetSeconds: got.TargetSeconds(), Number: got.Segmentation(p).Len()}
			if got.Selects(&p.Tracks[i]) && !limits.Allows(p, r) {
				t.Errorf("%q under %q lists what is not allowed", element, limit)
			}
		}
	})
}
