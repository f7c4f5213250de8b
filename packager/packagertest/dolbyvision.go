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
	w := BitWriter{}
	flag := func(b bool) {
		n := uint32(0)
		if b {
			n = 1
		}
		w.Bits(n, 1)
	}
	w.Bits(25, 8) // prefix
	w.Bits(2, 6)  // type
	w.Bits(18, 11)
	profile := uint32(1)
	if ipt {
		profile = 0
	}
	w.Bits(profile, 4)
	w.Bits(0, 4)
	flag(true)  // a sequence follows
	flag(false) // chroma_resampling_explicit_filter_flag
	const denominator = 23
	w.Bits(0, 2) // fixed point coefficients
	w.Unsigned(denominator)
	w.Bits(1, 2)
	flag(ipt) // bl_video_full_range_flag
	for _, above8 := range []uint32{2, 2, 4} {
		w.Unsigned(above8)
	}
	w.Bits(0, 5)
	flag(true)    // disable_residual_flag
	flag(true)    // display metadata follows
	flag(false)   // nothing of before is used
	w.Unsigned(0) // id
	w.Unsigned(0) // colour space
	w.Unsigned(0) // chroma format
	for range 3 {
		w.Unsigned(0) // two pivots: the whole range
		w.Bits(0, 10)
		w.Bits(1023, 10)
	}
	w.Unsigned(0)
	w.Unsigned(0) // one partition
	for range 3 {
		w.Unsigned(0) // a polynomial
		w.Unsigned(0) // of first order
		flag(false)
		w.Unsigned(0) // 0
		w.Bits(0, denominator)
		w.Unsigned(1) // 1
		w.Bits(0, denominator)
	}
	w.displayMetadata()
	w.Bits(0x80, 8)
	return append([]byte{62 << 1, 1}, escaped(w.Bytes())...)
}

// displayMetadata writes colours that change nothing.
func (w *BitWriter) displayMetadata() {
	for range 3 {
		w.Unsigned(0) // ids, and no new scene
	}
	matrix := func() {
		for i := range 9 {
			one := uint32(0)
			if i%4 == 0 {
				one = 1 << 13
			}
			w.Bits(one, 16)
		}
	}
	matrix()
	for range 3 {
		w.Bits(0, 32) // offsets
	}
	matrix()
	for _, n := range []int{16, 16, 16, 32} {
		w.Bits(0, n) // transfer
	}
	w.Bits(12, 5) // bits
	w.Bits(0, 6)
	w.Bits(62, 12)
	w.Bits(3079, 12) // brightness
	w.Bits(42, 10)
	w.Unsigned(0) // nothing more
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
