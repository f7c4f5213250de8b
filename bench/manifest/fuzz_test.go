package manifest

import (
	"net/url"
	"testing"
)

// FuzzRead feeds any text as entry manifest and as media playlist. What is accepted can be played.
func FuzzRead(f *testing.F) {
	f.Add("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\nx\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",URI=\"y\"")
	f.Add("#EXTM3U\n#EXT-X-MAP:URI=\"i\",BYTERANGE=\"1@2\"\n#EXTINF:1.5,\n#EXT-X-BYTERANGE:7@8\nx\n#EXT-X-ENDLIST")
	f.Add("#EXTM3U\n#EXT-X-KEY:METHOD=NONE\nfoo")
	f.Add(mpdText(`mediaPresentationDuration="PT1M"`, `<Period start="PT1S"><AdaptationSet contentType="video"><SegmentTemplate timescale="3"
 media="$Number%09d$"><SegmentTimeline><S t="1" d="2" r="-1"/></SegmentTimeline></SegmentTemplate><Representation id="a"/></AdaptationSet></Period>`))
	f.Add(mpdText(`mediaPresentationDuration="PT9S"`, `<BaseURL>></BaseURL><Period><AdaptationSet mimeType="audio/mp4"><Representation id="v">
<SegmentBase indexRange="100-199"><Initialization range="0-99"/></SegmentBase></Representation></AdaptationSet></Period>`))
	f.Fuzz(func(t *testing.T, text string) {
		if segments, err := ReadPlaylist("http://h/p", []byte(text)); err == nil {
			checkSegments(t, segments)
		}
		p, err := Read("http://h/p", []byte(text))
		if err != nil {
			return
		}
		if len(p.Video) == 0 {
			t.Error("nothing to choose from")
		}
		for i, r := range append(p.Video, p.Audio...) {
			if r.Playlist == "" && r.Index == nil && len(r.Segments) == 0 {
				t.Errorf("rendition %d has no media", i)
			}
			if r.Audio >= len(p.Audio) {
				t.Errorf("rendition %d has sound %d of %d", i, r.Audio, len(p.Audio))
			}
			checkSegments(t, r.Segments)
		}
	})
}

func checkSegments(t *testing.T, segments []Segment) {
	t.Helper()
	for i, s := range segments {
		u, err := url.Parse(s.URL)
		if err != nil || !u.IsAbs() || s.Start < 0 || s.Duration < 0 || s.Offset < 0 || s.Length < 0 {
			t.Fatalf("segment %d is %+v, %v", i, s, err)
		}
	}
}

// FuzzIndex feeds any bytes as segment index: the segments are contiguous ranges.
func FuzzIndex(f *testing.F) {
	f.Add(sidx(0, 0, [][2]uint32{{1000, 4000}, {500, 2500}}))
	f.Add(sidx(1, 7, [][2]uint32{{1, 0}}))
	f.Fuzz(func(t *testing.T, body []byte) {
		segments, err := ReadIndex(&Rendition{Index: &Resource{URL: "http://h/f", Offset: 5, Length: 9}, Media: Resource{URL: "http://h/f"}}, body)
		if err != nil {
			return
		}
		checkSegments(t, segments)
		for i := 1; i < len(segments); i++ {
			if before := segments[i-1]; before.Offset+before.Length != segments[i].Offset || before.Start+before.Duration != segments[i].Start {
				t.Fatalf("segment %d does not follow: %+v %+v", i, before, segments[i])
			}
		}
	})
}
