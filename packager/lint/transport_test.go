package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestCleanTransportStream(t *testing.T) {
	f := func(name string, s site) {
		t.Helper()
		for _, finding := range HLS(tsMaster, s.fetch) {
			t.Errorf("%s: %v", name, finding)
		}
	}
	f("plain", transportSite(newTSWriter()))
	wrapped := newTSWriter()
	wrapped.start = timeCycle - 50_000
	f("timestamps wrap", transportSite(wrapped))
	f("byte ranges", rangedSite())
	for _, finding := range HLS(tsPlaylist, transportSite(newTSWriter()).fetch) {
		t.Errorf("media playlist: %v", finding)
	}
}

// rangedSite has the segments of the transport stream as ranges of one file.
func rangedSite() site {
	s := transportSite(newTSWriter())
	var file []byte
	for i := range segmentsTest {
		address := tsSegmentURL(i + 1)
		ranged := fmt.Sprintf("#EXT-X-BYTERANGE:%d", len(s[address].Body))
		if i == 0 {
			ranged += "@0"
		}
		s[tsPlaylist] = Response{Body: bytes.Replace(s[tsPlaylist].Body, fmt.Appendf(nil, "%d.ts", i+1), []byte(ranged+"\nall.ts"), 1), ContentType: ""}
		file = append(file, s[address].Body...)
	}
	s[root+"hls-ts/all.ts"] = Response{Body: file, ContentType: "video/mp2t"}
	s[tsPlaylist] = Response{Body: bytes.Replace(s[tsPlaylist].Body, []byte("VERSION:3"), []byte("VERSION:4"), 1), ContentType: ""}
	return s
}

// written returns a stream by a writer with a defect.
func written(defect func(w *tsWriter)) site {
	w := newTSWriter()
	defect(w)
	return transportSite(w)
}

// altered returns a stream whose second segment is altered.
func altered(defect func(b []byte) []byte) site {
	s := transportSite(newTSWriter())
	address := tsSegmentURL(2)
	s[address] = Response{Body: defect(bytes.Clone(s[address].Body)), ContentType: "video/mp2t"}
	return s
}

// at alters one byte of the second segment.
func at(offset int, value byte) site {
	return altered(func(b []byte) []byte { b[offset] = value; return b })
}

// retexted returns s with text replaced in its playlist.
func retexted(s site, old, new string) site { return changed(s, tsPlaylist, old, new) }

func changed(s site, address, old, new string) site {
	s[address] = Response{Body: bytes.Replace(s[address].Body, []byte(old), []byte(new), 1), ContentType: ""}
	return s
}

// cut leaves the packets of one PID out of the second segment.
func cut(pid int) site {
	return altered(func(b []byte) (kept []byte) {
		for ; len(b) > 0; b = b[tsPacketBytes:] {
			if p, _ := parsePacket(b[:tsPacketBytes]); p.pid != pid {
				kept = append(kept, b[:tsPacketBytes]...)
			}
		}
		return kept
	})
}

func plantedTransport() map[ruleID][]site {
	null := join([]byte{tsSyncByte, 0x1F, 0xFF, 0x10}, bytes.Repeat([]byte{0xFF}, 184))
	never := func(w *tsWriter) { w.withPCR = func(n int) bool { return n%5 == 0 } }
	return map[ruleID][]site{
		tsPackets:       {at(0, 0x48), at(188*3+1, 0x80), altered(func(b []byte) []byte { return b[:len(b)-1] })},
		tsScrambled:     {at(188*5+3, 0xD0)},
		tsTables:        {at(2, 1), at(12, 9), altered(func(b []byte) []byte { return b[188:] }), cut(mapTestPID)},
		tsTablesFirst:   {altered(func(b []byte) []byte { return slices.Insert(b, 188, null...) })},
		tsStreamType:    {patched(func(b []byte) { replaceStream(b, streamAAC, 0x42) })},
		tsHEVC:          {written(func(w *tsWriter) { w.hevc = true })},
		tsAV1:           {written(func(w *tsWriter) { w.av1 = true })},
		hlsKeyFrames:    {written(func(w *tsWriter) { w.oneKey = true })},
		hlsLanguage:     {changed(subtitled("", ""), tsMaster, `LANGUAGE="en",`, "")},
		hlsCoverage:     {changed(subtitled("", ""), root+"hls-ts/s.m3u8", "#EXTINF:1,", "#EXTINF:0.8,")},
		hlsOneAudio:     {written(func(w *tsWriter) { w.twoAudio = true })},
		tsContinuity:    {altered(func(b []byte) []byte { return slices.Delete(b, 188*3, 188*4) })},
		tsClock:         {written(func(w *tsWriter) { w.lead = -9000 }), written(func(w *tsWriter) { w.withPCR = func(int) bool { return false } })},
		tsClockInterval: {written(never)},
		tsPES:           {patched(func(b []byte) { breakPES(b) })},
		tsTimestamps:    {swapped()},
		tsOffset:        {written(func(w *tsWriter) { w.shift = 9000 })},
		tsSync:          {written(func(w *tsWriter) { w.nonIDR = true })},
		tsDelimiter:     {written(func(w *tsWriter) { w.noDelim = true })},
		tsParameters:    {written(func(w *tsWriter) { w.sps = nil })},
		tsAudioFrames:   {patched(func(b []byte) { breakSound(b) })},
		tsEmpty:         {cut(audioTestPID), altered(func(b []byte) []byte { return b[:376] })},
		tsNull:          {altered(func(b []byte) []byte { return append(b, null...) })},
		hlsPackedAudio:  {packedSite("")},
		hlsSubtitles:    {subtitled("WEBVTX\n", ""), subtitled("X-TIMESTAMP-MAP=LOCAL:00:00:00.000\n", "")},
		hlsCues:         {subtitled("", "00:05.000 --> 00:04.000\nx\n"), subtitled("", "00:00.500 --> 00:01.000\nx\n")},
		hlsIFrames:      {withIFrames()},
		byteRanges:      {retexted(rangedSite(), "#EXT-X-BYTERANGE:", "#EXT-X-BYTERANGE:1")},
		hlsTiling:       {retexted(rangedSite(), "\nall.ts\n#EXT-X-ENDLIST", "@0\nall.ts\n#EXT-X-ENDLIST")},
		hlsEXTINF:       {retexted(transportSite(newTSWriter()), "EXTINF:1.001000", "EXTINF:1.101000")},
		hlsVersion:      {retexted(rangedSite(), "VERSION:4", "VERSION:3")},
		hlsCodecs:       {written(func(w *tsWriter) { w.profile = 0 })},
		hlsResolution:   {written(func(w *tsWriter) { w.sps = testSPS(39, 22, 0) })},
	}
}

func patched(defect func(b []byte)) site {
	s := transportSite(newTSWriter())
	for i := range segmentsTest {
		defect(s[tsSegmentURL(i+1)].Body)
	}
	return s
}

// replaceStream changes a stream type in the PMT, and its CRC.
func replaceStream(b []byte, old, new byte) {
	section := b[188+5 : 188+5+3+int(b[188+7])]
	section[bytes.LastIndexByte(section[:len(section)-4], old)] = new
	crc := crcMPEG(section[:len(section)-4])
	copy(section[len(section)-4:], []byte{byte(crc >> 24), byte(crc >> 16), byte(crc >> 8), byte(crc)})
}

func breakPES(b []byte) {
	i := bytes.Index(b, []byte{0, 0, 1, 0xE0})
	b[i+6] = 0
}

func breakSound(b []byte) {
	i := bytes.Index(b, []byte{0xFF, 0xF1})
	b[i+1] = 0
}

// swapped has the second and the third segment in the wrong order.
func swapped() site {
	s := transportSite(newTSWriter())
	a, b := tsSegmentURL(2), tsSegmentURL(3)
	s[a], s[b] = s[b], s[a]
	return s
}

// TestPlantedTransportDefects shows that each rule of transport streams and byte ranges notices its defects.
func TestPlantedTransportDefects(t *testing.T) {
	for id, sites := range plantedTransport() {
		for i, s := range sites {
			findings := HLS(tsMaster, s.fetch)
			if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Rule == rules[id].Name }) {
				t.Errorf("defect %d: %s did not notice; findings: %v", i, rules[id].Name, findings)
			}
		}
	}
}

// FuzzTransport feeds any bytes as a transport segment after a clean one.
func FuzzTransport(f *testing.F) {
	w := newTSWriter()
	first := w.segment(0)
	f.Add(w.segment(1))
	f.Add(first[:376])
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &report{}
		run := newTransportRun(r)
		run.add("first", first)
		run.add("fuzzed", b)
		for _, one := range run.tracks("") {
			if len(one.segments) > 2 || one.samples() > int64(len(b)+len(first)) {
				t.Errorf("%d samples of %d bytes", one.samples(), len(b))
			}
		}
		if len(b)%tsPacketBytes != 0 && len(r.findings) == 0 {
			t.Error("no finding")
		}
		if strings.Contains(fmt.Sprint(r.findings), "%!") {
			t.Errorf("badly formatted: %v", r.findings)
		}
	})
}
