package lint

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"headwater/packager/packagertest"
)

// Where the transport streams of the tests lie.
const (
	tsMaster   = root + "hls-ts/master.m3u8"
	tsPlaylist = root + "hls-ts/v.m3u8"
	tsTrick    = root + "hls-ts/trick.m3u8"
)

func tsSegmentURL(number int) string { return fmt.Sprintf("%shls-ts/%d.ts", root, number) }

const (
	mapTestPID   = 0x1000
	videoTestPID = 0x100
	audioTestPID = 0x101
	frameTicks   = 3003
	packetTicks  = 1920
	framesInTest = 30 // of each segment
	segmentsTest = 3
	startTicks   = 900_000
)

// tsWriter writes transport streams by hand; what its fields say is what defects change.
type tsWriter struct {
	counters map[int]uint8
	out      []byte
	sps      []byte
	withPCR  func(frame int) bool
	lead     int64 // how far the PCR is behind the DTS
	shift    int64 // of the sound
	profile  uint8 // of ADTS
	start    int64
	hevc     bool
	av1      bool // beside the others
	twoAudio bool
	noDelim  bool
	nonIDR   bool
	oneKey   bool // the first picture of all is the only IDR picture
}

func newTSWriter() *tsWriter {
	return &tsWriter{
		counters: map[int]uint8{}, sps: testSPS(39, 22, 4), withPCR: func(int) bool { return true },
		lead: 9000, profile: 1, start: startTicks,
	}
}

// testSPS writes an SPS of High profile, level 3, with so many macroblocks, both minus 1, and so many rows cropped, halved.
func testSPS(width, height, crop uint32) []byte {
	var w packagertest.BitWriter
	for _, v := range []uint32{0, 1, 0, 0} { // id, chroma, depths
		w.Unsigned(v)
	}
	w.Bits(0, 2)
	for _, v := range []uint32{0, 2, 1} { // frame numbers, picture order, references
		w.Unsigned(v)
	}
	w.Bits(0, 1)
	w.Unsigned(width)
	w.Unsigned(height)
	w.Bits(0b111, 3)
	for _, v := range []uint32{0, 0, 0, crop} {
		w.Unsigned(v)
	}
	w.Bits(0b01, 2)
	return append([]byte{0x67, 100, 0, 30}, w.Bytes()...)
}

// packet writes one transport packet with as much of payload as fits, and returns the rest.
func (w *tsWriter) packet(pid int, starts bool, pcr int64, payload []byte) (rest []byte) {
	var field []byte
	if pcr >= 0 {
		base := uint64(pcr) % (1 << 33)
		field = binary.BigEndian.AppendUint32([]byte{0x10}, uint32(base>>1))
		field = append(field, byte(base&1)<<7|0x7E, 0)
	}
	adapted := field != nil || len(payload) < 184
	room := 184
	if adapted {
		room -= 1 + len(field)
		if len(payload) < room {
			if field == nil && room-len(payload) > 0 {
				field = []byte{0}
				room--
			}
			for len(payload) < room {
				field = append(field, 0xFF)
				room--
			}
		}
	}
	head := uint32(tsSyncByte)<<24 | uint32(pid)<<8 | 0x10 | uint32(w.counters[pid])
	w.counters[pid] = (w.counters[pid] + 1) & 0xF
	if starts {
		head |= 0x400000
	}
	if adapted {
		head |= 0x20
	}
	w.out = binary.BigEndian.AppendUint32(w.out, head)
	if adapted {
		w.out = append(append(w.out, byte(len(field))), field...)
	}
	n := min(room, len(payload))
	w.out = append(w.out, payload[:n]...)
	return payload[n:]
}

// table writes a section into one packet.
func (w *tsWriter) table(pid int, id uint8, extension uint16, body []byte) {
	section := join(id, uint16(0xB000|(len(body)+9)), extension, uint8(0xC1), uint16(0), body)
	section = binary.BigEndian.AppendUint32(section, crcMPEG(section))
	payload := append([]byte{0}, section...)
	w.packet(pid, true, -1, append(payload, bytes.Repeat([]byte{0xFF}, 184-len(payload))...))
}

func (w *tsWriter) tables() {
	w.table(0, 0, 1, join(uint16(1), uint16(0xE000|mapTestPID)))
	video := uint8(streamAVC)
	if w.hevc {
		video = streamHEVC
	}
	body := join(uint16(0xE000|videoTestPID), uint16(0xF000), video, uint16(0xE000|videoTestPID), uint16(0xF000),
		uint8(streamAAC), uint16(0xE000|audioTestPID), uint16(0xF000))
	if w.twoAudio {
		body = join(body, uint8(streamAAC), uint16(0xE000|(audioTestPID+1)), uint16(0xF000))
	}
	if w.av1 {
		body = join(body, uint8(streamPrivate), uint16(0xE000|(audioTestPID+1)), uint16(0xF008), []byte{0x0A, 0}, []byte{5, 4}, "AV01")
	}
	w.table(mapTestPID, 2, 1, body)
}

func stamp(prefix uint8, t int64) []byte {
	t %= timeCycle
	return []byte{prefix<<4 | byte(t>>30)<<1 | 1, byte(t >> 22), byte(t>>15)<<1 | 1, byte(t >> 7), byte(t)<<1 | 1}
}

// pes writes a PES packet.
func (w *tsWriter) pes(pid int, id uint8, pts, dts, pcr int64, data []byte) {
	header := join(stamp(3, pts), stamp(1, dts))
	b := join([]byte{0, 0, 1, id}, uint16(0), []byte{0x80, 0xC0, byte(len(header))}, header, data)
	if pid != videoTestPID {
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)-6))
	}
	for starts := true; len(b) > 0; starts = false {
		b = w.packet(pid, starts, pcr, b)
		pcr = -1
	}
}

// accessUnit returns frame n of a segment.
func (w *tsWriter) accessUnit(n int) []byte {
	code := []byte{0, 0, 0, 1}
	var b []byte
	if !w.noDelim {
		b = join(code, []byte{9, 0xF0})
	}
	kind := byte(0x41)
	if n == 0 {
		b = join(b, code, w.sps, code, []byte{0x68, 0xEE, 0x3C, 0x80})
		if kind = 0x65; w.nonIDR {
			kind = 0x41
		}
	}
	return join(b, code, kind, bytes.Repeat([]byte{0xAB}, 300+n*17%60))
}

func (w *tsWriter) soundFrame() []byte {
	const size = 7 + 120
	b := []byte{0xFF, 0xF1, w.profile<<6 | 3<<2, 2<<6 | size>>11, size >> 3 & 0xFF, size&7<<5 | 0x1F, 0xFC}
	return append(b, bytes.Repeat([]byte{0x21}, 120)...)
}

// segment writes segment i, from 0.
func (w *tsWriter) segment(i int) []byte {
	w.out = nil
	w.nonIDR = w.nonIDR || w.oneKey && i > 0
	w.tables()
	begin := int64(i * framesInTest * frameTicks)
	packet := (begin + packetTicks - 1) / packetTicks
	for n := range framesInTest {
		dts, pcr := begin+int64(n*frameTicks), int64(-1)
		if w.withPCR(i*framesInTest + n) {
			pcr = w.start + dts - w.lead
		}
		pts := dts
		if n > 0 && n < framesInTest-1 && n%2 == 1 {
			pts += frameTicks // shown in the order I B P, one frame later
		} else if n > 0 && n%2 == 0 {
			pts -= frameTicks
		}
		const delay = 2 * frameTicks
		w.pes(videoTestPID, 0xE0, w.start+pts+delay, w.start+dts, pcr, w.accessUnit(n))
		for ; packet*packetTicks < dts+frameTicks; packet++ {
			pts := w.start + delay + packet*packetTicks + w.shift
			w.pes(audioTestPID, 0xC0, pts, pts, -1, w.soundFrame())
		}
	}
	return w.out
}

// transportSite is a clean stream of one variant, made by w. Its I-frames are copies of the segments.
func transportSite(w *tsWriter) site {
	s := site{}
	playlist := "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
	trick := "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:1\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n"
	var total, peak float64
	for i := range segmentsTest {
		b := w.segment(i)
		s[tsSegmentURL(i+1)] = Response{Body: b, ContentType: "video/mp2t"}
		playlist += fmt.Sprintf("#EXTINF:1.001000,\n%d.ts\n", i+1)
		trick += fmt.Sprintf("#EXTINF:1.001000,\ni%d.ts\n", i+1)
		s[fmt.Sprintf("%shls-ts/i%d.ts", root, i+1)] = Response{Body: b, ContentType: "video/mp2t"}
		total, peak = total+float64(len(b)), max(peak, float64(len(b)))
	}
	s[tsPlaylist] = Response{Body: []byte(playlist + "#EXT-X-ENDLIST\n"), ContentType: "application/vnd.apple.mpegurl"}
	s[tsTrick] = Response{Body: []byte(trick + "#EXT-X-ENDLIST\n"), ContentType: "application/vnd.apple.mpegurl"}
	s[tsMaster] = Response{Body: []byte(fmt.Sprintf("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-INDEPENDENT-SEGMENTS\n"+
		"#EXT-X-STREAM-INF:BANDWIDTH=%.0f,AVERAGE-BANDWIDTH=%.0f,CODECS=\"avc1.64001E,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=29.970\nv.m3u8\n"+
		"#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=9000,CODECS=\"avc1.64001E\",RESOLUTION=640x360,URI=\"trick.m3u8\"\n",
		peak*8/1.001+1, total*8/1.001/segmentsTest+1)), ContentType: "application/vnd.apple.mpegurl"}

	return s
}
