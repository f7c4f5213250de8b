package hls

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/packager"
	"headwater/packager/packagertest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	ntsc = packager.FrameRate{Num: 30000, Den: 1001}
	sdr  = packager.Colour{Primaries: 1, Transfer: 1, Matrix: 1}
	pq   = packager.Colour{Primaries: 9, Transfer: 16, Matrix: 9}
)

func picture(width, height uint16, c packager.Colour) packager.VideoFormat {
	return packager.VideoFormat{Width: width, Height: height, FrameRate: ntsc, Colour: c}
}

// film is 30.03 s at 29.97 Hz in four pictures, with English in stereo and 5.1, French with audio description.
func film(t *testing.T) *packager.Presentation {
	g := packagertest.UniformGrid(30000, 60060, 15, 0)
	english := packagertest.Audio(g, "a-en", "mp4a.40.2", "en", 2, 48000, 0, 128_000)
	english.Default, english.Label = true, "English"
	surround := packagertest.Audio(g, "a-en-51", "mp4a.40.2", "en", 6, 48000, 0, 384_000)
	surround.Default, surround.Label = true, "English"
	french := packagertest.Audio(g, "a-fr", "mp4a.40.2", "fr", 2, 44100, 300, 128_000)
	french.Role = packager.RoleDub
	described := packagertest.Audio(g, "a-fr-ad", "mp4a.40.5", "fr", 2, 48000, 0, 64_000)
	described.Role = packager.RoleDescription
	return packagertest.New(t, g,
		packagertest.Video(g, "v2160-hdr", "hvc1.2.4.L153.B0", picture(3840, 2160, pq), 30000, 12_000_000),
		packagertest.Video(g, "v1080", "avc1.640028", picture(1920, 1080, sdr), 30000, 5_000_000),
		packagertest.Video(g, "v720", "avc1.64001F", picture(1280, 720, sdr), 30000, 2_500_000),
		packagertest.Video(g, "v360", "avc1.64001E", picture(640, 360, sdr), 30000, 700_000),
		english, surround, french, described,
	)
}

// write writes the playlist of a track, or the multivariant playlist where track is empty.
func write(t *testing.T, p *packager.Presentation, track packager.TrackID, o packager.Options, link packager.Link) []byte {
	t.Helper()
	if track == "" {
		got, err := AppendMaster(nil, p, packager.HLSMaster, o, link)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got, err := AppendMedia(nil, p, packager.Resource{Kind: packager.HLSMedia, Track: track}, o, link)
	if err != nil {
		t.Fatalf("%s: %v", track, err)
	}
	return got
}

// sign is a link that a signing CDN would want.
func sign(dst, relative []byte) []byte {
	dst = append(dst, "https://cdn.example/v/asset/hls/"...)
	dst = append(dst, relative...)
	return append(dst, "?auth_key=1444435200-0-0-80cd3862d699b7118eed99103f2a3a4f&a=b"...)
}

func TestGolden(t *testing.T) {
	f := func(name string, p *packager.Presentation, track packager.TrackID, o packager.Options) {
		t.Helper()
		compareGolden(t, name, write(t, p, track, o, nil))
	}
	p := film(t)
	f("film.master.m3u8", p, "", packager.Options{})
	f("film.v720.m3u8", p, "v720", packager.Options{})
	f("film.a-fr.m3u8", p, "a-fr", packager.Options{})
	f("film.options.master.m3u8", p, "", packager.Options{Codecs: []string{"avc"}, Lang: []string{"fr"}, MaxHeight: 720, Seg: 4})
	preview := packager.Options{MaxHeight: 720, Preview: 7, Seg: 4, Tracks: []packager.TrackID{"a-en", "a-fr", "v1080", "v720"}}
	f("film.preview.master.m3u8", p, "", preview)
	f("film.preview.v720.m3u8", p, "v720", preview)
	f("film.options.v720.m3u8", p, "v720", packager.Options{Seg: 4})
	compareGolden(t, "film.linked.master.m3u8", write(t, p, "", preview, sign))
	compareGolden(t, "film.linked.v720.m3u8", write(t, p, "v720", preview, sign))

	master := func(name string, p *packager.Presentation, kind packager.ResourceKind, o packager.Options) {
		t.Helper()
		got, err := AppendMaster(nil, p, kind, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		compareGolden(t, name, got)
	}
	media := func(name string, p *packager.Presentation, r packager.Resource, o packager.Options, link packager.Link) {
		t.Helper()
		got, err := AppendMedia(nil, p, r, o, link)
		if err != nil {
			t.Fatal(err)
		}
		compareGolden(t, name, got)
	}
	master("film.ts.master.m3u8", p, packager.TSMaster, packager.Options{})
	master("film.ts.separate.master.m3u8", p, packager.TSMaster, packager.Options{SeparateAudio: true, MaxHeight: 720})
	media("film.ts.v720.m3u8", p, packager.Resource{Kind: packager.TSMedia, Track: "v720", Audio: "a-en"}, packager.Options{}, nil)
	media("film.ts.linked.a-fr.m3u8", p, packager.Resource{Kind: packager.TSMedia, Track: "a-fr"}, packager.Options{Seg: 10}, sign)
	master("film.byterange.master.m3u8", p, packager.ByteRangeMaster, packager.Options{Lang: []string{"en"}})
	media("film.byterange.v720.m3u8", p, packager.Resource{Kind: packager.ByteRangeMedia, Track: "v720"}, packager.Options{}, nil)
	iframes := func(name string, kind packager.ResourceKind, o packager.Options, link packager.Link) {
		t.Helper()
		got, err := AppendIFrames(nil, p, packager.Resource{Kind: kind, Track: "v720"}, o, link)
		if err != nil {
			t.Fatal(err)
		}
		compareGolden(t, name, got)
	}
	iframes("film.iframes.v720.m3u8", packager.HLSIFrames, preview, sign)
	iframes("film.ts.iframes.v720.m3u8", packager.TSIFrames, packager.Options{}, nil)
	iframes("film.byterange.iframes.v720.m3u8", packager.ByteRangeIFrames, packager.Options{}, nil)
	media("film.byterange.linked.a-fr.m3u8", p, packager.Resource{Kind: packager.ByteRangeMedia, Track: "a-fr"}, packager.Options{}, sign)

	g := packagertest.UniformGrid(12800, 25600, 4, 1024)
	silent := packagertest.New(t, g, packagertest.Video(g, "v1", "avc1.64001E", picture(640, 360, packager.Colour{Primaries: 2, Transfer: 2, Matrix: 2}), 12800, 700_000))
	f("silent.master.m3u8", silent, "", packager.Options{})
	master("silent.ts.master.m3u8", silent, packager.TSMaster, packager.Options{})

	song := packagertest.New(t, g, packagertest.Audio(g, "a1", "mp4a.40.2", "und", 2, 44100, 0, 128_000))
	f("song.master.m3u8", song, "", packager.Options{})
	master("song.ts.master.m3u8", song, packager.TSMaster, packager.Options{})

	english := packagertest.Audio(g, "a1", "mp4a.40.2", "en", 2, 48000, 0, 64_000)
	german := packagertest.Audio(g, "a2", "mp4a.40.2", "de", 2, 48000, 0, 96_000)
	german.Default = true
	vision := packagertest.Video(g, "v1", "hvc1.2.4.L123.B0", picture(1280, 720, pq), 12800, 700_000)
	vision.SupplementalCodec = "dvh1.08.03/db1p"
	plain := packagertest.Video(g, "v2", "avc1.64001F", picture(1280, 720, sdr), 12800, 900_000)
	master("dolby.master.m3u8", packagertest.New(t, g, vision, plain, english), packager.HLSMaster, packager.Options{})
	master("dolby.ts.master.m3u8", packagertest.New(t, g, vision, plain, english), packager.TSMaster, packager.Options{})
	surround := packagertest.Audio(g, "a4", "ac-3", "en", 6, 48000, 0, 384_000)
	master("encodings.ts.master.m3u8", packagertest.New(t, g, plain, english, surround), packager.TSMaster, packager.Options{})
	low := packagertest.Audio(g, "a5", "mp4a.40.5", "en", 2, 48000, 0, 32_000)
	kept := packagertest.New(t, g, plain, english, low, surround)
	master("kept.master.m3u8", kept, packager.HLSMaster, packager.Options{})
	master("kept.ts.master.m3u8", kept, packager.TSMaster, packager.Options{})
	unknown := packagertest.Audio(g, "a3", "mp4a.40.2", "und", 1, 48000, 0, 32_000)
	radio := packagertest.New(t, g, english, german, unknown)
	master("radio.ts.master.m3u8", radio, packager.TSMaster, packager.Options{})
	f("radio.master.m3u8", radio, "", packager.Options{})
}

func compareGolden(t *testing.T, name string, got []byte) {
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
	if string(want) != string(got) {
		t.Errorf("%s differs; run with -update and review\ngot:\n%s", path, got)
	}
}

// TestLink: every URL of a playlist is linked, and nothing else changes.
func TestLink(t *testing.T) {
	const mark = "https://cdn.example/"
	p := film(t)
	for _, track := range []packager.TrackID{"", "v720", "a-fr"} {
		seen := 0
		linked := write(t, p, track, packager.Options{Seg: 4}, func(dst, relative []byte) []byte {
			seen++
			return append(append(dst, mark...), relative...)
		})
		if got, want := seen, strings.Count(string(linked), ".m3u8")+strings.Count(string(linked), ".mp4")+strings.Count(string(linked), ".m4s"); got != want {
			t.Errorf("%q: %d of %d URLs are linked", track, got, want)
		}
		if plain := write(t, p, track, packager.Options{Seg: 4}, nil); strings.ReplaceAll(string(linked), mark, "") != string(plain) {
			t.Errorf("%q: got\n%s", track, linked)
		}
	}
}

func TestLinksCannotBreakThePlaylist(t *testing.T) {
	p := film(t)
	for _, track := range []packager.TrackID{"", "v720"} {
		plain := write(t, p, track, packager.Options{}, nil)
		hostile := write(t, p, track, packager.Options{}, func(dst, _ []byte) []byte { return append(dst, "x\"\n#EXT-X-ENDLIST\r{$y}"...) })
		if strings.Count(string(hostile), "\n") != strings.Count(string(plain), "\n") || strings.Count(string(hostile), `"`) != strings.Count(string(plain), `"`) ||
			strings.ContainsAny(string(hostile), "\r{}") {
			t.Errorf("%q: got\n%s", track, hostile)
		}
	}
}

func TestAppendKeepsPrefixAndIsRepeatable(t *testing.T) {
	p := film(t)
	once, _ := AppendMaster([]byte("prefix"), p, packager.HLSMaster, packager.Options{}, nil)
	again, _ := AppendMaster([]byte("prefix"), p, packager.HLSMaster, packager.Options{}, nil)
	if string(once) != string(again) || !strings.HasPrefix(string(once), "prefix#EXTM3U\n") {
		t.Errorf("got %.20q and %.20q", once, again)
	}
}

func TestUnselectedTracksDoNotExist(t *testing.T) {
	f := func(track packager.TrackID, o packager.Options) {
		t.Helper()
		if got, err := AppendMedia(nil, film(t), packager.Resource{Kind: packager.HLSMedia, Track: track}, o, nil); !errors.Is(err, packager.ErrNoTrack) || len(got) > 0 {
			t.Errorf("track %s, options %q: got %v and %d bytes", track, o, err, len(got))
		}
	}
	f("v1080", packager.Options{MaxHeight: 720})
	f("a-fr", packager.Options{Lang: []string{"en"}})
	f("v2160-hdr", packager.Options{Codecs: []string{"avc"}})
	f("v720", packager.Options{Tracks: []packager.TrackID{"a-en", "v1080"}})
	f("nothing", packager.Options{})
	if got, err := AppendMaster(nil, film(t), packager.HLSMaster, packager.Options{Lang: []string{"it"}}, nil); !errors.Is(err, packager.ErrNoTrack) || len(got) > 0 {
		t.Errorf("master: got %v and %d bytes", err, len(got))
	}
}

func TestPlainText(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := plainText(in); got != want {
			t.Errorf("plainText(%q) = %q, want %q", in, got, want)
		}
	}
	f("English", "English")
	f("\"quoted\"", "'quoted'")
	f("a\r\n#EXT-X-ENDLIST\n", "a  #EXT-X-ENDLIST")
	f("a\u2028b\u0085c\x00d", "a b c d")
	f("{$secret}", "{ $secret}")
	f("bad \xff byte", "bad \uFFFD byte")
	f("  ", "")
}

func TestLabelsCannotBreakThePlaylist(t *testing.T) {
	p := film(t)
	for i := range p.Tracks {
		p.Tracks[i].Label = "x\",URI=\"http://evil/\"\n#EXT-X-ENDLIST\r{$y}"
	}
	got, err := AppendMaster(nil, p, packager.HLSMaster, packager.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(got)) {
		known := strings.HasPrefix(line, "#EXTM3U") || strings.HasPrefix(line, "#EXT-X-") && !strings.HasPrefix(line, "#EXT-X-ENDLIST") ||
			strings.HasSuffix(line, ".m3u8\n")
		if !known || strings.Contains(line, "{$") || strings.Count(line, `"`)%2 != 0 || strings.ContainsRune(line, '\r') {
			t.Errorf("line %q", line)
		}
	}
}

func TestFirstVariant(t *testing.T) {
	f := func(want packager.TrackID, o packager.Options) {
		t.Helper()
		got, err := AppendMaster(nil, film(t), packager.HLSMaster, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(got)) {
			if !strings.HasPrefix(line, "#") {
				if line != string(want)+".m3u8\n" {
					t.Errorf("options %q: the first variant is %q, want %s", o, line, want)
				}
				return
			}
		}
	}
	f("v360", packager.Options{})                              // 720p has 2.5 Mbit/s
	f("v2160-hdr", packager.Options{Codecs: []string{"hevc"}}) // nothing else
}

func BenchmarkAppendMedia_TenHours(b *testing.B) {
	g := packagertest.UniformGrid(30000, 60060, 18000, 0)
	p := packagertest.New(b, g, packagertest.Video(g, "v1", "avc1.64001F", picture(1280, 720, sdr), 30000, 2_500_000))
	r := packager.Resource{Kind: packager.HLSMedia, Track: "v1"}
	dst, err := AppendMedia(nil, p, r, packager.Options{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(dst)))
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = AppendMedia(dst[:0], p, r, packager.Options{}, nil)
	}
}
