package ts

// adtsBytes is the size of an ADTS header without a checksum (ISO/IEC 14496-3 §1.A.2.2).
const adtsBytes = 7

// maxADTSFrame is the largest frame that its 13 bits of length tell, header included.
const maxADTSFrame = 1<<13 - 1

// readASC makes an ADTS header of an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1). ADTS knows no other than the plain
// object types: what a decoder of high-efficiency AAC adds, it finds in the frames (implicit signalling), so that the header
// has the core's object type and rate.
func (c *config) readASC(asc []byte) bool {
	r := bitReader{b: asc}
	objectType := r.read(5)
	rate := r.read(4)
	if rate > 12 {
		return false // a rate that has no index
	}
	channels := r.read(4)
	if objectType == 5 || objectType == 29 { // SBR, PS
		if r.read(4) == 15 {
			r.read(24)
		}
		objectType = r.read(5)
	}
	if shortFrame := r.read(1) == 1; shortFrame {
		return false // ADTS cannot tell frames of 960 samples from those of 1024
	}
	if r.short || objectType < 1 || objectType > 4 || channels < 1 || channels > 7 {
		return false
	}
	c.hasADTS = true
	c.adts = [adtsBytes]byte{
		0xff, 0xf1, // syncword, MPEG-4, layer 0, no checksum
		byte(objectType-1)<<6 | byte(rate)<<2 | byte(channels>>2),
		byte(channels&3) << 6,
		0, 0x1f, 0xfc, // length, then a buffer fullness that says nothing (variable bit rate), one frame
	}
	return true
}

// putADTS writes the header of a frame of sizeBytes to dst.
func (c *config) putADTS(dst []byte, sizeBytes int) {
	copy(dst, c.adts[:])
	length := sizeBytes + adtsBytes
	dst[3] |= byte(length >> 11)
	dst[4] = byte(length >> 3)
	dst[5] |= byte(length<<5) & 0xe0
}

// bitReader reads big-endian bit fields; past the end they are 0 and short is set.
type bitReader struct {
	b     []byte
	at    int
	short bool
}

func (r *bitReader) read(n int) (v uint32) {
	for range n {
		v <<= 1
		if r.at>>3 >= len(r.b) {
			r.short = true
			continue
		}
		v |= uint32(r.b[r.at>>3]>>(7-r.at&7)) & 1
		r.at++
	}
	return v
}

// Descriptor tags (ISO/IEC 14496-1 §7.2.2.1).
const (
	tagES              = 0x03
	tagDecoderConfig   = 0x04
	tagDecoderSpecific = 0x05
)

// decoderSpecific returns the DecoderSpecificInfo in the payload of an esds box (ISO/IEC 14496-14 §6.7.2); nil for none.
func decoderSpecific(esds []byte) []byte {
	es := findDescriptor(skip(esds, 4), tagES)
	if len(es) < 3 {
		return nil
	}
	flags, fields := es[2], 3
	if flags&0x80 != 0 {
		fields += 2 // depends on another stream
	}
	if flags&0x40 != 0 && len(es) > fields {
		fields += 1 + int(es[fields]) // URL
	}
	if flags&0x20 != 0 {
		fields += 2 // clock of another stream
	}
	return findDescriptor(skip(findDescriptor(skip(es, fields), tagDecoderConfig), 13), tagDecoderSpecific)
}

// findDescriptor returns the payload of the first descriptor with a tag among those that b is made of; nil for none.
func findDescriptor(b []byte, tag byte) []byte {
	for len(b) > 1 {
		found, size := b[0], 0
		b = b[1:]
		for more := true; more; b = b[1:] {
			if len(b) == 0 || size >= 1<<21 {
				return nil
			}
			size = size<<7 | int(b[0]&0x7f)
			more = b[0]&0x80 != 0
		}
		if size > len(b) {
			return nil
		}
		if found == tag {
			return b[:size]
		}
		b = b[size:]
	}
	return nil
}
