package lint

import (
	"bytes"
	"fmt"
)

// sizeHEVCProfile is how many bytes hold profile, tier, compatibility, constraints and level, in hvcC and in an SPS.
const sizeHEVCProfile = 12

// unitSPS is the nal_unit_type of an HEVC SPS.
const unitSPS = 33

// compareHEVC wants the SPS in an hvcC to say what hvcC and the sample entry say (ISO/IEC 14496-15 §8.3.2.1), and takes the
// colour from it. r is at the arrays of NAL units.
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
				continue
			}
			e.compareHEVCSize(unit)
		}
	}
}

func (e *sampleEntry) compareHEVCSize(unit []byte) {
	sps, err := parseHEVCSPS(unit)
	switch {
	case err != nil:
		e.problem = err.Error()
	case sps.width != e.width || sps.height != e.height:
		e.problem = fmt.Sprintf("the sample entry has %dx%d, the SPS %dx%d", e.width, e.height, sps.width, sps.height)
	}
	e.colourFrom(sps.colour)
}

// colourFrom takes over what a bitstream says of its colour; a colr box says more.
func (e *sampleEntry) colourFrom(c colour) {
	if e.colour == (colour{}) {
		e.colour = c
	}
}

// compareAV1 wants the sequence header in an av1C, where there is one, to have its profile (AV1 ISOBMFF binding §2.3.4), and
// takes the colour from it.
func (e *sampleEntry) compareAV1(config []byte, profile uint32) {
	h, ok := findAV1Header(config)
	if !ok {
		return
	}
	if h.profile != profile {
		e.problem = fmt.Sprintf("av1C has profile %d, its sequence header %d", profile, h.profile)
	}
	e.colourFrom(h.colour)
}

// readInBand takes the colour from the parameter sets in the first sample of a track whose sample entry has none, as in avc3
// and hev1.
func (e *sampleEntry) readInBand(sample []byte) {
	if e.colour != (colour{}) || e.scheme != "" {
		return
	}
	if e.name == "av01" {
		if h, ok := findAV1Header(sample); ok {
			e.colourFrom(h.colour)
		}
		return
	}
	for unit := range lengthPrefixed(sample, e.lengthSize) {
		switch {
		case (e.name == "avc1" || e.name == "avc3") && unit[0]&0x1F == avcSPS:
			if sps, err := parseAVCSPS(unit); err == nil {
				e.colourFrom(sps.colour)
			}
		case e.name != "avc1" && e.name != "avc3" && unit[0]>>1&0x3F == unitSPS:
			if sps, err := parseHEVCSPS(unit); err == nil {
				e.colourFrom(sps.colour)
			}
		}
	}
}
