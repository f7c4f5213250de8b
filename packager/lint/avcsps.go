package lint

import "fmt"

// avcHighProfiles are those whose SPS holds chroma format and bit depths.
var avcHighProfiles = map[uint32]bool{
	44: true, 83: true, 86: true, 100: true, 110: true, 118: true, 122: true, 128: true, 134: true, 135: true, 138: true,
	139: true, 244: true,
}

// parseAVCSPS reads an SPS (ISO/IEC 14496-10 §7.3.2.1.1) up to its colour description.
func parseAVCSPS(nal []byte) (sampleEntry, error) {
	if len(nal) < 4 {
		return sampleEntry{}, fmt.Errorf("an SPS of %d bytes", len(nal))
	}
	e := sampleEntry{name: "avc1", esID: -1, codec: fmt.Sprintf("avc1.%02X%02X%02X", nal[1], nal[2], nal[3])}
	r := &bitReader{b: unescape(nal)}
	r.read(8)
	profile := r.read(8)
	r.read(16)
	r.unsigned() // seq_parameter_set_id
	chroma := uint32(1)
	if avcHighProfiles[profile] {
		chroma = readAVCChroma(r)
	}
	r.unsigned() // log2_max_frame_num_minus4
	skipPictureOrder(r)
	r.unsigned() // max_num_ref_frames
	r.flag()
	width, height := 16*int64(r.unsigned()+1), 16*int64(r.unsigned()+1)
	unitX, unitY := int64(1), int64(1)
	if frames := r.flag(); !frames {
		height, unitY = 2*height, 2
		r.flag() // mb_adaptive_frame_field_flag
	}
	if chroma == 1 || chroma == 2 {
		unitX = 2
	}
	if chroma == 1 {
		unitY *= 2
	}
	r.flag() // direct_8x8_inference_flag
	if r.flag() {
		width -= unitX * (int64(r.unsigned()) + int64(r.unsigned()))
		height -= unitY * (int64(r.unsigned()) + int64(r.unsigned()))
	}
	e.width, e.height = int(width), int(height)
	if r.flag() {
		e.colour = readColour(r)
	}
	if r.short || width <= 0 || height <= 0 {
		return e, fmt.Errorf("an SPS of %d bytes cannot be read", len(nal))
	}
	return e, nil
}

func readAVCChroma(r *bitReader) (chroma uint32) {
	if chroma = r.unsigned(); chroma == 3 {
		r.flag()
	}
	r.unsigned() // bit_depth_luma_minus8
	r.unsigned() // bit_depth_chroma_minus8
	r.flag()
	if !r.flag() {
		return chroma
	}
	lists := 8
	if chroma == 3 {
		lists = 12
	}
	for i := range lists {
		if r.flag() {
			skipScalingList(r, 16+48*(i/6-i/12))
		}
	}
	return chroma
}

func skipScalingList(r *bitReader, size int) {
	last, next := int32(8), int32(8)
	for range min(size, 64) {
		if next != 0 {
			next = (last + r.signed() + 256) % 256
		}
		if next != 0 {
			last = next
		}
	}
}

func skipPictureOrder(r *bitReader) {
	switch r.unsigned() {
	case 0:
		r.unsigned()
	case 1:
		r.flag()
		r.signed()
		r.signed()
		for range min(r.unsigned(), 255) {
			r.signed()
		}
	}
}

// readColour reads the VUI parameters up to matrix_coefficients (annex E.1.1); zeros when they are not there.
func readColour(r *bitReader) (c colour) {
	if r.flag() && r.read(8) == 255 { // aspect_ratio_idc Extended_SAR
		r.read(32)
	}
	if r.flag() { // overscan_info_present_flag
		r.flag()
	}
	if !r.flag() { // video_signal_type_present_flag
		return c
	}
	r.read(3)
	full := r.flag()
	if !r.flag() {
		return c
	}
	return colour{primaries: int(r.read(8)), transfer: int(r.read(8)), matrix: int(r.read(8)), fullRange: full}
}
