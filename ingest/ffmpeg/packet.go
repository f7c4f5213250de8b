package ffmpeg

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"

	"headwater/packager"
)

// packetEntries are the fields that parsePacket reads, printed as one line of key=value fields for each packet.
const packetEntries = "packet=stream_index,pts,dts,duration,size,flags" +
	":packet_side_data=side_data_type,skip_samples,discard_padding"

// packet is one line of ffprobe's report on packets.
type packet struct {
	stream         int
	pts, dts       packager.Ticks // noTime when unknown
	duration       packager.Ticks // 0 when unknown
	size           int64
	key, discarded bool
	skip, padding  int64 // samples that decoders drop from its start and from its end
	newParameters  bool  // the container announces other codec parameters from here on
}

// noTime marks an unknown time.
const noTime = packager.Ticks(-1 << 63)

// maxTime bounds times on both sides, so that sums and differences of some of them stay inside 64 bits.
const maxTime = 1 << 60

// maxPacketLine bounds one line; real ones have about 70 bytes, and some more where packets carry side data.
const maxPacketLine = 64 << 10

// readPackets calls visit for each packet that ffprobe prints. It stops at the first error.
func readPackets(r io.Reader, visit func(packet) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4<<10), maxPacketLine)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		p, err := parsePacket(lines.Bytes())
		if err != nil {
			return err
		}
		if err := visit(p); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read packets: %w", err)
	}
	return nil
}

// parsePacket reads one line, such as "stream_index=0|pts=1001|dts=N/A|duration=1001|size=339|flags=K_", in any order of
// fields. Unknown fields are skipped. A line without a stream is an error.
func parsePacket(line []byte) (packet, error) {
	p := packet{stream: -1, pts: noTime, dts: noTime}
	for len(line) > 0 {
		var field []byte
		field, line, _ = bytes.Cut(line, []byte("|"))
		if key, value, ok := bytes.Cut(field, []byte("=")); ok {
			p.set(key, value)
		}
	}
	if p.stream < 0 {
		return packet{}, fmt.Errorf("read packets: a line without stream_index")
	}
	return p, nil
}

func (p *packet) set(key, value []byte) {
	// Conversions of byte slices in a switch, a comparison and these calls do not allocate.
	switch string(key) {
	case "stream_index":
		if n, ok := parseInt(value, maxStreams*1000); ok && n >= 0 {
			p.stream = int(n)
		}
	case "pts":
		p.pts = parseTime(value)
	case "dts":
		p.dts = parseTime(value)
	case "duration":
		if n, ok := parseInt(value, maxTime); ok && n > 0 {
			p.duration = packager.Ticks(n)
		}
	case "size":
		if n, ok := parseInt(value, 1<<40); ok && n > 0 {
			p.size = n
		}
	case "flags":
		p.key = bytes.IndexByte(value, 'K') >= 0
		p.discarded = bytes.IndexByte(value, 'D') >= 0
	case "skip_samples":
		p.skip = parseSamples(value)
	case "discard_padding":
		p.padding = parseSamples(value)
	case "side_data_type":
		p.newParameters = p.newParameters || string(value) == "New Extradata"
	}
}

// parseInt reads a decimal number of at most limit on either side of 0.
func parseInt(text []byte, limit int64) (int64, bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil && n <= limit && n >= -limit
}

func parseTime(text []byte) packager.Ticks {
	if n, ok := parseInt(text, maxTime); ok {
		return packager.Ticks(n)
	}
	return noTime
}

func parseSamples(text []byte) int64 {
	if n, ok := parseInt(text, 1<<31); ok && n > 0 {
		return n
	}
	return 0
}

// time returns when the packet is presented, as well as it is known: the decode time stands in where the container has
// no presentation times (AVI), which is exact for codecs that do not reorder.
func (p *packet) time() packager.Ticks {
	if p.pts != noTime {
		return p.pts
	}
	return p.dts
}
