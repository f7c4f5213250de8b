package lint

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestUnjudgedMedia: media that no rule can be applied to is named, without findings about it.
func TestUnjudgedMedia(t *testing.T) {
	f := func(old, new, why string) {
		t.Helper()
		c := newClient(retexted(transportSite(newTSWriter()), old, new).fetch, Options{})
		c.hls(tsMaster)
		if len(c.findings) > 0 || len(c.unjudged) != 1 || !strings.Contains(c.unjudged[0].Why, why) {
			t.Errorf("%s: findings %v, not judged %v", why, c.findings, c.unjudged)
		}
	}
	f("#EXTINF", "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF", "encrypted")
	f("VERSION:3", "VERSION:8\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"", "variables")
	live := transportSite(newTSWriter())
	live = retexted(retexted(live, "#EXT-X-ENDLIST\n", ""), "#EXT-X-PLAYLIST-TYPE:VOD\n", "")
	c := newClient(live.fetch, Options{})
	if c.hls(tsMaster); len(c.findings) > 0 || len(c.unjudged) != 1 {
		t.Errorf("live: findings %v, not judged %v", c.findings, c.unjudged)
	}
}

// TestDiscontinuity: behind EXT-X-DISCONTINUITY timestamps and counters begin anew; without it that is a finding.
func TestDiscontinuity(t *testing.T) {
	s := transportSite(newTSWriter())
	other := newTSWriter()
	other.start = 77 * startTicks
	s[tsSegmentURL(3)] = Response{Body: other.segment(2), ContentType: "video/mp2t"}
	if findings := HLS(tsMaster, s.fetch); len(findings) == 0 {
		t.Error("nothing notices a break")
	}
	s = retexted(s, "#EXTINF:1.001000,\n3.ts", "#EXT-X-DISCONTINUITY\n#EXTINF:1.001000,\n3.ts")
	s = changed(s, tsTrick, "#EXTINF:1.001000,\ni3.ts", "#EXT-X-DISCONTINUITY\n#EXTINF:1.001000,\ni3.ts")
	for _, finding := range HLS(tsMaster, s.fetch) {
		t.Error(finding)
	}
}

// TestFragmentRanges: fragmented MP4 as ranges of one file, its header too.
func TestFragmentRanges(t *testing.T) {
	p, files := film(t)
	s := newSite(t, p, files)
	text := strings.Replace(string(s[v1].Body), `URI="../cmaf1/v1/init.mp4"`,
		fmt.Sprintf(`URI="all.mp4",BYTERANGE="%d@0"`, len(s[init1].Body)), 1)
	file := bytes.Clone(s[init1].Body)
	for i := range p.Segmentation(6).Len() {
		b := s[segmentURL("v1", i+1)].Body
		text = strings.Replace(text, fmt.Sprintf("../cmaf1/v1/6s1/%d.m4s", i+1),
			fmt.Sprintf("#EXT-X-BYTERANGE:%d@%d\nall.mp4", len(b), len(file)), 1)
		file = append(file, b...)
	}
	s[v1], s[root+"hls/all.mp4"] = Response{Body: []byte(text), ContentType: ""}, Response{Body: file, ContentType: "video/mp4"}
	for _, finding := range HLS(master, s.fetch) {
		t.Error(finding)
	}
}
