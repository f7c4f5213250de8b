package packager

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestParseOptions(t *testing.T) {
	f := func(element string, want Options) {
		t.Helper()
		got, err := ParseOptions(element)
		if err != nil {
			t.Errorf("%q: %v", element, err)
		}
		equal := slices.Equal(got.Codecs, want.Codecs) && slices.Equal(got.Lang, want.Lang) &&
			got.MaxHeight == want.MaxHeight && got.Preview == want.Preview && got.Seg == want.Seg && slices.Equal(got.Tracks, want.Tracks)
		if !equal || got.String() != element {
			t.Errorf("%q: got %+v, written %q", element, got, got)
		}
	}
	f("maxheight=720", Options{MaxHeight: 720})
	f("seg=4", Options{Seg: 4})
	f("codecs=avc+hevc,lang=en+pt-BR,maxheight=1080,seg=20", Options{
		Codecs: []string{"avc", "hevc"}, Lang: []string{"en", "pt-BR"}, MaxHeight: 1080, Seg: 20,
	})
	f("preview=86400", Options{Preview: 86400})
	f("preview=30,seg=4,tracks=a-en+v720", Options{Preview: 30, Seg: 4, Tracks: []TrackID{"a-en", "v720"}})
}

func TestParseOptions_refused(t *testing.T) {
	f := func(element, option, canonical string) {
		t.Helper()
		_, err := ParseOptions(element)
		var wrong *OptionError
		if !errors.As(err, &wrong) || wrong.Option != option || wrong.Canonical != canonical {
			t.Errorf("%q: got %#v, want option %q, canonical %q", element, err, option, canonical)
		}
	}
	f("", "", "")
	f("maxheight", "maxheight", "")
	f("=5", "=5", "")
	f("height=720", "height", "")
	f("maxheight=0", "maxheight", "")
	f("maxheight=-1", "maxheight", "")
	f("maxheight=0720", "maxheight", "")
	f("maxheight=65537", "maxheight", "")
	f("seg=21", "seg", "")
	f("seg=4,seg=5", "seg", "")
	f("codecs=mpeg2", "codecs", "")
	f("codecs=avc+avc", "codecs", "")
	f("codecs=", "codecs", "")
	f("lang=en/..", "lang", "")
	f("lang=en+", "lang", "")
	f("preview=0", "preview", "")
	f("preview=86401", "preview", "")
	f("preview=1.5", "preview", "")
	f("preview=30,seg=7", "seg", "") // shows more than the preview asks for
	f("seg=20,preview=30", "seg", "")
	f("tracks=V720", "tracks", "")
	f("tracks=v720+", "tracks", "")
	f("tracks=v720+v720", "tracks", "")
	f("tracks="+strings.Repeat("a", 65), "tracks", "")
	f("tracks="+trackList(33), "tracks", "")
	f("tracks=b+a", "tracks=b+a", "tracks=a+b")
	f("preview=30,seg=6", "preview=30,seg=6", "preview=30")
	f("seg=6", "seg=6", "") // the default is not written out
	f("seg=4,maxheight=720", "seg=4,maxheight=720", "maxheight=720,seg=4")
	f("codecs=hevc+avc", "codecs=hevc+avc", "codecs=avc+hevc")
}

// trackList names n tracks by ids of the length that ingest makes.
func trackList(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("v1080-abcdefghij%02d", i)
	}
	return strings.Join(ids, "+")
}

func TestParseOptions_longestList(t *testing.T) {
	element := "codecs=aac+avc,lang=en+fr,maxheight=1080,preview=30,seg=4,tracks=" + trackList(maxListedTracks)
	if o, err := ParseOptions(element); err != nil || len(o.Tracks) != maxListedTracks {
		t.Errorf("%d tracks, %v", len(o.Tracks), err)
	}
}

func FuzzParseOptions(f *testing.F) {
	f.Add("codecs=avc+hevc,lang=en+pt-BR,maxheight=1080,seg=20")
	f.Add("seg=6")
	f.Add("lang=\xff")
	f.Add("maxheight=720,preview=30,seg=4,tracks=a-en+v720")
	f.Add("preview=1,seg=20")
	f.Add("tracks=a\"\n#EXT-X-ENDLIST")
	f.Fuzz(func(t *testing.T, element string) {
		o, err := ParseOptions(element)
		var wrong *OptionError
		switch {
		case err == nil && o.String() != element:
			t.Errorf("%q is written as %q", element, o)
		case err == nil && strings.Trim(element, plainCharacters) != "":
			t.Errorf("%q needs escaping somewhere", element)
		case err != nil && !errors.As(err, &wrong):
			t.Errorf("%q: error %v", element, err)
		case err != nil && wrong.Canonical != "":
			if _, err := ParseOptions(wrong.Canonical); err != nil {
				t.Errorf("%q: its canonical form %q is refused: %v", element, wrong.Canonical, err)
			}
		}
	})
}

// plainCharacters need no escaping in a path, a playlist, XML or a log.
const plainCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+,="

func TestSelect(t *testing.T) {
	p := &Presentation{Tracks: []Track{
		{ID: "v1080", Kind: Video, Codec: "avc1.640028", Video: VideoFormat{Height: 1080}},
		{ID: "v720", Kind: Video, Codec: "hvc1.1.6.L93.B0", Video: VideoFormat{Height: 720}},
		{ID: "en", Kind: Audio, Codec: "mp4a.40.2", Language: "en"},
		{ID: "fr", Kind: Audio, Codec: "ac-3", Language: "fr"},
	}}
	f := func(o Options, want ...TrackID) {
		t.Helper()
		tracks, err := o.Select(p, HLS)
		if (err == nil) != (len(want) > 0) || err != nil && !errors.Is(err, ErrNoTrack) {
			t.Errorf("%q: error %v", o, err)
		}
		var got []TrackID
		for _, track := range tracks {
			got = append(got, track.ID)
		}
		if err == nil && !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", o, got, want)
		}
	}
	f(Options{}, "v1080", "v720", "en", "fr")
	f(Options{MaxHeight: 720}, "v720", "en", "fr")
	f(Options{Codecs: []string{"avc"}}, "v1080", "en", "fr") // audio is not restricted
	f(Options{Codecs: []string{"ac3", "avc"}}, "v1080", "fr")
	f(Options{Lang: []string{"en"}}, "v1080", "v720", "en")
	f(Options{Lang: []string{"it"}})
	f(Options{MaxHeight: 100})
	f(Options{Tracks: []TrackID{"en", "v720"}}, "v720", "en")
	f(Options{Tracks: []TrackID{"en"}}, "en") // who names tracks says so
	f(Options{Tracks: []TrackID{"v720"}}, "v720")
	f(Options{Tracks: []TrackID{"v144"}})
	f(Options{Tracks: []TrackID{"en", "v1080"}, MaxHeight: 720})
	f(Options{Tracks: []TrackID{"en", "v1080"}, Lang: []string{"fr"}})
	f(Options{Codecs: []string{"avc"}, MaxHeight: 720})
}

func TestUpToAsset(t *testing.T) {
	f := func(o Options, want string) {
		t.Helper()
		if got := o.UpToAsset(); got != want {
			t.Errorf("%q: got %q, want %q", o, got, want)
		}
	}
	f(Options{}, "../")
	f(Options{Seg: 4}, "../../")
	f(Options{Lang: []string{"en"}}, "../../")
}
