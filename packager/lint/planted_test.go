package lint

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
)

// planted is a defect and the rule that has to notice it.
type planted struct {
	rule   ruleID
	defect func(t *testing.T, s site)
}

// text plants a defect by replacing text in one manifest.
func text(address, old, new string) func(*testing.T, site) {
	return func(t *testing.T, s site) { s.replace(t, address, old, new) }
}

// last replaces only the last occurrence.
func last(address, old, new string) func(*testing.T, site) {
	return func(t *testing.T, s site) { s.replaceLast(t, address, old, new) }
}

// inList plants a defect in an MPD of SegmentLists.
func inList(old, new string) func(*testing.T, site) {
	return func(t *testing.T, s site) {
		p, _ := film(t)
		s.write(t, p, packager.Options{}, sign)
		s.replace(t, mpdURL, old, new)
	}
}

// boxBytes plants a defect in the body of a box.
func boxBytes(address, name string, offset int, value ...byte) func(*testing.T, site) {
	return func(t *testing.T, s site) { s.patch(t, address, name, offset, value...) }
}

// rename plants a defect by giving the first box of a name another one.
func rename(address, name, other string) func(*testing.T, site) {
	return boxBytes(address, name, -4, []byte(other)...)
}

// without leaves out the lines of a manifest that contain what.
func without(what string, addresses ...string) func(*testing.T, site) {
	return func(t *testing.T, s site) {
		for _, address := range addresses {
			answer := s[address]
			answer.Body = []byte(lines(string(answer.Body), what))
			s[address] = answer
		}
	}
}

var (
	v1, v2 = playlistURL("v1"), playlistURL("v2")
	init1  = initURL("v1")
	video2 = segmentURL("v1", 2)
)

var plantedDASH = []planted{
	{dashSyntax, text(mpdURL, "</MPD>", "")},
	{dashSyntax, text(mpdURL, "<Period id", `<Period id="0" id`)},
	{dashPeriod, text(mpdURL, "<Period id", `<Period xmlns="urn:other" id`)},
	{dashSyntax, text(mpdURL, "urn:mpeg:dash:schema:mpd:2011", "urn:mpeg:dash:schema:mpd:2010")},
	{dashSyntax, func(t *testing.T, s site) {
		s.replace(t, mpdURL, "</SegmentTemplate>", `</SegmentTemplate><Role schemeIdUri="urn:x" value="y"/>`)
	}},
	{dashSyntax, text(mpdURL, ` minBufferTime="PT6.006S"`, "")},
	{dashSecondOpinion, text(mpdURL, `bandwidth="`, `bandwidth="99999`)},
	{dashSecondOpinion, text(mpdURL, "<Role ", "> <Role ")},
	{dashStatic, text(mpdURL, `type="static"`, `type="none"`)},
	{dashStatic, text(mpdURL, ` mediaPresentationDuration="PT15.015S"`, "")},
	{dashProfile, text(mpdURL, "isoff-live", "isoff-on-demand")},
	{dashProfile, text(mpdURL, "urn:mpeg:dash:profile:isoff-live:2011", "live")},
	{dashProfile, inList("isoff-main", "isoff-live")},
	{dashDuration, text(mpdURL, `maxSegmentDuration="PT`, `maxSegmentDuration="P1MT`)},
	{dashPeriod, text(mpdURL, `start="PT0S"`, `start="PT1S"`)},
	{dashPeriod, text(mpdURL, "</Period>", `</Period><Period id="2" start="PT16S"/>`)},
	{dashPeriodDuration, text(mpdURL, `<Period id="1" start="PT0S" duration="PT15.015S"`, `<Period id="1" start="PT0S"`)},
	{dashAddressing, text(mpdURL, "<SegmentTemplate ", `<SegmentTemplate duration="6" `)},
	{dashAddressing, text(mpdURL, "SegmentTimeline>", "Label>")},
	{dashAddressing, text(mpdURL, "$Number$", "$Numero$")},
	{dashAddressing, text(mpdURL, "$Number$", "$Number")},
	{dashAddressing, text(mpdURL, "$Number$", "$Number%5x$")},
	{dashAddressing, text(mpdURL, "$Number$", "one")},
	{dashAddressing, text(mpdURL, "initialization=", "initialisation=")},
	{dashAddressing, inList("SegmentTimeline>", "Label>")},
	{dashAddressing, inList(`            <S d="90090"/>`+"\n", "")},
	{dashAddressing, inList("<Initialization ", `<Initialization range="5-1" `)},
	{dashTimescale, text(mpdURL, `timescale="30000" `, "")},
	{dashTimescale, inList(` timescale="30000"`, "")},
	{dashList, inList("<SegmentList ", `<SegmentList startNumber="1" `)},
	{dashList, inList(`            <S t="0" d="180180"/>`+"\n"+`            <S d="180180"/>`, `<S t="0" d="180180" r="1"/>`)},
	{dashEPTDelta, inList("<SegmentList ", `<SegmentList eptDelta="0" `)},
	{dashTimeline, text(mpdURL, `<S d=`, `<S t="5" d=`)},
	{dashTimeline, text(mpdURL, `<S d=`, `<S n="5" d=`)},
	{dashTimeline, text(mpdURL, `d="180180"`, `d="0"`)},
	{dashTimeline, text(mpdURL, `r="1"`, `r="-x"`)},
	{dashSequences, text(mpdURL, `<S d=`, `<S k="2" d=`)},
	{dashTimeLimit, text(mpdURL, `t="0"`, `t="9007199254740992"`)},
	{dashTimeLimit, text(mpdURL, `r="1"`, `r="999999999"`)},
	{dashMedia, text(mpdURL, `d="180180"`, `d="180181"`)},
	{dashMedia, text(mpdURL, `timescale="30000"`, `timescale="30010"`)},
	{dashCoverage, text(mpdURL, "PT15.015S", "PT20S")},
	{dashCoverage, text(mpdURL, "PT15.015S", "PT11S")},
	{dashOverhang, text(mpdURL, "PT15.015S", "PT13S")},
	{dashCoverage, text(mpdURL, `startNumber="1"`, `startNumber="1" presentationTimeOffset="190000"`)},
	{dashAlignment, last(mpdURL, `segmentAlignment="true"`, `segmentAlignment="false"`)},
	{dashAlignment, func(t *testing.T, s site) { s.patch(t, segmentURL("v2", 3), "tfdt", 11, 0) }},
	{dashSAP, text(mpdURL, ` startWithSAP="1"`, "")},
	{dashRole, func(t *testing.T, s site) {
		text := string(s[mpdURL].Body)
		begin, end := strings.Index(text, "    <AdaptationSet"), strings.Index(text, "</AdaptationSet>\n")+len("</AdaptationSet>\n")
		twin := strings.Replace(text[begin:end], `id="1"`, `id="9"`, 1)
		text = text[:end] + twin + text[end:]
		s[mpdURL] = Response{Body: []byte(strings.ReplaceAll(text, `value="main"`, `value="alternate"`)), ContentType: ""}
	}},
	{dashCodecs, text(mpdURL, "avc1.64001E", "avc1.64001F")},
	{dashSupplemental, text(mpdURL, `codecs="avc1.64001E"`, `codecs="avc1.64001E" xmlns:s="urn:scte:dash:scte214-extensions" s:supplementalCodecs="dvh1.08.07"`)},
	{dashProtection, text(mpdURL, "<Role ", `<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc"/><Role `)},
	{dashDimensions, text(mpdURL, ` width="640"`, ` width="642"`)},
	{dashDimensions, text(mpdURL, `maxHeight="360"`, `maxHeight="180"`)},
	{dashAspect, text(mpdURL, `sar="1:1"`, `sar="4:3"`)},
	{dashAspect, text(mpdURL, `maxHeight="360"`, `maxHeight="360" par="4:3"`)},
	{dashFrameRate, text(mpdURL, ` frameRate="30000/1001"`, ` frameRate="25"`)},
	{dashFrameRate, text(mpdURL, ` maxFrameRate="30000/1001"`, ` maxFrameRate="25"`)},
	{dashColour, text(mpdURL, `TransferCharacteristics" value="1"`, `TransferCharacteristics" value="16"`)},
	{dashBandwidth, text(mpdURL, `minBufferTime="PT6.006S"`, `minBufferTime="PT5.9S"`)},
	{dashBandwidth, text(mpdURL, ` bandwidth="`, ` qualityRanking="`)},
	{dashExactBandwidth, text(mpdURL, `bandwidth="`, `bandwidth="1`)},
	{dashLanguage, text(mpdURL, ` lang="fr"`, "")},
	{dashChannels, text(mpdURL, `value="6"`, `value="2"`)},
	{dashChannels, without("AudioChannelConfiguration", mpdURL)},
	{dashSamplingRate, text(mpdURL, `audioSamplingRate="48000"`, `audioSamplingRate="44100"`)},
	{dashTextOffset, textSet(`<SegmentBase presentationTimeOffset="5"/>`)},
	{dashSwitching, text(mpdURL, "<AdaptationSet ", `<AdaptationSet bitstreamSwitching="true" `)},
	{dashIDs, text(mpdURL, `<AdaptationSet id="2"`, `<AdaptationSet id="1"`)},
	{dashIDs, text(mpdURL, `id="v2"`, `id="v1"`)},
	{dashTiles, tiled("2by2", 320, 180)},
	{dashTiles, tiled("3x2", 320, 180)},
	{dashTiles, tiled("2x2", 160, 90)},
	{dashTiles, tiled("0x2", 320, 180)},
	{dashType, text(mpdURL, `mimeType="video/mp4"`, `mimeType="audio/mp4"`)},
}

// textSet plants a set of WebVTT in one file, with what addresses it.
func textSet(base string) func(*testing.T, site) {
	return func(t *testing.T, s site) {
		s.replace(t, mpdURL, "  </Period>", `<AdaptationSet contentType="text" mimeType="text/vtt" lang="en"><Representation id="t" bandwidth="1">`+
			"<BaseURL>t.vtt</BaseURL>"+base+"</Representation></AdaptationSet></Period>")
		s[root+"dash/t.vtt"] = Response{Body: []byte("WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"), ContentType: "text/vtt"}
	}
}

var plantedCMAF = []planted{
	{cmafStructure, func(_ *testing.T, s site) {
		s[video2] = Response{Body: s[video2].Body[:len(s[video2].Body)-1], ContentType: ""}
	}},
	{cmafStructure, rename(video2, "tfhd", "free")},
	{cmafHeader, rename(init1, "mvex", "free")},
	{cmafHeader, rename(init1, "ftyp", "styp")},
	{cmafHeader, rename(init1, "vide", "meta")},
	{cmafBrand, func(t *testing.T, s site) { s.replace(t, init1, "cmf2", "isom") }},
	{cmafMatrix, boxBytes(init1, "mvhd", 20, 0, 2)},
	{cmafMatrix, boxBytes(init1, "tkhd", 42, 1)},
	{cmafTrackDuration, boxBytes(init1, "tkhd", 23, 1)},
	{cmafTrackDuration, boxBytes(init1, "mdhd", 19, 1)},
	{cmafSampleTables, boxBytes(init1, "stts", 7, 1)},
	{cmafDataReference, boxBytes(init1, "url ", 3, 0)},
	{cmafEditList, withEdits(2, 0)},
	{cmafEditList, withEdits(1, 5)},
	{cmafRunVersion, withEdits(1, 0)},
	{cmafConfig, func(_ *testing.T, s site) {
		s[init1] = Response{Body: withSPS(s[init1].Body), ContentType: "video/mp4"}
	}},
	{cmafEncryption, encryptBadly},
	{cmafEvent, addBox(video2, makeBox("emsg", uint32(1<<24), uint32(30000), zeros(18)))},
	{cmafEvent, putBox(video2, makeBox("emsg", uint32(1<<24), uint32(30001), zeros(18)))},
	{cmafEvent, putBox(video2, makeBox("emsg", uint32(0), "urn:x\x00", uint8(0), uint32(1), zeros(12)))},
	{cmafEvent, putBox(video2, makeBox("emsg", zeros(4)))},
	{cmafSwitchingSet, boxBytes(initURL("v2"), "nclx", 2, 0, 16)},
	{cmafSwitchingSet, rename(initURL("v2"), "avc1", "hvc1")},
	{cmafMatrix, boxBytes(initURL("a-en"), "tkhd", 36, 0)},
	{cmafMatrix, boxBytes(init1, "tkhd", 36, 1)},
	{dashTimeLimit, func(_ *testing.T, s site) {
		for number := 1; number <= 3; number++ {
			answer := s[segmentURL("v1", number)]
			answer.Body = bytes.ReplaceAll(answer.Body, []byte("tfdt\x01\x00\x00\x00\x00\x00"), []byte("tfdt\x01\x00\x00\x00\x00\x40"))
			s[segmentURL("v1", number)] = answer
		}
	}},
	{cmafRunVersion, boxBytes(video2, "trun", 0, 2)},
	{segmentIndexSize, addBox(video2, makeBox("sidx", uint32(0), uint32(1), uint32(30000), zeros(10), uint16(1), uint32(5), zeros(8)))},
	{cmafESID, boxBytes(initURL("a-en"), "esds", 7, 1)},
	{cmafChunk, rename(video2, "mdat", "free")},
	{cmafTrackID, boxBytes(video2, "tfhd", 7, 2)},
	{cmafTrackID, boxBytes(init1, "trex", 7, 2)},
	{cmafBaseOffset, boxBytes(video2, "tfhd", 1, 0)},
	{cmafData, boxBytes(video2, "trun", 11, 1)},
	{cmafData, boxBytes(video2, "trun", 2, 0x0A, 0x04)},
	{cmafRunVersion, boxBytes(video2, "trun", 0, 0)},
	{cmafDecodeTime, boxBytes(video2, "tfdt", 11, 1)},
	{cmafDecodeTime, rename(video2, "tfdt", "free")},
	{cmafDecodeTime, boxBytes(video2, "tfdt", 4, 0xFF)},
	{cmafPresentation, boxBytes(video2, "trun", 23, 1)},
	{cmafSequence, boxBytes(video2, "mfhd", 7, 1)},
	{cmafSync, boxBytes(video2, "mdat", 4, 0x41)},
	{cmafSync, boxBytes(video2, "trun", 12, 1, 1, 0, 0)},
	{cmafEmpty, func(_ *testing.T, s site) { s[video2] = Response{Body: nil, ContentType: ""} }},
	{cmafEmpty, func(_ *testing.T, s site) {
		s[video2] = Response{Body: makeBox("styp", "msdh", uint32(0)), ContentType: ""}
	}},
}

var plantedAgreement = []planted{
	{agreeMedia, func(t *testing.T, s site) {
		s.alias(video2, root+"cmaf1/v1/other.m4s")
		s.replace(t, v1, "6s1/2.m4s", "other.m4s")
	}},
	{agreeBoundaries, text(v1, "EXTINF:6.006000", "EXTINF:6.016000")},
	{agreeDuration, text(mpdURL, "PT15.015S", "PT15S")},
}

// withEdits plants an edit list of so many entries, the first of that duration, in place of a free box of its size.
func withEdits(count, duration uint32) func(*testing.T, site) {
	return func(t *testing.T, s site) {
		answer := s[init1]
		elst := makeBox("edts", makeBox("elst", uint32(0), count, duration, uint32(0), uint32(0x10000)))
		answer.Body = insert(answer.Body, makeBox("free"), elst, "moov", "trak")
		s[init1] = answer
	}
}

// withSPS gives an avcC an SPS that cannot be read.
func withSPS(b []byte) []byte {
	old := []byte{1, 0x64, 0x00, 0x1E, 0xFF, 0xE0, 0}
	return insert(b, makeBox("avcC", old), makeBox("avcC", old[:5], uint8(0xE1), uint16(2), []byte{0x67, 0x64}, uint8(0)),
		"moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1")
}

// encryptBadly lets a track say that it is encrypted, and a fragment hold a saio without a saiz.
func encryptBadly(_ *testing.T, s site) {
	sinf := makeBox("sinf", makeBox("frma", "avc1"), makeBox("schm", uint32(0), "cenc", uint32(0)),
		makeBox("schi", makeBox("tenc", zeros(24))))
	header, media := s[init1], s[segmentURL("v1", 1)]
	header.Body = insert(header.Body, makeBox("colr", "nclx", uint16(1), uint16(1), uint16(1), uint8(0)), sinf,
		"moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1")
	tfdt := makeBox("tfdt", uint32(0x01000000), uint64(0))
	media.Body = insert(media.Body, tfdt, join(tfdt, makeBox("saio", uint32(0), uint32(1), uint32(0))), "moof", "traf")
	s[init1], s[segmentURL("v1", 1)] = header, media
}

// insert puts new in the place of old and lets the boxes around it grow.
func insert(b, old, new []byte, around ...string) []byte {
	grown := bytes.Replace(b, old, new, 1)
	for _, name := range around {
		at := bytes.Index(grown, []byte(name)) - 4
		size := binary.BigEndian.Uint32(grown[at:])
		binary.BigEndian.PutUint32(grown[at:], size+uint32(len(new)-len(old)))
	}
	return grown
}

// addBox plants a box at the end of a segment.
func addBox(address string, b []byte) func(*testing.T, site) {
	return func(_ *testing.T, s site) {
		answer := s[address]
		answer.Body = append(bytes.Clone(answer.Body), b...)
		s[address] = answer
	}
}

// putBox plants a box at the start of a segment.
func putBox(address string, b []byte) func(*testing.T, site) {
	return func(_ *testing.T, s site) {
		answer := s[address]
		answer.Body = join(b, answer.Body)
		s[address] = answer
	}
}

// TestPlantedDefects shows that each rule notices its defects, and that no rule is left without one.
func TestPlantedDefects(t *testing.T) {
	p, files := film(t)
	clean := newSite(t, p, files)
	shown := map[ruleID]bool{}
	for _, table := range [][]planted{plantedHLS, plantedDASH, plantedCMAF, plantedAgreement, plantedVision} {
		for i, one := range table {
			shown[one.rule] = true
			s := maps.Clone(clean)
			one.defect(t, s)
			findings := Stream(master, mpdURL, s.fetch)
			noticed := slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule == rules[one.rule].Name })
			if !noticed {
				t.Errorf("defect %d: %s did not notice; findings: %v", i, rules[one.rule].Name, findings)
			}
		}
	}
	for id := range plantedTransport() {
		shown[id] = true
	}
	for _, id := range []ruleID{transportSecurity, transportPlain} { // by TestTransit
		shown[id] = true
	}
	for _, one := range slices.Concat(plantedFiles, plantedDurations, plantedIFrames) {
		shown[one.rule] = true
	}
	for id := range ruleCount {
		if !shown[id] {
			t.Errorf("no defect is planted for %s", rules[id].Name)
		}
	}
}

func TestRulesAreComplete(t *testing.T) {
	names := map[string]bool{}
	for id, rule := range Rules() {
		if rule.Name == "" || rule.Clause == "" || rule.Cure == "" || names[rule.Name] {
			t.Errorf("rule %d is %+v", id, rule)
		}
		names[rule.Name] = true
	}
}
