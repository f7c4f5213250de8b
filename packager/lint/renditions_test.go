package lint

import (
	"bytes"
	"fmt"
	"testing"

	"headwater/packager"
)

// packedSite is a stream of packed audio; tag begins the ID3 tags of its segments, of which there are none when it is empty.
func packedSite(tag string) site {
	s := transportSite(newTSWriter())
	w := newTSWriter()
	var largest, total int
	for i := range segmentsTest {
		frames := 47 // 1.00267 s
		owner := append([]byte("PRIV"), 0, 0, 0, byte(len(timestampOwner)+8), 0, 0)
		body := join(owner, timestampOwner, uint64(startTicks+i*frames*packetTicks))
		b := join(tag, []byte{4, 0, 0, 0, 0, 0, byte(len(body))}, body)
		if tag == "" {
			b = nil
		}
		for range frames {
			b = append(b, w.soundFrame()...)
		}
		s[tsSegmentURL(i+1)] = Response{Body: b, ContentType: "audio/aac"}
		largest, total = max(largest, len(b)), total+len(b)
	}
	s[tsPlaylist] = Response{Body: bytes.ReplaceAll(s[tsPlaylist].Body, []byte("1.001000"), []byte("1.002667")), ContentType: ""}
	rate := float64(largest) * 8 / 1.002667
	s[tsMaster] = Response{Body: fmt.Appendf(nil, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=%.0f,AVERAGE-BANDWIDTH=%.0f,CODECS=\"mp4a.40.2\"\nv.m3u8\n", rate+5, rate+5), ContentType: ""}
	return s
}

// subtitled is the transport stream with subtitles in two segments; header and cue, where given, replace the clean ones of
// the first and are added to it.
func subtitled(header, cue string) site {
	if header == "" {
		header = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n"
	}
	s := transportSite(newTSWriter())
	media := "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"en\",LANGUAGE=\"en\",URI=\"s.m3u8\"\n#EXT-X-STREAM-INF:SUBTITLES=\"s\","
	s[tsMaster] = Response{Body: bytes.Replace(s[tsMaster].Body, []byte("#EXT-X-STREAM-INF:"), []byte(media), 1), ContentType: ""}
	s[root+"hls-ts/s.m3u8"] = Response{Body: []byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n" +
		"#EXTINF:2,\ns.vtt\n#EXTINF:1,\ns.vtt\n#EXT-X-ENDLIST\n"), ContentType: ""}

	s[root+"hls-ts/s.vtt"] = Response{Body: []byte(header + "\n1\n00:01.000 --> 00:02.000 line:0\nHello\n\n" + cue), ContentType: "text/vtt"}
	return s
}

// withIFrames is the transport stream with a list of I-frames that is an ordinary playlist.
func withIFrames() site {
	s := transportSite(newTSWriter())
	list := "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1000,CODECS=\"avc1.64001E\",URI=\"v.m3u8\"\n"
	s[tsMaster] = Response{Body: append(bytes.Clone(s[tsMaster].Body), list...), ContentType: ""}
	return s
}

func TestCleanRenditions(t *testing.T) {
	f := func(name string, s site) {
		t.Helper()
		for _, finding := range HLS(tsMaster, s.fetch) {
			t.Errorf("%s: %v", name, finding)
		}
	}
	f("packed audio", packedSite("ID3"))
	f("subtitles", subtitled("", ""))
}

// withFragmentedText adds subtitles in fragmented MP4, whose sample entry has that name, to the film.
func withFragmentedText(t *testing.T, entry string) site {
	t.Helper()
	p, files := film(t)
	s := newSite(t, p, files)
	sound := medium{kind: packager.Audio, channels: 2}.audioEntry()
	header := insert(s[initURL("a-fr")].Body, sound, makeBox(entry, zeros(6), uint16(1), makeBox("vttC", "WEBVTT")), "moov", "trak", "mdia", "minf", "stbl", "stsd")
	header = bytes.Replace(header, []byte("soun"), []byte("text"), 1)
	s[initURL("text")] = Response{Body: header, ContentType: "application/mp4"}
	s.patch(t, initURL("text"), "tkhd", 36, 0)
	for number := 1; number <= 3; number++ {
		s[segmentURL("text", number)] = Response{Body: s[segmentURL("a-fr", number)].Body, ContentType: "application/mp4"}
	}
	s[playlistURL("text")] = Response{Body: bytes.ReplaceAll(s[playlistURL("a-fr")].Body, []byte("/a-fr/"), []byte("/text/")), ContentType: ""}
	media := "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"s\",NAME=\"en\",LANGUAGE=\"en\",URI=\"text.m3u8\"\n"
	s.replace(t, master, "#EXT-X-STREAM-INF:", "#EXT-X-STREAM-INF:SUBTITLES=\"s\",")
	first := bytes.Index(s[master].Body, []byte("#EXT-X-STREAM-INF:"))
	s[master] = Response{Body: join(s[master].Body[:first], media, s[master].Body[first:]), ContentType: ""}
	return s
}

func TestFragmentedText(t *testing.T) {
	for _, finding := range HLS(master, withFragmentedText(t, "wvtt").fetch) {
		t.Error(finding)
	}
	findings := HLS(master, withFragmentedText(t, "tx3g").fetch)
	if len(findings) != 1 || findings[0].Rule != rules[hlsSubtitles].Name {
		t.Errorf("tx3g: %v", findings)
	}
}

// TestBreaksEverywhere: discontinuities at the same place of all playlists are no finding, though nothing is discontinuous.
func TestBreaksEverywhere(t *testing.T) {
	p, files := film(t)
	s := newSite(t, p, files)
	for _, id := range []string{"v1", "v2", "a-en", "a-en-51", "a-fr"} {
		first := "../cmaf1/" + id + "/6s1/1.m4s\n"
		s.replace(t, playlistURL(id), first, first+"#EXT-X-DISCONTINUITY\n")
	}
	without("#EXT-X-I-FRAME-STREAM-INF", master)(t, s) // they have none
	for _, finding := range HLS(master, s.fetch) {
		if finding.Rule != "hls-i-frame-lists" {
			t.Error(finding)
		}
	}
}
