package lint

import (
	"strings"
	"testing"
)

var plantedHLS = []planted{
	{reachable, func(_ *testing.T, s site) { delete(s, video2) }},
	{reachable, func(_ *testing.T, s site) { delete(s, v1) }},
	{mimeType, func(_ *testing.T, s site) { s[video2] = Response{Body: s[video2].Body, ContentType: "text/plain"} }},
	{mimeType, func(_ *testing.T, s site) {
		s[v1] = Response{Body: s[v1].Body, ContentType: "application/octet-stream"}
	}},
	{hlsSyntax, text(v1, "#EXTM3U\n", "")},
	{hlsSyntax, text(v1, "#EXT-X-ENDLIST", "#EXT-X-ENDLIST\n#EXTINF:1,")},
	{hlsSyntax, text(v1, "#EXTINF:6.006000,", "#EXTINF:6.006000")},
	{hlsSyntax, text(v1, "../cmaf1/v1/6s1/2.m4s\n", "")},
	{hlsSyntax, text(v1, "#EXT-X-TARGETDURATION:6\n", "")},
	{hlsSyntax, text(v1, "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-PLAYLIST-TYPE:VOD\x01")},
	{hlsSyntax, text(v1, "#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-VERSION:7")},
	{hlsSyntax, text(v1, "#EXT-X-VERSION:7", "#EXT-X-STREAM-INF:BANDWIDTH=1")},
	{hlsSyntax, text(master, `CODECS="avc1.64001E,mp4a.40.2"`, "CODECS=avc1.64001E")},
	{hlsSyntax, text(master, "AVERAGE-BANDWIDTH", "BANDWIDTH")},
	{hlsSyntax, text(master, "VIDEO-RANGE=SDR", "VIDEO-RANGE=XDR")},
	{hlsSyntax, text(master, "RESOLUTION=640x360", "RESOLUTION=640*360")},
	{hlsSecondOpinion, text(master, "#EXT-X-VERSION:7", "#EXT-X-VERSION:300")},
	{hlsVersion, text(v1, "#EXT-X-VERSION:7", "#EXT-X-VERSION:5")},
	{hlsVersion, text(v1, "#EXT-X-VERSION:7\n", "")},
	{hlsIndependent, without("#EXT-X-INDEPENDENT-SEGMENTS", master, v1)},
	{hlsCodecs, text(master, "avc1.64001E", "avc1.4D401E")},
	{hlsCodecs, text(master, ",mp4a.40.2", "")},
	{hlsCodecs, text(master, "mp4a.40.2", "mp4a.40.2,mp4a.40.5")},
	{hlsSampleEntry, rename(init1, "avc1", "avc3")},
	{hlsResolution, text(master, "640x360", "642x360")},
	{hlsFrameRate, text(master, "29.970", "25.000")},
	{hlsFrameRate, text(master, ",FRAME-RATE=29.970", "")},
	{hlsVideoRange, last(master, "VIDEO-RANGE=SDR,FRAME-RATE", "VIDEO-RANGE=PQ,FRAME-RATE")},
	{hlsVideoRange, boxBytes(init1, "nclx", 2, 0, 16)},
	{hlsBandwidth, text(master, ":BANDWIDTH=", ":BANDWIDTH=1")},
	{hlsBandwidth, text(master, ":BANDWIDTH=", ":BANDWIDTH=1,X-WAS=")},
	{hlsExactRates, text(master, ":BANDWIDTH=", ":BANDWIDTH=1")},
	{hlsAverageBandwidth, text(master, "AVERAGE-BANDWIDTH=", "AVERAGE-BANDWIDTH=1")},
	{hlsAverageBandwidth, text(master, ",AVERAGE-BANDWIDTH=", ",X-WAS=")},
	{hlsGroup, last(master, `AUDIO="aac-6"`, `AUDIO="aac-9"`)},
	{hlsGroup, text(master, `AUDIO="aac-6"`, `AUDIO="aac-2"`)},
	{hlsGroupMembers, last(master, `NAME="fr"`, `NAME="français"`)},
	{hlsName, text(master, `NAME="fr"`, `NAME="en"`)},
	{hlsDefault, text(master, "DEFAULT=YES", "DEFAULT=NO")},
	{hlsDefault, text(master, "DEFAULT=NO", "DEFAULT=YES")},
	{hlsDefault, text(master, "AUTOSELECT=YES", "AUTOSELECT=NO")},
	{hlsLanguage, text(master, `LANGUAGE="fr",`, "")},
	{hlsChannels, text(master, `CHANNELS="6"`, `CHANNELS="2"`)},
	{hlsStereo, func(t *testing.T, s site) {
		s.patch(t, initURL("a-en"), "mp4a", 16, 0, 6)
		s.patch(t, initURL("a-fr"), "mp4a", 16, 0, 6)
	}},
	{hlsVOD, without("#EXT-X-PLAYLIST-TYPE", v1)},
	{hlsVOD, without("#EXT-X-ENDLIST", v1)},
	{hlsMap, without("#EXT-X-MAP", v1)},
	{hlsTargetDuration, text(v1, "DURATION:6", "DURATION:5")},
	{hlsEqualTarget, text(v1, "DURATION:6", "DURATION:7")},
	{hlsEXTINF, text(v1, "EXTINF:6.006000", "EXTINF:6.026000")},
	{hlsCoverage, func(t *testing.T, s site) {
		for _, what := range []string{"#EXTINF:3.003", "/3.m4s"} {
			without(what, v2)(t, s)
		}
	}},
	{hlsSupplemental, text(master, "VIDEO-RANGE=SDR", `VIDEO-RANGE=SDR,SUPPLEMENTAL-CODECS="dvh1.08.07/db1p"`)},
	{hlsGzip, func(_ *testing.T, s site) {
		answer := s[v1]
		answer.Plain = true
		s[v1] = answer
	}},
	{hlsRedirect, func(_ *testing.T, s site) {
		answer := s[video2]
		answer.URL = "/elsewhere"
		s[video2] = answer
	}},
	{hlsAlignment, func(t *testing.T, s site) {
		for _, what := range []string{"#EXTINF:3.003", "/3.m4s"} {
			without(what, v2)(t, s)
		}
	}},
	{hlsAlignment, func(t *testing.T, s site) { s.patch(t, segmentURL("v2", 3), "tfdt", 11, 0) }},
	{hlsKeyFrames, func(_ *testing.T, s site) {
		s[video2] = Response{Body: asChunks(s[video2].Body), ContentType: "video/iso.segment"}
	}},
	{hlsPeak, addBox(video2, makeBox("free", zeros(1<<20)))},
	{hlsSegmentDuration, text(v1, "EXTINF:6.006000", "EXTINF:8.500000")},
	{hlsTargetDuration, func(t *testing.T, s site) {
		text(v1, "EXTINF:6.006000", "EXTINF:5.400000")(t, s)
		text(v1, "DURATION:6", "DURATION:5")(t, s)
	}},
	{hlsDiscontinuity, text(v1, "../cmaf1/v1/6s1/1.m4s\n", "../cmaf1/v1/6s1/1.m4s\n#EXT-X-DISCONTINUITY\n")},
	{hlsDiscontinuity, func(t *testing.T, s site) {
		text(v1, "../cmaf1/v1/6s1/1.m4s\n", "../cmaf1/v1/6s1/1.m4s\n#EXT-X-MAP:URI=\"other.mp4\"\n")(t, s)
		s.alias(init1, root+"hls/other.mp4")
	}},
	{hlsDiscontinuity, func(t *testing.T, s site) {
		for _, id := range []string{"v1", "v2"} {
			at := strings.Index(string(s[playlistURL(id)].Body), "#EXTINF:3.003")
			body := s[playlistURL(id)].Body
			if id == "v2" {
				at = strings.Index(string(body), "#EXTINF:6.006")
				at += 1 + strings.Index(string(body[at+1:]), "#EXTINF:6.006")
			}
			s[playlistURL(id)] = Response{Body: join(body[:at], "#EXT-X-DISCONTINUITY\n", body[at:]), ContentType: ""}
		}
	}},
	{hlsDiscontinuity, func(t *testing.T, s site) { s.patch(t, segmentURL("v1", 3), "tfhd", 8, 0, 0, 0x04, 0xB0) }},
	{hlsExplicitSBR, text(master, "mp4a.40.2", "mp4a.40.5")},
	{hlsExplicitSBR, boxBytes(initURL("a-en"), "esds", 26, 0x13, 0x10)},
	{hlsEvents, putBox(video2, makeBox("emsg", uint32(0), "urn:x\x00", "1\x00", uint32(30000), zeros(12)))},
	{hlsRemoved, text(v1, "#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-ALLOW-CACHE:YES")},
	{hlsRemoved, text(master, "#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-ALLOW-CACHE:YES")},
	{hlsRemoved, text(master, ":BANDWIDTH=", ":PROGRAM-ID=1,BANDWIDTH=")},
	{hlsSyntax, text(master, "#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-CONTENT-STEERING:PATHWAY-ID=\"a\"")},
	{hlsSyntax, steered(`{"VERSION":2}`, "application/vnd.apple.steering-list")},
	{mimeType, steered(`{"VERSION":1}`, "application/json")},
}

// steered plants a steering manifest.
func steered(manifest, contentType string) func(*testing.T, site) {
	return func(t *testing.T, s site) {
		s.replace(t, master, "#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"steer\"")
		s[root+"hls/steer"] = Response{Body: []byte(manifest), ContentType: contentType}
	}
}
