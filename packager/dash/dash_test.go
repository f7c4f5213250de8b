package dash

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Eyevinn/dash-mpd/mpd"

	"headwater/packager"
	"headwater/packager/packagertest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	ntsc        = packager.FrameRate{Num: 60000, Den: 2002}
	sdr         = packager.Colour{Primaries: 1, Transfer: 1, Matrix: 1}
	pq          = packager.Colour{Primaries: 9, Transfer: 16, Matrix: 9, FullRange: true}
	unspecified = packager.Colour{Primaries: 2, Transfer: 2, Matrix: 2}
)

func picture(width, height uint16, c packager.Colour) packager.VideoFormat {
	return packager.VideoFormat{Width: width, Height: height, FrameRate: ntsc, Colour: c}
}

// film is 31 s and a bit at 29.97 Hz: HDR and SDR pictures, English in stereo and 7.1, French with audio description.
func film(t *testing.T) *packager.Presentation {
	g := packagertest.UniformGrid(30000, 60060, 16, 29029)
	english := packagertest.Audio(g, "a-en", "mp4a.40.2", "en", 2, 48000, 0, 128_000)
	english.Default, english.Label = true, `English <"original">`
	surround := packagertest.Audio(g, "a-en-71", "ec-3", "en", 8, 48000, 0, 384_000)
	french := packagertest.Audio(g, "a-fr", "mp4a.40.2", "fr", 2, 44100, 300, 128_000)
	french.Role = packager.RoleDub
	described := packagertest.Audio(g, "a-fr-ad", "mp4a.40.5", "fr", 1, 48000, 0, 64_000)
	described.Role = packager.RoleDescription
	return packagertest.New(t, g,
		packagertest.Video(g, "v2160-hdr", "hvc1.2.4.L153.B0", picture(3840, 2160, pq), 30000, 12_000_000),
		packagertest.Video(g, "v1080", "avc1.640028", picture(1920, 1080, sdr), 30000, 5_000_000),
		packagertest.Video(g, "v720", "avc1.64001F", picture(1280, 720, sdr), 30000, 2_500_000),
		english, surround, french, described,
	)
}

// codecs is 10 s in two pictures of three codecs each, with English in stereo and 5.1 and a commentary on it.
func codecs(t *testing.T) *packager.Presentation {
	g := packagertest.UniformGrid(25, 50, 5, 0)
	var tracks []packager.Track
	for _, height := range []uint16{720, 360} {
		for _, codec := range []string{"av01.0.08M.08", "hvc1.1.6.L93.B0", "avc1.64001F"} {
			id := packager.TrackID(fmt.Sprintf("v%d-%.4s", height, codec))
			tracks = append(tracks, packagertest.Video(g, id, codec, picture(height*16/9, height, sdr), 25, int64(height)*2500))
		}
	}
	stereo := packagertest.Audio(g, "a-stereo", "mp4a.40.2", "en", 2, 48000, 0, 128_000)
	stereo.Default = true
	surround := packagertest.Audio(g, "a-surround", "ec-3", "en", 6, 48000, 0, 384_000)
	surround.Default = true
	talk := packagertest.Audio(g, "a-talk", "Opus", "en", 1, 48000, 0, 48_000)
	talk.Role, talk.Label = packager.RoleCommentary, "Director & crew"
	return packagertest.New(t, g, append(tracks, stereo, surround, talk)...)
}

// sign is a link that a signing CDN would want.
func sign(dst, relative []byte) []byte {
	dst = append(dst, "https://cdn.example/v/asset/dash/"...)
	dst = append(dst, relative...)
	return append(dst, "?auth_key=1444435200-0-0-80cd3862d699b7118eed99103f2a3a4f&a=b"...)
}

func TestGolden(t *testing.T) {
	f := func(name string, p *packager.Presentation, o packager.Options) {
		t.Helper()
		got, err := AppendManifest(nil, p, packager.DASHManifest, o, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		compareGolden(t, name, got)
		if _, err := mpd.MPDFromBytes(got); err != nil {
			t.Errorf("%s: dash-mpd: %v", name, err)
		}
	}
	f("film.mpd", film(t), packager.Options{})
	f("film.options.mpd", film(t), packager.Options{Codecs: []string{"avc"}, Lang: []string{"en"}, MaxHeight: 720, Seg: 4})
	preview := packager.Options{MaxHeight: 720, Preview: 7, Seg: 4, Tracks: []packager.TrackID{"a-en", "a-fr", "v1080", "v720"}}
	f("film.preview.mpd", film(t), preview)
	kind := func(name string, kind packager.ResourceKind, o packager.Options, link packager.Link) {
		t.Helper()
		dolby := film(t)
		dolby.Tracks[0].SupplementalCodec = "dvh1.08.07/db1p"
		got, err := AppendManifest(nil, dolby, kind, o, link)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		compareGolden(t, name, got)
		if _, err := mpd.MPDFromBytes(got); err != nil {
			t.Errorf("%s: dash-mpd: %v", name, err)
		}
	}
	kind("film.ondemand.mpd", packager.OnDemandManifest, packager.Options{}, nil)
	kind("film.ondemand.linked.mpd", packager.OnDemandManifest, packager.Options{MaxHeight: 720, Lang: []string{"fr"}}, sign)
	kind("film.duration.mpd", packager.DASHManifest, packager.Options{DurationTemplate: true}, nil)
	linked, err := AppendManifest(nil, film(t), packager.DASHManifest, preview, sign)
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "film.linked.mpd", linked)

	g := packagertest.UniformGrid(12800, 25600, 5, 1024)
	mixed := packagertest.New(t, g,
		packagertest.Video(g, "v2", "avc1.64001E", picture(1280, 720, unspecified), 12800, 900_000),
		packagertest.Video(g, "v1", "avc1.64001E", picture(640, 360, sdr), 25600, 700_000))
	f("silent.mpd", mixed, packager.Options{})

	song := packagertest.New(t, g, packagertest.Audio(g, "a1", "mp4a.40.2", "und", 6, 44100, 0, 128_000))
	f("song.mpd", song, packager.Options{})
	f("codecs.mpd", codecs(t), packager.Options{})
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

func TestDuration(t *testing.T) {
	f := func(ticks packager.Ticks, timescale packager.Timescale, want string) {
		t.Helper()
		if got := string(appendDuration(nil, "d", durationFromTicks(ticks, timescale))); got != ` d="`+want+`"` {
			t.Errorf("%d/%d: got %s, want %s", ticks, timescale, got, want)
		}
	}
	f(0, 1, "PT0S")
	f(60, 1, "PT60S")
	f(60060, 30000, "PT2.002S")
	f(1, 3, "PT0.333333334S") // never less than the media
	f(301*1001, 30000, "PT10.043366667S")
	f(36000*90000+1, 90000, "PT36000.000011112S")
}

func TestNominalDuration(t *testing.T) {
	f := func(name string, g packager.Grid, o packager.Options, want packager.Ticks) {
		t.Helper()
		p := packagertest.New(t, g, packagertest.Video(g, "v", "avc1.64001F", picture(640, 360, sdr), g.Timescale, 900_000))
		s := o.Segmentation(p)
		end := durationFromTicks(s.End(&g), g.Timescale)
		if got := nominalDuration(&g, s, end); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
	plain, short := packager.Options{}, packager.Options{Seg: 2}
	f("whole seconds", packagertest.UniformGrid(25, 50, 30, 0), plain, 150)
	f("the last one is shorter", packagertest.UniformGrid(25, 50, 30, 10), plain, 150)
	f("the last one is longer", packager.Grid{ID: "g", Timescale: 10, Cuts: []packager.Ticks{0, 60, 120, 185}}, plain, 0)
	f("one is shorter", packager.Grid{ID: "g", Timescale: 10, Cuts: []packager.Ticks{0, 60, 115, 175}}, plain, 0)
	f("one segment", packagertest.UniformGrid(25, 50, 1, 7), plain, 43)
	f("6.006 s, doubles count 10", packagertest.UniformGrid(30000, 60060, 30, 0), plain, 180180)
	f("2.002 s, doubles count 4 of 3", packagertest.UniformGrid(30000, 60060, 3, 0), short, 0)
	f("a preview that doubles count 4 of 3", packagertest.UniformGrid(30000, 60060, 30, 0), packager.Options{Seg: 2, Preview: 5}, 0)
	f("an end that is rounded up", packagertest.UniformGrid(3, 7, 7, 0), short, 0)
	f("an end that is rounded up by less than doubles see", packagertest.UniformGrid(999_983, 1_934_223, 20, 0), short, 0)
}

// TestLongPacketsKeepTheTimeline: where a packet is about as long as a segment, the edges of sound are off by too much to
// be counted.
func TestLongPacketsKeepTheTimeline(t *testing.T) {
	f := func(interval packager.Ticks, want bool) {
		t.Helper()
		g := packagertest.UniformGrid(1000, interval, 1, 0)
		p := packagertest.New(t, g,
			packagertest.Video(g, "v", "avc1.64001F", picture(640, 360, sdr), 1000, 900_000),
			packagertest.Audio(g, "a", "mp4a.40.2", "en", 1, 8000, 0, 32_000)) // packets of 128 ms
		got, err := AppendManifest(nil, p, packager.DASHManifest, packager.Options{DurationTemplate: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		video, audio, _ := strings.Cut(string(got), `contentType="audio"`)
		if strings.Contains(video, "<SegmentTimeline>") || strings.Contains(audio, "<SegmentTimeline>") == want {
			t.Errorf("intervals of %d ms: sound with @duration: want %v\n%s", interval, want, got)
		}
	}
	f(1000, true)
	f(150, false) // the second packet ends at 256 ms
}

func TestFrameRate(t *testing.T) {
	f := func(num, den uint32, want string) {
		t.Helper()
		if got := string(appendFrameRate(nil, "f", packager.FrameRate{Num: num, Den: den})); got != ` f="`+want+`"` {
			t.Errorf("%d/%d: got %s, want %s", num, den, got, want)
		}
	}
	f(25, 1, "25")
	f(50, 2, "25")
	f(60000, 2002, "30000/1001")
	f(15, 2, "15/2")
}

func TestTextFromOutsideStaysText(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var back struct {
			Attribute string `xml:"a,attr"`
			Text      string `xml:",chardata"`
		}
		doc := append(appendString([]byte("<e"), "a", text), '>')
		doc = append(appendEscaped(doc, text), "</e>"...)
		if err := xml.Unmarshal(doc, &back); err != nil {
			t.Fatalf("%q: %v in %q", text, err, doc)
		}
		if back.Attribute != want || back.Text != want {
			t.Errorf("%q: got %q and %q, want %q", text, back.Attribute, back.Text, want)
		}
	}
	f("English", "English")
	f(`<"&'>]]>`, `<"&'>]]>`)
	f("a\r\nb\x00c\tde", "a  b c de")
	f("bad \xff \uFFFE byte", "bad \uFFFD \uFFFD byte")
	f(" Deutsch für Anfänger ", "Deutsch für Anfänger")
}

func TestLinksCannotBreakTheManifest(t *testing.T) {
	const hostile = "x\"/><Evil a='&quot;\n\x00\xff"
	got, err := AppendManifest(nil, film(t), packager.DASHManifest, packager.Options{}, func(dst, _ []byte) []byte { return append(dst, hostile...) })
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := mpd.MPDFromBytes(got)
	if err != nil || strings.Contains(string(got), "<Evil") {
		t.Fatalf("%v in\n%s", err, got)
	}
	const want = "x%22/%3E%3CEvil%20a='&quot;%0A%00%FF" // an URL, unescaped once
	for _, set := range parsed.Periods[0].AdaptationSets {
		for _, r := range set.Representations {
			if list := r.SegmentList; string(list.Initialization.SourceURL) != want || string(list.SegmentURL[0].Media) != want {
				t.Errorf("%s: %q", r.Id, list.Initialization.SourceURL)
			}
		}
	}
}

func TestNoTrackLeft(t *testing.T) {
	got, err := AppendManifest([]byte("prefix"), film(t), packager.DASHManifest, packager.Options{Lang: []string{"it"}}, nil)
	if !errors.Is(err, packager.ErrNoTrack) || string(got) != "prefix" {
		t.Errorf("got %v and %q", err, got)
	}
}

func TestAppendKeepsPrefixAndIsRepeatable(t *testing.T) {
	once, _ := AppendManifest([]byte("prefix"), film(t), packager.DASHManifest, packager.Options{}, nil)
	again, _ := AppendManifest([]byte("prefix"), film(t), packager.DASHManifest, packager.Options{}, nil)
	if string(once) != string(again) || !strings.HasPrefix(string(once), "prefix<?xml") {
		t.Errorf("got %.20q and %.20q", once, again)
	}
}

func BenchmarkAppendManifest_TenHours(b *testing.B) {
	g := packagertest.UniformGrid(30000, 60060, 18000, 0)
	p := packagertest.New(b, g,
		packagertest.Video(g, "v1", "avc1.64001F", picture(1280, 720, sdr), 30000, 2_500_000),
		packagertest.Audio(g, "a1", "mp4a.40.2", "en", 2, 48000, 0, 128_000))
	dst, err := AppendManifest(nil, p, packager.DASHManifest, packager.Options{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(dst)))
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = AppendManifest(dst[:0], p, packager.DASHManifest, packager.Options{}, nil)
	}
}
