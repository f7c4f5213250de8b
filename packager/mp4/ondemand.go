package mp4

import (
	"encoding/binary"

	"headwater/packager"
)

// AppendOnDemandHead appends what comes before the fragments in the on-demand file of t, whose parts
// [packager.Presentation.OnDemandFile] knows: the init segment, and one sidx with a reference a fragment (ISO/IEC 14496-12
// §8.16.3; one fragment a subsegment by CMAF, ISO/IEC 23000-19 §7.3.3.3).
func AppendOnDemandHead(dst []byte, t *packager.Track) []byte {
	dst = append(dst, t.Init...)
	start := len(dst)
	dst = append(dst, "\x00\x00\x00\x00sidx\x01\x00\x00\x00"...)
	dst = binary.BigEndian.AppendUint32(dst, trackNumber)
	dst = binary.BigEndian.AppendUint32(dst, uint32(t.Timescale))
	dst = binary.BigEndian.AppendUint64(dst, uint64(t.Fragments[0].DecodeTime)) // also its earliest presentation time
	dst = binary.BigEndian.AppendUint64(dst, 0)                                 // the first fragment follows at once
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(t.Fragments)))          // 16 bits reserved, 16 bits
	for i := range t.Fragments {
		dst = binary.BigEndian.AppendUint32(dst, t.Fragments[i].SizeBytes) // below 2^31: a reference to media
		dst = binary.BigEndian.AppendUint32(dst, uint32(t.Fragments[i].Duration))
		dst = binary.BigEndian.AppendUint32(dst, startsWithSAP1)
	}
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

// trackNumber is the track_ID of every track file.
const trackNumber = 1

// startsWithSAP1 says that a subsegment starts with a stream access point of type 1, at its first byte.
const startsWithSAP1 = 1<<31 | 1<<28
