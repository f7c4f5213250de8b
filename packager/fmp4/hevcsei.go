package fmp4

import (
	"bytes"
	"encoding/binary"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/hevc"
)

// preferredTransfer returns what the message "alternative transfer characteristics" in a sample of whole NAL units says; 0
// without one. HLG of broadcasts has BT.2020 in its SPS, for old receivers, and HLG there (H.265 §D.3.39).
func preferredTransfer(sample []byte) uint8 {
	for len(sample) > 0 {
		end := nalLengthBytes + int(binary.BigEndian.Uint32(sample))
		unit := sample[nalLengthBytes:end]
		sample = sample[end:]
		if hevc.GetNaluType(unit[0]) != hevc.NALU_SEI_PREFIX {
			continue
		}
		if transfer := transferMessage(unit); transfer != 0 {
			return transfer
		}
	}
	return 0
}

// transferMessage looks for the message among those of one unit (H.265 §7.3.5).
func transferMessage(unit []byte) uint8 {
	const headerBytes, alternativeTransfer = 2, 147
	r := bits.NewEBSPReader(bytes.NewReader(unit[min(headerBytes, len(unit)):]))
	value := func() (sum int) {
		for {
			b := r.Read(8)
			sum += int(b)
			if b != 0xFF || r.AccError() != nil {
				return sum
			}
		}
	}
	for r.AccError() == nil {
		kind, size := value(), value()
		if kind == alternativeTransfer && size == 1 {
			transfer := uint8(r.Read(8))
			if r.AccError() != nil {
				return 0
			}
			return transfer
		}
		for ; size > 0 && r.AccError() == nil; size-- {
			r.Read(8)
		}
	}
	return 0
}
