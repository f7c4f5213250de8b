package packager_test

import (
	"errors"
	"testing"

	"headwater/packager"
	"headwater/packager/packagertest"
)

func TestDownload(t *testing.T) {
	g := packagertest.UniformGrid(90000, 180000, 3, 0)
	video := func(id packager.TrackID, codec string, height uint16, transfer uint8) packager.Track {
		return packagertest.Video(g, id, codec, packager.VideoFormat{
			Width: height * 16 / 9, Height: height, FrameRate: packager.FrameRate{Num: 25, Den: 1},
			Colour: packager.Colour{Primaries: 1, Transfer: transfer, Matrix: 1},
		}, 90000, 1_000_000)
	}
	audio := func(id packager.TrackID, codec, language string, channels uint8, isDefault bool) packager.Track {
		a := packagertest.Audio(g, id, codec, language, channels, 48000, 0, 128_000)
		a.Default = isDefault
		return a
	}
	p := packagertest.New(t, g,
		video("v360", "avc1.64001F", 360, 1), video("v720", "avc1.64001F", 720, 1), video("hlg", "avc1.640033", 2160, 18),
		video("hevc", "hvc1.1.6.L120.90", 1080, 1), video("pq", "hvc1.2.4.L150.90", 2160, 16),
		audio("en6", "ec-3", "en", 6, true), audio("en2", "mp4a.40.2", "en", 2, true), audio("fr2", "mp4a.40.2", "fr", 2, false),
	)
	f := func(options string, wantVideo, wantAudio packager.TrackID) {
		t.Helper()
		var o packager.Options
		if options != "" {
			var err error
			if o, err = packager.ParseOptions(options); err != nil {
				t.Fatal(err)
			}
		}
		v, a, err := p.Download(o)
		if err != nil || nameOf(v) != wantVideo || nameOf(a) != wantAudio {
			t.Errorf("%q: %q and %q, want %q and %q: %v", options, nameOf(v), nameOf(a), wantVideo, wantAudio, err)
		}
	}
	f("", "v720", "en2")
	f("maxheight=500", "v360", "en2")
	f("codecs=hevc,maxheight=1080", "hevc", "en2")
	f("codecs=hevc", "pq", "en2")
	f("codecs=avc+ec3", "v720", "en6")
	f("lang=fr", "v720", "fr2")
	f("tracks=v360", "v360", "")
	f("tracks=fr2", "", "fr2")

	if _, _, err := p.Download(packager.Options{Preview: 30}); !errors.Is(err, packager.ErrNoTrack) {
		t.Errorf("a preview: %v", err)
	}
	if _, _, err := p.Download(packager.Options{Lang: []string{"de"}}); !errors.Is(err, packager.ErrNoTrack) {
		t.Errorf("no such sound: %v", err)
	}
}

func nameOf(t *packager.Track) packager.TrackID {
	if t == nil {
		return ""
	}
	return t.ID
}
