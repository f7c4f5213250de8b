package ts

import "encoding/binary"

// parameterSet is a NAL unit of the decoder's configuration, without start code.
type parameterSet []byte

// startCode begins a NAL unit (ISO/IEC 14496-10 Annex B).
const startCode = "\x00\x00\x00\x01"

// delimiter is an access unit delimiter that allows all kinds of slices (§7.3.2.4).
const delimiter = startCode + "\x09\xf0"

// readAVC reads the parameter sets of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1).
func (c *config) readAVC(record []byte) bool {
	if len(record) < 6 || record[4]&3 != nalLengthBytes-1 {
		return false
	}
	rest, ok := c.readSets(record[6:], int(record[5]&0x1f))
	if !ok || len(rest) == 0 {
		return false
	}
	_, ok = c.readSets(rest[1:], int(rest[0]))
	return ok && len(c.sets) > 0
}

func (c *config) readSets(b []byte, n int) (rest []byte, ok bool) {
	for range n {
		if len(b) < 2 {
			return nil, false
		}
		size := int(binary.BigEndian.Uint16(b))
		if b = b[2:]; size == 0 || size > len(b) {
			return nil, false
		}
		c.sets = append(c.sets, parameterSet(b[:size]))
		c.setBytes += len(startCode) + size
		b = b[size:]
	}
	return b, true
}

// nalLengthBytes is the size of the length before each NAL unit of a stored sample.
const nalLengthBytes = 4

// toStartCodes turns the lengths before the NAL units of a sample into start codes, in place.
func toStartCodes(sample []byte) error {
	for rest := sample; len(rest) > 0; {
		if len(rest) <= nalLengthBytes {
			return corrupt("%d bytes after the last NAL unit", len(rest))
		}
		size := uint64(binary.BigEndian.Uint32(rest))
		if size == 0 || size > uint64(len(rest)-nalLengthBytes) {
			return corrupt("NAL unit of %d bytes with %d left", size, len(rest)-nalLengthBytes)
		}
		copy(rest, startCode)
		rest = rest[nalLengthBytes+size:]
	}
	return nil
}
