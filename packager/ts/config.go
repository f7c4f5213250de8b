package ts

import (
	"encoding/binary"

	"headwater/packager"
)

// config is how the samples of one track become an elementary stream. It keeps views of the track's init segment.
type config struct {
	kind       packager.Kind
	timescale  packager.Timescale
	streamType byte
	streamID   byte // of PES packets
	language   [3]byte
	// For video: the parameter sets, as they stand in avcC.
	sets []parameterSet
	// setBytes is what all of them take in the stream, with their start codes.
	setBytes int
	// For AAC: an ADTS header without the frame's length.
	adts    [adtsBytes]byte
	hasADTS bool
}

// Stream types (ISO/IEC 13818-1 table 2-34; ATSC A/52 Annex A).
const (
	typeMPEG1Audio = 0x03
	typeMPEG2Audio = 0x04
	typeADTS       = 0x0f
	typeAVC        = 0x1b
	typeAC3        = 0x81
	typeEAC3       = 0x87
)

// Stream ids (table 2-22).
const (
	idVideo   = 0xe0
	idAudio   = 0xc0
	idPrivate = 0xbd
)

// configure reads what the muxer needs of the init segment of t. False says that t has no place in a transport stream.
func (c *config) configure(t *packager.Track) bool {
	*c = config{kind: t.Kind, timescale: t.Timescale, streamID: idAudio, sets: c.sets[:0]}
	entry := c.sampleEntry(t.Init)
	if entry == nil {
		return false
	}
	switch t.CodecFamily() {
	case "avc":
		c.streamType, c.streamID = typeAVC, idVideo
		return c.readAVC(findBox(skip(entry, visualEntryBytes), "avcC"))
	case "aac":
		c.streamType = typeADTS
		return c.readASC(decoderSpecific(findBox(skip(entry, audioEntryBytes), "esds")))
	case "ac3":
		c.streamType, c.streamID = typeAC3, idPrivate
	case "ec3":
		c.streamType, c.streamID = typeEAC3, idPrivate
	case "mp3":
		c.streamType = typeMPEG1Audio
		if t.Audio.FrameSamples < 1152 {
			c.streamType = typeMPEG2Audio
		}
	default:
		return false
	}
	return true
}

// Sizes of the fields of sample entries before their boxes (ISO/IEC 14496-12 §12.1.3, §12.2.3).
const (
	visualEntryBytes = 78
	audioEntryBytes  = 28
)

// sampleEntry finds the first sample entry of an init segment, and notes the language on the way. It returns nil when there
// is none.
func (c *config) sampleEntry(init []byte) []byte {
	mdia := findBox(findBox(findBox(init, "moov"), "trak"), "mdia")
	mdhd := findBox(mdia, "mdhd")
	at := 20 // of the language, in version 0
	if len(mdhd) > 0 && mdhd[0] == 1 {
		at = 32
	}
	if len(mdhd) >= at+2 {
		packed := binary.BigEndian.Uint16(mdhd[at:])
		for i := range c.language {
			c.language[i] = byte(packed>>(10-5*i)&0x1f) + 0x60
		}
	}
	stsd := findBox(findBox(findBox(mdia, "minf"), "stbl"), "stsd")
	_, entry, _ := nextBox(skip(stsd, 8))
	return entry
}

// skip returns what follows the first n bytes of b; nil when there are fewer.
func skip(b []byte, n int) []byte {
	if len(b) < n {
		return nil
	}
	return b[n:]
}

// findBox returns the payload of the first box of a type among those that b is made of; nil for none.
func findBox(b []byte, boxType string) []byte {
	for len(b) > 0 {
		name, payload, rest := nextBox(b)
		if payload == nil || string(name) == boxType {
			return payload
		}
		b = rest
	}
	return nil
}

// boxHeaderBytes is the size of a box header without a 64-bit size (ISO/IEC 14496-12 §4.2).
const boxHeaderBytes = 8

// nextBox takes the box that b begins with; payload is nil when there is none.
func nextBox(b []byte) (name, payload, rest []byte) {
	if len(b) < boxHeaderBytes {
		return nil, nil, nil
	}
	size := uint64(binary.BigEndian.Uint32(b))
	if size < boxHeaderBytes || size > uint64(len(b)) {
		return nil, nil, nil
	}
	return b[4:8], b[boxHeaderBytes:size:size], b[size:]
}
