package lint

// bitReader reads bits of a NAL unit's payload; past the end it yields zeros and remembers that it fell short.
type bitReader struct {
	b     []byte
	next  int // bit
	short bool
}

// unescape removes the emulation prevention bytes of a NAL unit (ISO/IEC 14496-10 §7.4.1).
func unescape(nal []byte) []byte {
	clean := make([]byte, 0, len(nal))
	zeros := 0
	for _, one := range nal {
		if zeros >= 2 && one == 3 {
			zeros = 0
			continue
		}
		if zeros++; one != 0 {
			zeros = 0
		}
		clean = append(clean, one)
	}
	return clean
}

func (r *bitReader) read(n int) (value uint32) {
	for range n {
		value <<= 1
		if r.next>>3 >= len(r.b) {
			r.short = true
			continue
		}
		value |= uint32(r.b[r.next>>3]>>(7-r.next&7)) & 1
		r.next++
	}
	return value
}

func (r *bitReader) flag() bool { return r.read(1) == 1 }

// unsigned reads ue(v) (ISO/IEC 14496-10 §9.1).
func (r *bitReader) unsigned() uint32 {
	zeros := 0
	for !r.flag() {
		if zeros++; zeros > 31 || r.short {
			r.short = true
			return 0
		}
	}
	return 1<<zeros - 1 + r.read(zeros)
}

// signed reads se(v); only its length matters here.
func (r *bitReader) signed() int32 {
	code := r.unsigned()
	if code&1 == 1 {
		return int32(code/2 + 1)
	}
	return -int32(code / 2)
}
