package mp4

import "encoding/binary"

// box appends a box whose content content appends (ISO/IEC 14496-12 §4.2).
func box(dst []byte, name string, content func([]byte) []byte) []byte {
	start := len(dst)
	dst = content(append(append(dst, 0, 0, 0, 0), name...))
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

// fullBox appends a box with a version and flags.
func fullBox(dst []byte, name string, version byte, flags uint32, content func([]byte) []byte) []byte {
	return box(dst, name, func(dst []byte) []byte {
		return content(binary.BigEndian.AppendUint32(dst, uint32(version)<<24|flags))
	})
}

// find returns the first box of a name among those that b is made of, whole; nil when there is none. b is an init segment
// that was written here, so that its boxes are as they should be; of any other nothing is found.
func find(b []byte, name string) []byte {
	for len(b) >= boxHeaderBytes {
		size := uint64(binary.BigEndian.Uint32(b))
		if size < boxHeaderBytes || size > uint64(len(b)) {
			return nil
		}
		if string(b[4:8]) == name {
			return b[:size:size]
		}
		b = b[size:]
	}
	return nil
}

const boxHeaderBytes = 8

// inside returns the box that lies at a path of names.
func inside(b []byte, path ...string) []byte {
	for i, name := range path {
		if i > 0 {
			b = b[min(len(b), boxHeaderBytes):]
		}
		b = find(b, name)
	}
	return b
}
