package manifest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// describe writes a presentation so that a test can compare it at a glance.
func describe(p *Presentation) string {
	var b strings.Builder
	for _, list := range [][]Rendition{p.Video, p.Audio} {
		for _, r := range list {
			fmt.Fprintf(&b, "%s %s %d %dx%d audio=%d", r.Kind, r.Name, r.Bandwidth, r.Width, r.Height, r.Audio)
			if r.Playlist != "" {
				fmt.Fprintf(&b, " playlist=%s", r.Playlist)
			}
			if r.Index != nil {
				fmt.Fprintf(&b, " index=%s", where(*r.Index))
			}
			b.WriteString("\n" + describeSegments(r.Segments))
		}
	}
	return b.String()
}

func describeSegments(segments []Segment) string {
	var b strings.Builder
	for _, s := range segments {
		fmt.Fprintf(&b, "  %v+%v %s", s.Start, s.Duration, where(s.Resource))
		if s.Init != nil {
			fmt.Fprintf(&b, " init=%s", where(*s.Init))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func where(r Resource) string {
	if r.Length == 0 {
		return r.URL
	}
	return fmt.Sprintf("%s[%d+%d]", r.URL, r.Offset, r.Length)
}

func checkRead(t *testing.T, text, want string) {
	t.Helper()
	p, err := Read("http://h/a/entry?token=x", []byte(text))
	if err != nil {
		t.Errorf("%v\n%s", err, text)
		return
	}
	if got := describe(p); got != strings.TrimLeft(want, "\n") {
		t.Errorf("got:\n%swant:%s", got, want)
	}
}

func TestMultivariant(t *testing.T) {
	checkRead(t, "\ufeff#EXTM3U\r\n"+
		`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, main",LANGUAGE="en",URI="en.m3u8"`+"\r\n"+
		`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Deutsch",LANGUAGE="de",DEFAULT=YES,URI="de.m3u8"`+"\r\n"+
		`#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="x",URI="s.m3u8"`+"\r\n"+
		`#EXT-X-STREAM-INF:BANDWIDTH=5000000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1920x1080,AUDIO="a"`+"\r\n"+
		"../b/1080.m3u8#top\r\n"+
		`#EXT-X-STREAM-INF:BANDWIDTH=700000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,AUDIO="a"`+"\r\n\r\n"+
		"# a comment\r\nhttps://cdn/360.m3u8\r\n"+
		`#EXT-X-STREAM-INF:BANDWIDTH=600000,CODECS="hvc1.1.6.L93",RESOLUTION=640x360,AUDIO="a"`+"\r\nhevc.m3u8\r\n"+
		`#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS="avc1.64001e,ec-3",RESOLUTION=640x360,AUDIO="b"`+"\r\nhttps://cdn/360.m3u8\r\n", `
video 360p 700000 640x360 audio=0 playlist=https://cdn/360.m3u8
video 1080p 5000000 1920x1080 audio=0 playlist=http://h/b/1080.m3u8
audio de 0 0x0 audio=-1 playlist=http://h/a/de.m3u8
`)
}

func TestPlaylist(t *testing.T) {
	checkRead(t, `#EXTM3U
#EXT-X-TARGETDURATION:6
#EXT-X-MAP:URI="init.mp4",BYTERANGE="720@0"
#EXTINF:6.006,a title, with a comma
1.m4s
#EXT-X-BYTERANGE:100@1000
#EXTINF:6,
all.mp4
#EXTINF:4
#EXT-X-BYTERANGE:50
all.mp4
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="other.mp4"
#EXTINF:2,
/2.m4s?x=1
#EXT-X-ENDLIST
`, `
video only 0 0x0 audio=-1
  0s+6.006s http://h/a/1.m4s init=http://h/a/init.mp4[0+720]
  6.006s+6s http://h/a/all.mp4[1000+100] init=http://h/a/init.mp4[0+720]
  12.006s+4s http://h/a/all.mp4[1100+50] init=http://h/a/init.mp4[0+720]
  16.006s+2s http://h/2.m4s?x=1 init=http://h/a/other.mp4
`)
}

func mpdText(attributes, periods string) string {
	return `<?xml version="1.0" encoding="utf-8"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" ` + attributes + `>` + periods + `</MPD>`
}

func TestMPDTimeline(t *testing.T) {
	checkRead(t, mpdText(`type="static" mediaPresentationDuration="PT14S"`, `
<BaseURL>../c/</BaseURL><Period>
<AdaptationSet contentType="video" mimeType="video/mp4">
 <EssentialProperty schemeIdUri="urn:mpeg:mpegB:cicp:ColourPrimaries" value="1"/>
 <SegmentTemplate timescale="1000" presentationTimeOffset="500" startNumber="0" initialization="$RepresentationID$/i.mp4" media="$RepresentationID$/$Time$-$Number%03d$-$$.m4s">
  <SegmentTimeline><S t="500" d="6000" r="1"/><S d="2000"/></SegmentTimeline></SegmentTemplate>
 <Representation id="v1" bandwidth="900000" width="640" height="360" codecs="avc1.64001e"/>
 <Representation id="v0" bandwidth="400000" width="320" height="180" codecs="avc1.64001e">
  <BaseURL>low/</BaseURL>
  <SegmentTemplate startNumber="5" media="$Bandwidth$/$Number$"/></Representation>
</AdaptationSet>
<AdaptationSet mimeType="audio/mp4" lang="en"><SegmentTemplate duration="7" media="a$Number$"/>
 <Representation id="a1" bandwidth="128000" codecs="mp4a.40.2"/><Representation id="a0" bandwidth="64000" codecs="mp4a.40.2"/></AdaptationSet>
<AdaptationSet contentType="audio" lang="de"><SegmentTemplate duration="7" media="b$Number$"/><Representation id="b"/></AdaptationSet>
<AdaptationSet contentType="video"><EssentialProperty schemeIdUri="http://dashif.org/guidelines/trickmode"/><Representation id="t"/></AdaptationSet>
<AdaptationSet contentType="text" mimeType="text/vtt"><Representation id="s"><BaseURL>x.vtt</BaseURL></Representation></AdaptationSet>
</Period>`), `
video 180p 400000 320x180 audio=0
  0s+6s http://h/c/low/400000/5 init=http://h/c/low/v0/i.mp4
  6s+6s http://h/c/low/400000/6 init=http://h/c/low/v0/i.mp4
  12s+2s http://h/c/low/400000/7 init=http://h/c/low/v0/i.mp4
video 360p 900000 640x360 audio=1
  0s+6s http://h/c/v1/500-000-$.m4s init=http://h/c/v1/i.mp4
  6s+6s http://h/c/v1/6500-001-$.m4s init=http://h/c/v1/i.mp4
  12s+2s http://h/c/v1/12500-002-$.m4s init=http://h/c/v1/i.mp4
audio en 64000 0x0 audio=-1
  0s+7s http://h/c/a1
  7s+7s http://h/c/a2
audio en 128000 0x0 audio=-1
  0s+7s http://h/c/a1
  7s+7s http://h/c/a2
`)
}

// TestMPDRepeatToEnd unrolls a run that reaches to the end of the period, and one that reaches to the next run.
func TestMPDRepeatToEnd(t *testing.T) {
	checkRead(t, mpdText(`mediaPresentationDuration="PT0H0M10.5S"`, `<Period><AdaptationSet contentType="video">
<SegmentTemplate timescale="10" media="$Time$"><SegmentTimeline><S t="0" d="20" r="-1"/><S t="40" d="30" r="-1"/></SegmentTimeline></SegmentTemplate>
<Representation id="v" bandwidth="1"/></AdaptationSet></Period>`), `
video 0 kbit/s 1 0x0 audio=-1
  0s+2s http://h/a/0
  2s+2s http://h/a/20
  4s+3s http://h/a/40
  7s+3s http://h/a/70
  10s+3s http://h/a/100
`)
}

func TestMPDListAndPeriods(t *testing.T) {
	list := func(name string) string {
		return `<AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="1000" height="90"><SegmentList duration="4">
<Initialization sourceURL="` + name + `i" range="0-9"/><SegmentURL media="` + name + `" mediaRange="10-19"/><SegmentURL media="` + name + `" mediaRange="20-24"/>
</SegmentList></Representation></AdaptationSet>`
	}
	checkRead(t, mpdText(`mediaPresentationDuration="PT14S"`,
		`<Period duration="PT7S">`+list("x")+`</Period><Period>`+list("y")+`</Period>`), `
video 90p 1000 0x90 audio=-1
  0s+4s http://h/a/x[10+10] init=http://h/a/xi[0+10]
  4s+3s http://h/a/x[20+5] init=http://h/a/xi[0+10]
  7s+4s http://h/a/y[10+10] init=http://h/a/yi[0+10]
  11s+3s http://h/a/y[20+5] init=http://h/a/yi[0+10]
`)
}

func TestMPDOnDemand(t *testing.T) {
	checkRead(t, mpdText(`mediaPresentationDuration="PT9S"`, `<Period><AdaptationSet contentType="video">
<Representation id="v" bandwidth="9"><BaseURL>v.mp4</BaseURL><SegmentBase indexRange="100-199"><Initialization range="0-99"/></SegmentBase></Representation>
</AdaptationSet><AdaptationSet contentType="audio"><Representation id="a"><BaseURL>a.mp4</BaseURL></Representation></AdaptationSet></Period>`), `
video 0 kbit/s 9 0x0 audio=0 index=http://h/a/v.mp4[100+100]
audio audio 0 0x0 audio=-1
  0s+9s http://h/a/a.mp4
`)
}

func TestIndex(t *testing.T) {
	init := &Resource{URL: "f", Length: 100}
	r := &Rendition{Index: &Resource{URL: "f", Offset: 100, Length: 68}, Media: Resource{URL: "f"}, Init: init}
	segments, err := ReadIndex(r, sidx(0, 5, [][2]uint32{{1000, 4000}, {500, 2500}}))
	if err != nil {
		t.Fatal(err)
	}
	want := "  0s+4s f[161+1000] init=f[0+100]\n  4s+2.5s f[1161+500] init=f[0+100]\n"
	if got := describeSegments(segments); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if again, err := ReadIndex(r, sidx(1, 5, [][2]uint32{{1000, 4000}})); err != nil || again[0].Offset != 100+8+8+36-4+5+4 {
		t.Errorf("version 1: %v, %v", again, err)
	}
}

// sidx makes a box of timescale 1000; entries are size and duration.
func sidx(version byte, firstOffset byte, entries [][2]uint32) []byte {
	body := []byte{0, 0, 0, 0, 's', 'i', 'd', 'x', version, 0, 0, 0, 0, 0, 0, 1, 0, 0, 3, 232}
	if version == 0 {
		body = append(body, 0, 0, 0, 0, 0, 0, 0, firstOffset)
	} else {
		body = append(body, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, firstOffset)
	}
	body = append(body, 0, 0, 0, byte(len(entries)))
	for _, e := range entries {
		body = append(body, byte(e[0]>>24), byte(e[0]>>16), byte(e[0]>>8), byte(e[0]), byte(e[1]>>24), byte(e[1]>>16), byte(e[1]>>8), byte(e[1]), 0, 0, 0, 0)
	}
	body[3] = byte(len(body))
	return body
}

// TestHostile shows each way in which a manifest is refused.
func TestHostile(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := Read("http://h/a/entry", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.100q: got %v, want an error with %q", text, err, want)
		}
	}
	f("", "neither a playlist nor an MPD")
	f("hello", `it begins with "hello"`)
	f("#EXTM3U\n", "no EXT-X-ENDLIST")
	f("#EXTM3U\n#EXT-X-ENDLIST\n", "without segments")
	f("#EXTM3U\n#EXTINF:-1,\nx\n#EXT-X-ENDLIST\n", "line 2: #EXTINF:-1,: \"-1\" is no number of seconds")
	f("#EXTM3U\n#EXTINF:NaN,\nx\n", "no number of seconds")
	f("#EXTM3U\n#EXTINF:3600000,\nx\n#EXTINF:1,\nx\n", "longer than")
	f("#EXTM3U\nx\n#EXT-X-ENDLIST\n", "stands without EXTINF")
	f("#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:99999999999999999999@1\nx\n", "no number in range")
	f("#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:5@9223372036854775807\nx\n", "range")
	f("#EXTM3U\n#EXTINF:1,\nhttp://[\n", "URL")
	f("#EXTM3U\n"+strings.Repeat("#EXTINF:0,\nx\n", maxSegments+1), "more than 200000 segments")
	f("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=x\ny\n", "BANDWIDTH")
	f("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", "without variants")
	f("#EXTM3U\n"+strings.Repeat("#EXT-X-STREAM-INF:BANDWIDTH=1\ny\n", maxRenditions+1), "more than 1000 renditions")
	f("<MPD", "XML syntax error")
	f("<html/>", "expected element type <MPD>")
	f(mpdText("", ""), "without video or audio")
	f(mpdText(`mediaPresentationDuration="P1Y"`, ""), "no duration of days")
	f(mpdText(`mediaPresentationDuration="PT99999999H"`, ""), "mediaPresentationDuration")
	one := func(template string) string {
		return mpdText(`mediaPresentationDuration="PT10S"`, `<Period><AdaptationSet contentType="video"><Representation id="v" bandwidth="1">`+
			template+`</Representation></AdaptationSet></Period>`)
	}
	f(one(`<SegmentTemplate timescale="0" media="x" duration="1"/>`), "timescale 0")
	f(one(`<SegmentTemplate media="x"/>`), "neither SegmentTimeline nor @duration")
	f(one(`<SegmentTemplate duration="1"/>`), "without media")
	f(one(`<SegmentTemplate media="x"><SegmentTimeline><S t="0" d="1" r="99999999999"/></SegmentTimeline></SegmentTemplate>`), "out of range")
	f(one(`<SegmentTemplate media="x"><SegmentTimeline><S t="18446744073709551615" d="1"/></SegmentTimeline></SegmentTemplate>`), "later than")
	f(one(`<SegmentTemplate media="x"><SegmentTimeline><S t="99" d="1" r="-1"/></SegmentTimeline></SegmentTemplate>`), "without an end")
	f(one(`<SegmentTemplate media="x"><SegmentTimeline/></SegmentTemplate>`), "empty SegmentTimeline")
	f(one(`<SegmentTemplate media="x" timescale="1000000" duration="1"/>`), "more than 200000 segments")
	f(one(`<SegmentList duration="1"/>`), "without SegmentURL")
	f(one(`<SegmentBase indexRange="9-1"/>`), "range")
	for _, live := range []string{"#EXTM3U\n#EXTINF:1,\nx\n", mpdText(`type="dynamic"`, "")} {
		if _, err := Read("http://h/", []byte(live)); !errors.Is(err, ErrLive) {
			t.Errorf("%q: got %v, want ErrLive", live, err)
		}
	}
	r := &Rendition{Index: &Resource{Length: 1}}
	for _, body := range [][]byte{nil, {0, 0, 0, 3, 's', 'i', 'd', 'x'}, {0, 0, 0, 9, 's', 'i', 'd', 'x', 0}, sidx(0, 0, nil),
		sidx(0, 0, [][2]uint32{{1 << 31, 1}}), sidx(0, 0, [][2]uint32{{0, 1}}), sidx(1, 0, nil)[:40]} {
		if segments, err := ReadIndex(r, body); err == nil {
			t.Errorf("index % x: got %v, want an error", body, segments)
		}
	}
}

func TestAt(t *testing.T) {
	r := &Rendition{Segments: []Segment{{Duration: time.Second}, {Start: time.Second, Duration: time.Second}, {Start: 2 * time.Second, Duration: time.Second}}}
	for at, want := range map[time.Duration]int{0: 0, time.Second - 1: 0, time.Second: 1, 2500 * time.Millisecond: 2, time.Hour: 2} {
		if got := r.At(at); got != want {
			t.Errorf("segment at %s: got %d, want %d", at, got, want)
		}
	}
	if r.Duration() != 3*time.Second {
		t.Errorf("duration %s", r.Duration())
	}
}
