package packagertest

import (
	"bytes"
	"encoding/binary"
)

// DolbyVision makes a configuration box of Dolby Vision for pictures of one layer with metadata.
func DolbyVision(profile, level, compatibility uint32) []byte {
	name := "dvvC"
	if profile < 8 {
		name = "dvcC"
	}
	const metadataAndBase = 1<<18 | 1<<16
	record := binary.BigEndian.AppendUint32([]byte{1, 0}, profile<<25|level<<19|metadataAndBase|compatibility<<12)
	return Box(name, record, make([]byte, 18))
}

// MasteringDisplay makes an mdcv box of a display with the primaries of P3 and these luminances in 0.0001 cd/m².
func MasteringDisplay(greatest, least uint32) []byte {
	var b []byte
	for _, n := range []uint16{13_250, 34_500, 7_500, 3_000, 34_000, 16_000, 15_635, 16_450} {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	return Box("mdcv", binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, greatest), least))
}

// InSampleEntry returns a copy of an MP4 file with boxes at the end of its first sample entry. A moov that has chunk offsets
// must be the last box.
func InSampleEntry(file []byte, boxes ...[]byte) []byte {
	at, end, ends := 0, len(file), []int{}
	for _, name := range []string{"moov", "trak", "mdia", "minf", "stbl", "stsd"} {
		for string(file[at+4:at+8]) != name {
			if at += int(binary.BigEndian.Uint32(file[at:])); at+8 > end {
				panic("no " + name)
			}
		}
		ends = append(ends, at)
		end = at + int(binary.BigEndian.Uint32(file[at:]))
		at += 8
	}
	at += 8 // version, flags and count of stsd
	end = at + int(binary.BigEndian.Uint32(file[at:]))
	added := bytes.Join(boxes, nil)
	changed := bytes.Join([][]byte{file[:end], added, file[end:]}, nil)
	for _, box := range append(ends, at) {
		binary.BigEndian.PutUint32(changed[box:], binary.BigEndian.Uint32(changed[box:])+uint32(len(added)))
	}
	return changed
}

// WithMetadata returns an HEVC byte stream, whose access units begin with delimiters, with a unit at the end of each.
func WithMetadata(stream, unit []byte) []byte {
	delimiter := []byte{0, 0, 0, 1, 35 << 1, 1}
	parts := bytes.Split(stream, delimiter)
	b := bytes.Clone(parts[0])
	for _, part := range parts[1:] {
		b = append(append(b, delimiter...), part...)
		b = append(append(b, 0, 0, 0, 1), unit...)
	}
	return b
}

// WithMetadataOBU returns an AV1 stream of OBUs with sizes, with the start of Dolby Vision's metadata after each temporal
// delimiter.
func WithMetadataOBU(stream []byte) []byte {
	const temporalDelimiter, metadata, sized = 2, 5, 2
	obu := []byte{4, 0xB5, 0x00, 0x3B, 0x00, 0x00, 0x08, 0x00, 0x19, 0x08, 0x80}
	var b []byte
	for len(stream) > 0 {
		size, n := binary.Uvarint(stream[1:])
		whole := 1 + n + int(size)
		b = append(b, stream[:whole]...)
		if stream[0]>>3&15 == temporalDelimiter {
			b = append(append(b, metadata<<3|sized, byte(len(obu))), obu...)
		}
		stream = stream[whole:]
	}
	return b
}

// MetadataUnit makes an HEVC unit with the least metadata of Dolby Vision (RPU) that says what it must: that the base of 10
// bits is IPT of full range, as in profile 5, or not, and that no component is changed.
func MetadataUnit(ipt bool) []byte {
	w := bitWriter{}
	flag := func(b bool) {
		n := uint32(0)
		if b {
			n = 1
		}
		w.write(1, n)
	}
	w.write(8, 25) // prefix
	w.write(6, 2)  // type
	w.write(11, 18)
	profile := uint32(1)
	if ipt {
		profile = 0
	}
	w.write(4, profile)
	w.write(4, 0)
	flag(true)  // a sequence follows
	flag(false) // chroma_resampling_explicit_filter_flag
	const denominator = 23
	w.write(2, 0) // fixed point coefficients
	w.exponential(denominator)
	w.write(2, 1)
	flag(ipt) // bl_video_full_range_flag
	for _, above8 := range []uint32{2, 2, 4} {
		w.exponential(above8)
	}
	w.write(5, 0)
	flag(true)       // disable_residual_flag
	flag(true)       // display metadata follows
	flag(false)      // nothing of before is used
	w.exponential(0) // id
	w.exponential(0) // colour space
	w.exponential(0) // chroma format
	for range 3 {
		w.exponential(0) // two pivots: the whole range
		w.write(10, 0)
		w.write(10, 1023)
	}
	w.exponential(0)
	w.exponential(0) // one partition
	for range 3 {
		w.exponential(0) // a polynomial
		w.exponential(0) // of first order
		flag(false)
		w.exponential(0) // 0
		w.write(denominator, 0)
		w.exponential(1) // 1
		w.write(denominator, 0)
	}
	w.displayMetadata()
	w.write(8, 0x80)
	return append([]byte{62 << 1, 1}, escaped(w.bytes())...)
}

// displayMetadata writes colours that change nothing.
func (w *bitWriter) displayMetadata() {
	for range 3 {
		w.exponential(0) // ids, and no new scene
	}
	matrix := func() {
		for i := range 9 {
			one := uint32(0)
			if i%4 == 0 {
				one = 1 << 13
			}
			w.write(16, one)
		}
	}
	matrix()
	for range 3 {
		w.write(32, 0) // offsets
	}
	matrix()
	for _, n := range []int{16, 16, 16, 32} {
		w.write(n, 0) // transfer
	}
	w.write(5, 12) // bits
	w.write(6, 0)
	w.write(12, 62)
	w.write(12, 3079) // brightness
	w.write(10, 42)
	w.exponential(0) // nothing more
}

// escaped adds the bytes that prevent start codes (H.265 §7.3.1.1).
func escaped(unit []byte) (b []byte) {
	zeros := 0
	for _, n := range unit {
		if zeros == 2 && n <= 3 {
			b, zeros = append(b, 3), 0
		}
		b = append(b, n)
		zeros++
		if n != 0 {
			zeros = 0
		}
	}
	return b
}

// bitWriter writes fields of bits, the highest first.
type bitWriter struct{ bits []byte }

func (w *bitWriter) write(n int, value uint32) {
	for i := n - 1; i >= 0; i-- {
		w.bits = append(w.bits, byte(value>>i&1))
	}
}

// exponential writes an Exp-Golomb code (H.265 §9.2).
func (w *bitWriter) exponential(value uint32) {
	length := 0
	for (value+1)>>length > 1 {
		length++
	}
	w.write(length, 0)
	w.write(length+1, value+1)
}

func (w *bitWriter) bytes() []byte {
	b := make([]byte, (len(w.bits)+7)/8)
	for i, bit := range w.bits {
		b[i/8] |= bit << (7 - i%8)
	}
	return b
}
