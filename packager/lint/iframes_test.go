package lint

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// trickURL is the I-frame playlist of a track, in the tests.
func trickURL(track string) string { return root + "hls/" + track + ".trick.m3u8" }

// iframed adds I-frame playlists of the film's pictures: of each fragment the moof and the first sample.
func iframed(t *testing.T) site {
	t.Helper()
	p, files := film(t)
	s := newSite(t, p, files)
	for _, id := range []string{"v1", "v2"} {
		list := "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n" +
			"#EXT-X-MAP:URI=\"../cmaf1/" + id + "/init.mp4\"\n"
		for number := 1; number <= 3; number++ {
			top, err := boxes(s[segmentURL(id, number)].Body)
			if err != nil {
				t.Fatal(err)
			}
			for i, moof := range find(top, "moof") {
				f, err := parseFragment(moof, find(top, "mdat")[i], sampleDefaults{})
				if err != nil {
					t.Fatal(err)
				}
				list += fmt.Sprintf("#EXTINF:1.001,\n#EXT-X-BYTERANGE:%d@%d\n../cmaf1/%s/6s1/%d.m4s\n", int64(moof.size)+8+f.firstSize, moof.offset, id, number)
			}
		}
		s[trickURL(id)] = Response{Body: []byte(list + "#EXT-X-ENDLIST\n"), ContentType: "application/vnd.apple.mpegurl"}
		size := map[string]string{"v1": "640x360", "v2": "320x180"}[id]
		line := fmt.Sprintf("#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=9000,CODECS=\"avc1.64001E\",RESOLUTION=%s,URI=\"%s.trick.m3u8\"\n", size, id)
		s[master] = Response{Body: join(s[master].Body, line), ContentType: s[master].ContentType}
	}
	return s
}

// jpegFrames lets the list of v1 be of JPEG pictures that begin so.
func jpegFrames(begin string) func(*testing.T, site) {
	return func(t *testing.T, s site) {
		s.replaceLast(t, master, `CODECS="avc1.64001E",RESOLUTION=640x360,URI="v1.trick`, `CODECS="mjpg",RESOLUTION=640x360,URI="v1.trick`)
		text := ""
		for line := range strings.Lines(lines(string(s[trickURL("v1")].Body), "#EXT-X-BYTERANGE")) {
			if strings.HasSuffix(line, ".m4s\n") {
				line = "picture.jpg\n"
			}
			text += line
		}
		s[trickURL("v1")] = Response{Body: []byte(text), ContentType: ""}
		s[root+"hls/picture.jpg"] = Response{Body: []byte(begin), ContentType: "image/jpeg"}
	}
}

func TestCleanIFrames(t *testing.T) {
	clean := iframed(t)
	f := func(name string, changes ...func(*testing.T, site)) {
		t.Helper()
		s := maps.Clone(clean)
		for _, change := range changes {
			change(t, s)
		}
		for _, finding := range HLS(master, s.fetch) {
			t.Errorf("%s: %v", name, finding)
		}
	}
	f("ranges")
	f("JPEG", jpegFrames("\xFF\xD8\xFF\xE0"))
}

// transportIFrames is the transport stream with other I-frames.
func transportIFrames(picture func(n int) []byte) site {
	s := transportSite(newTSWriter())
	for i := range segmentsTest {
		s[fmt.Sprintf("%shls-ts/i%d.ts", root, i+1)] = Response{Body: picture(i), ContentType: "video/mp2t"}
	}
	return s
}

var plantedIFrames = []planted{
	{hlsIFrameLists, without("#EXT-X-I-FRAME-STREAM-INF", master)},
	{hlsIFrameLists, func(_ *testing.T, s site) {
		body := bytes.ReplaceAll(bytes.ReplaceAll(s[master].Body, []byte(",VIDEO-RANGE=SDR"), nil), []byte("#EXT-X-I-FRAME-STREAM-INF:"), []byte("#EXT-X-I-FRAME-STREAM-INF:VIDEO-RANGE=PQ,"))
		s[master] = Response{Body: body, ContentType: ""}
	}},
	{hlsIFrames, last(master, `CODECS="avc1.64001E",RESOLUTION=320x180,URI`, `RESOLUTION=320x180,URI`)},
	{hlsIFrames, last(master, `CODECS="avc1.64001E",RESOLUTION=320x180,URI`, `CODECS="avc1.64001F",RESOLUTION=320x180,URI`)},
	{hlsIFrames, last(master, `CODECS="avc1.64001E",RESOLUTION=320x180,URI`, `CODECS="avc1.64001E",URI`)},
	{hlsIFrames, last(master, `RESOLUTION=320x180,URI`, `RESOLUTION=320x182,URI`)},
	{hlsIFrames, without("#EXT-X-I-FRAMES-ONLY", trickURL("v1"))},
	{hlsVOD, without("#EXT-X-ENDLIST", trickURL("v1"))},
	{hlsVersion, text(trickURL("v1"), "VERSION:7", "VERSION:4")},
	{hlsVideoRange, last(master, `RESOLUTION=320x180,URI`, `RESOLUTION=320x180,VIDEO-RANGE=PQ,URI`)},
	{hlsIFrameRanges, shifted(-1, 0)},
	{hlsIFrameRanges, shifted(0, 1)},
	{hlsIFrameRanges, shifted(-1000, 0)},
	{hlsIFrameRanges, boxBytes(video2, "mdat", 4, 0x41)},
	{hlsIFrameRanges, boxBytes(video2, "trun", 12, 1, 1, 0, 0)},
	{hlsIFrameRanges, jpegFrames("GIF89a")},
	{hlsIFrameTimes, text(trickURL("v1"), "EXTINF:1.001", "EXTINF:1.1")},
	{hlsIFrameTimes, func(_ *testing.T, s site) {
		body := bytes.Replace(s[trickURL("v1")].Body, []byte("1.001"), []byte("1.601"), 1)
		at := bytes.LastIndex(body, []byte("1.001"))
		s[trickURL("v1")] = Response{Body: join(body[:at], "0.401", body[at+5:]), ContentType: ""}
	}},
	{mimeType, func(_ *testing.T, s site) { s[init1] = Response{Body: s[init1].Body, ContentType: "video/mpeg"} }},
	{reachable, func(_ *testing.T, s site) { delete(s, trickURL("v1")) }},
}

// shifted plants ranges that are so many bytes longer, and begin so many later.
func shifted(longer, later int64) func(*testing.T, site) {
	return func(_ *testing.T, s site) {
		var text string
		for line := range strings.Lines(string(s[trickURL("v1")].Body)) {
			if value, found := strings.CutPrefix(line, "#EXT-X-BYTERANGE:"); found {
				r, _ := parseByteRange(strings.TrimSpace(value), 0)
				line = fmt.Sprintf("#EXT-X-BYTERANGE:%d@%d\n", max(r.sizeBytes+longer, 1), r.offset+later)
			}
			text += line
		}
		s[trickURL("v1")] = Response{Body: []byte(text), ContentType: ""}
	}
}

// TestPlantedIFrames shows that the rules of I-frame playlists notice their defects.
func TestPlantedIFrames(t *testing.T) {
	clean := iframed(t)
	for i, one := range plantedIFrames {
		s := maps.Clone(clean)
		one.defect(t, s)
		findings := HLS(master, s.fetch)
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule == rules[one.rule].Name }) {
			t.Errorf("defect %d: %s did not notice; findings: %v", i, rules[one.rule].Name, findings)
		}
	}
	later := transportIFrames(func(n int) []byte { return written(func(w *tsWriter) { w.nonIDR = true })[tsSegmentURL(n+1)].Body })
	none := transportIFrames(func(int) []byte { return make([]byte, 188) })
	for i, s := range []site{later, none} {
		findings := HLS(tsMaster, s.fetch)
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule == rules[hlsIFrameRanges].Name }) {
			t.Errorf("transport stream %d: findings %v", i, findings)
		}
	}
}

// TestIFrameBreak: behind EXT-X-DISCONTINUITY the times of I-frames begin anew; without it that is a finding.
func TestIFrameBreak(t *testing.T) {
	other := newTSWriter()
	other.start = 77 * startTicks
	s := transportSite(newTSWriter())
	s[root+"hls-ts/i3.ts"] = Response{Body: other.segment(2), ContentType: "video/mp2t"}
	f := func(want ...ruleID) {
		t.Helper()
		var got, names []string
		for _, finding := range HLS(tsMaster, s.fetch) {
			got = append(got, finding.Rule)
		}
		for _, id := range want {
			names = append(names, rules[id].Name)
		}
		if !slices.Equal(got, names) {
			t.Errorf("%v, want %v", got, names)
		}
	}
	f(hlsIFrameTimes)
	s = changed(s, tsTrick, "#EXTINF:1.001000,\ni3.ts", "#EXT-X-DISCONTINUITY\n#EXTINF:1.001000,\ni3.ts")
	f(hlsDiscontinuity) // in the list of I-frames alone
	s[tsSegmentURL(3)] = Response{Body: other.segment(2), ContentType: "video/mp2t"}
	s = changed(s, tsPlaylist, "#EXTINF:1.001000,\n3.ts", "#EXT-X-DISCONTINUITY\n#EXTINF:1.001000,\n3.ts")
	f()
}

// FuzzIFrame feeds any bytes as range of an I-frame playlist.
func FuzzIFrame(f *testing.F) {
	p, files := film(f)
	track := p.Track("v1")
	whole := files["v1"][len(track.Init):]
	f.Add(whole[:track.Fragments[0].MoofSizeBytes+200])
	f.Add(join(makeBox("styp", "x"), whole[:track.Fragments[0].MoofSizeBytes+8]))
	f.Add(makeBox("moof"))
	f.Fuzz(func(t *testing.T, b []byte) {
		one, err := parseIFrame(b, sampleDefaults{})
		if err == nil && len(one.first) > len(b) {
			t.Errorf("%d bytes of %d", len(one.first), len(b))
		}
	})
}
