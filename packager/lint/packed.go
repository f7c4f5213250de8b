package lint

import "bytes"

// packedRun measures packed audio: elementary streams with an ID3 tag that tells their time (RFC 8216 §3.4).
type packedRun struct {
	report *report
	stream *elementary
}

// timestampOwner is the owner of the PRIV frame with the time of the first sample.
const timestampOwner = "com.apple.streaming.transportStreamTimestamp\x00"

func (p *packedRun) add(where string, b []byte) (ok bool) {
	start, frames, ok := cutTimestamp(b)
	if !ok {
		p.report.add(hlsPackedAudio, where, "does not begin with an ID3 tag with PRIV %.44s", timestampOwner)
		return false
	}
	if p.stream == nil {
		p.stream = &elementary{report: p.report, kind: packedKind(frames), media: "audio"}
	}
	e := p.stream
	e.begin(len(b))
	if e.begun {
		start = unwrapIn(start, e.last, timeCycle)
	}
	samples := e.sound(where, start, frames)
	p.report.unless(samples > 0, tsEmpty, where, "no sample in the segment")
	*e.segment() = tsSegment{first: start, last: start, samples: samples, sizeBytes: int64(len(b))}
	e.begun, e.last = true, start
	return samples > 0
}

func (p *packedRun) tracks(where string) []*track {
	if t := p.stream.track(where); t != nil {
		return []*track{t}
	}
	return nil
}

// packedKind tells the stream type by the sync word.
func packedKind(b []byte) uint8 {
	switch {
	case len(b) > 1 && b[0] == 0x0B:
		return streamAC3
	case len(b) > 1 && b[0] == 0xFF && b[1]&6 != 0:
		return streamMPEG1Audio
	default:
		return streamAAC
	}
}

// cutTimestamp reads the ID3 tag (v2.4) at the start of b and returns the time in it, in 90 kHz, and what follows the tag.
func cutTimestamp(b []byte) (start int64, rest []byte, ok bool) {
	if len(b) < 10 || string(b[:3]) != "ID3" {
		return 0, nil, false
	}
	size := 10 + (int(b[6]&0x7F)<<21 | int(b[7]&0x7F)<<14 | int(b[8]&0x7F)<<7 | int(b[9]&0x7F))
	if size > len(b) {
		return 0, nil, false
	}
	i := bytes.Index(b[:size], []byte(timestampOwner))
	if i < 0 || i+len(timestampOwner)+8 > size {
		return 0, nil, false
	}
	r := &reader{b: b[i+len(timestampOwner):]}
	return int64(r.u64()) % timeCycle, b[size:], true
}
