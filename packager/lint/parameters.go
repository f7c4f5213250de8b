package lint

import (
	"bytes"
	"fmt"
)

// sizeHEVCProfile is how many bytes hold profile, tier, compatibility, constraints and level, in hvcC and in an SPS.
const sizeHEVCProfile = 12

// unitSPS is the nal_unit_type of an HEVC SPS.
const unitSPS = 33

// compareHEVC wants the SPS in an hvcC to say what hvcC says (ISO/IEC 14496-15 §8.3.2.1). r is at the arrays of NAL units.
func (e *sampleEntry) compareHEVC(r *reader, profileTierLevel []byte) {
	for range r.u8() {
		kind := r.u8() & 0x3F
		for range r.u16() {
			unit := r.bytes(int(r.u16()))
			if r.short {
				return
			}
			if kind != unitSPS {
				continue
			}
			const before = 3 // the header of the unit; then the VPS's id, sub-layers and nesting
			if sps := unescape(unit[:min(len(unit), 32)]); len(sps) < before+sizeHEVCProfile ||
				!bytes.Equal(sps[before:before+sizeHEVCProfile], profileTierLevel) {
				e.problem = fmt.Sprintf("hvcC has the profile %x, its SPS another", profileTierLevel)
			}
		}
	}
}

// obuSequenceHeader is the type of the OBU that an av1C begins with.
const obuSequenceHeader = 1

// compareAV1 wants the sequence header in an av1C, where there is one, to have its profile (AV1 ISOBMFF binding §2.3.4).
func (e *sampleEntry) compareAV1(config []byte, profile uint32) {
	r := &bitReader{b: config}
	r.read(1)
	kind := r.read(4)
	extended, sized := r.flag(), r.flag()
	r.read(1)
	if extended {
		r.read(8)
	}
	for more := sized; more; {
		more = r.flag()
		r.read(7)
		more = more && !r.short
	}
	if found := r.read(3); kind == obuSequenceHeader && !r.short && found != profile {
		e.problem = fmt.Sprintf("av1C has profile %d, its sequence header %d", profile, found)
	}
}
