package lint

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
)

// errNothing is what a fuzzed manifest gets for every URL.
var errNothing = errors.New("nothing is there")

// FuzzMaster feeds any text as multivariant playlist. A text without findings must hold what the writers promise.
func FuzzMaster(f *testing.F) {
	p, files := film(f)
	s := newSite(f, p, files)
	f.Add(string(s[master].Body))
	f.Add("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"\"\nx")
	f.Add("#EXTM3U\r\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"b\",URI=\"c\"\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		fuzzed := site{master: {Body: []byte(text)}}
		c := newClient(fuzzed.fetch, Options{})
		c.hls(master)
		findings := c.findings
		// The text of hls-m3u8's error may differ from run to run, whether there is one may not.
		if again := HLS(master, fuzzed.fetch); !slices.EqualFunc(findings, again, sameRule) {
			t.Errorf("two runs differ:\n%v\n%v", findings, again)
		}
		if len(findings)+len(c.unjudged) == 0 || len(findings) > maxFindings {
			t.Errorf("%d findings where every URL is missing", len(findings))
		}
	})
}

func sameRule(a, b Finding) bool { return a.Rule == b.Rule && a.Where == b.Where }

// FuzzPlaylist feeds any text as media playlist: what is read never exceeds what is there.
func FuzzPlaylist(f *testing.F) {
	p, files := film(f)
	s := newSite(f, p, files)
	f.Add(string(s[v1].Body))
	f.Add("#EXTM3U\n#EXT-X-BYTERANGE:5@0\n#EXTINF:1,\nu\n#EXT-X-DISCONTINUITY\n#EXTINF:1,\n#EXT-X-BYTERANGE:9\nu\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n")
	f.Add("#EXT-X-KEY:\n0") // the second reader panicked
	f.Add("#EXTM3U\n#EXT-X-MAP:URI=\"x\"\n#EXTINF:0.1234567890,\n#EXTINF:1,\nu")
	f.Fuzz(func(t *testing.T, text string) {
		r := &report{}
		m := parseMedia(r, "", text)
		if len(m.segments) > strings.Count(text, "#EXTINF:") {
			t.Errorf("%d segments from %q", len(m.segments), text)
		}
		for _, segment := range m.segments {
			if segment.duration < 0 || segment.uri == "" || strings.ContainsAny(segment.uri, "\r\n") {
				t.Errorf("segment %+v", segment)
			}
		}
		if len(r.findings) == 0 && (!strings.HasPrefix(text, "#EXTM3U") || len(m.segments) == 0) {
			t.Errorf("no finding for %q", text)
		}
		client := newClient(func(string, int64, int64) (Response, error) { return Response{}, errNothing }, Options{})
		client.secondOpinion("", text, 2, len(m.segments))
	})
}

// FuzzMPD feeds any text as MPD. Its seeds are short: the time to minimise an input grows with the square of its length.
func FuzzMPD(f *testing.F) {
	p, files := film(f)
	s := newSite(f, p, files)
	f.Add(shortened(string(s[mpdURL].Body)))
	s.write(f, p, packager.Options{}, sign)
	f.Add(shortened(string(s[mpdURL].Body)))
	f.Add(shortened(string(onDemandSite(f)[onDemandURL].Body)))
	f.Add(shortened(string(durationSite(f)[mpdURL].Body)))
	for _, text := range hangs {
		f.Add(text)
	}
	const begin, end = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>`, `</AdaptationSet></Period></MPD>`
	f.Add(begin + `<SegmentTemplate media="$Number$"><SegmentTimeline><S d="1" r="99999999"/></SegmentTimeline></SegmentTemplate><Representation id="a"/>` + end)
	f.Add(begin + `<Representation id="a"><SegmentList><SegmentTimeline><S d="1" r="9"/></SegmentTimeline><SegmentURL/></SegmentList></Representation>` + end)
	f.Add(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="P1DT2H3M4.5S"/>`)
	f.Add(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT9S"><Period><AdaptationSet><SegmentTemplate media="$Time%09d$" ` +
		`initialization="i"><SegmentTimeline><S d="1" r="-1"/></SegmentTimeline></SegmentTemplate><Representation id="a"/>` + end)
	f.Fuzz(func(t *testing.T, text string) {
		fuzzed := site{mpdURL: {Body: []byte(text)}}
		c := newClient(fuzzed.fetch, Options{})
		c.dash(mpdURL)
		if len(c.findings)+len(c.unjudged) == 0 || len(c.findings) > maxFindings {
			t.Errorf("%d findings where every URL is missing", len(c.findings))
		}
	})
}

// shortened returns an MPD with its first AdaptationSet alone, without the spaces between elements.
func shortened(mpd string) string {
	first, last := strings.Index(mpd, "</AdaptationSet>"), strings.LastIndex(mpd, "</AdaptationSet>")
	return regexp.MustCompile(`>\s+<`).ReplaceAllString(mpd[:first]+mpd[last:], "><")
}

// FuzzIndex feeds any bytes as sidx: what is read never exceeds what is there.
func FuzzIndex(f *testing.F) {
	p, _ := film(f)
	f.Add(index(p.Track("v1"))[8:])
	f.Add(make([]byte, 24))
	f.Fuzz(func(t *testing.T, body []byte) {
		x, err := parseIndex(body)
		if err == nil && (len(x.references)*12+24 > len(body) || x.timescale == 0 || x.sizeBytes() < 0) {
			t.Errorf("%+v from %d bytes", x, len(body))
		}
	})
}

// FuzzDuration compares parseDuration with what it was made from.
func FuzzDuration(f *testing.F) {
	f.Add("PT1.5S", uint16(1), uint8(2), uint8(3), uint32(4))
	f.Add("P1Y", uint16(0), uint8(0), uint8(0), uint32(0))
	f.Fuzz(func(t *testing.T, text string, days uint16, hours, minutes uint8, milliseconds uint32) {
		if d, err := parseDuration(text); err == nil && d < 0 {
			t.Errorf("%q is %d", text, d)
		}
		text = fmt.Sprintf("P%dDT%dH%dM%d.%03dS", days, hours, minutes, milliseconds/1000, milliseconds%1000)
		want := (int64(days)*86400+int64(hours)*3600+int64(minutes)*60)*1e9 + int64(milliseconds)*1e6
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%s is %d, %v, want %d", text, got, err, want)
		}
	})
}

// FuzzMedia feeds any bytes as init and media segment. Media that passes fills its boxes: cutting a byte off is noticed.
func FuzzMedia(f *testing.F) {
	p, files := film(f)
	for id, file := range files {
		track := p.Track(id)
		first := track.Fragments[0]
		f.Add(track.Init, file[first.Offset:first.Offset+int64(first.SizeBytes)])
	}
	f.Add(makeBox("moov"), makeBox("moof", makeBox("traf", makeBox("trun", uint32(0), uint32(1<<31)))))
	f.Fuzz(func(t *testing.T, init, segment []byte) {
		findings := Media(init, segment)
		if len(findings) > maxFindings {
			t.Errorf("%d findings", len(findings))
		}
		if len(findings) == 0 && len(Media(init, segment[:len(segment)-1])) == 0 {
			t.Error("a segment that lacks its last byte passes")
		}
	})
}
