package lint

import "fmt"

// hevcSPS is what is read of an SPS of HEVC.
type hevcSPS struct {
	width, height int
	colour
}

// maxPictureSets is how many short-term reference picture sets an SPS may have, and maxReferencePictures how many pictures
// one refers to (ISO/IEC 23008-2 §7.4.3.2.1, §7.4.8).
const (
	maxPictureSets       = 64
	maxReferencePictures = 16
)

// parseHEVCSPS reads an SPS (ISO/IEC 23008-2 §7.3.2.2) up to its colour description.
func parseHEVCSPS(nal []byte) (s hevcSPS, err error) {
	r := &bitReader{b: unescape(nal)}
	r.read(16 + 4) // the header of the unit, sps_video_parameter_set_id
	layers := int(r.read(3))
	r.read(1)
	skipProfileTierLevel(r, layers)
	r.unsigned() // sps_seq_parameter_set_id
	chroma := r.unsigned()
	if chroma == 3 {
		r.flag() // separate_colour_plane_flag
	}
	width, height := int64(r.unsigned()), int64(r.unsigned())
	if r.flag() { // conformance_window_flag
		unitX, unitY := int64(1), int64(1)
		if chroma == 1 || chroma == 2 {
			unitX = 2
		}
		if chroma == 1 {
			unitY = 2
		}
		width -= unitX * (int64(r.unsigned()) + int64(r.unsigned()))
		height -= unitY * (int64(r.unsigned()) + int64(r.unsigned()))
	}
	s.width, s.height = int(width), int(height)
	skipHEVCTools(r, layers)
	if r.flag() { // vui_parameters_present_flag; it begins as that of AVC
		s.colour = readColour(r)
	}
	if r.short || width <= 0 || height <= 0 {
		return s, fmt.Errorf("an SPS of %d bytes cannot be read", len(nal))
	}
	return s, nil
}

// skipProfileTierLevel passes over profile_tier_level (§7.3.3), with those of sub-layers.
func skipProfileTierLevel(r *bitReader, layers int) {
	r.read(8 * sizeHEVCProfile)
	var profiles, levels []bool
	for range layers {
		profiles, levels = append(profiles, r.flag()), append(levels, r.flag())
	}
	if layers > 0 {
		r.read(2 * (8 - layers))
	}
	for i := range layers {
		if profiles[i] {
			r.read(88)
		}
		if levels[i] {
			r.read(8)
		}
	}
}

// skipHEVCTools passes over what stands between the size of the picture and vui_parameters_present_flag.
func skipHEVCTools(r *bitReader, layers int) {
	r.unsigned() // bit_depth_luma_minus8
	r.unsigned() // bit_depth_chroma_minus8
	orderBits := int(min(r.unsigned(), 12)) + 4
	if !r.flag() { // sps_sub_layer_ordering_info_present_flag
		layers = 0
	}
	for range 3*(layers+1) + 6 { // of each sub-layer three, then the sizes of blocks
		r.unsigned()
	}
	if r.flag() { // scaling_list_enabled_flag
		if written := r.flag(); written { // sps_scaling_list_data_present_flag
			skipHEVCScalingLists(r)
		}
	}
	r.read(2)     // amp_enabled_flag, sample_adaptive_offset_enabled_flag
	if r.flag() { // pcm_enabled_flag
		r.read(8)
		r.unsigned()
		r.unsigned()
		r.flag()
	}
	pictures := 0
	for i := range min(r.unsigned(), maxPictureSets) {
		pictures = skipPictureSet(r, i, pictures)
	}
	if r.flag() { // long_term_ref_pics_present_flag
		for range min(r.unsigned(), 32) {
			r.read(orderBits + 1)
		}
	}
	r.read(2) // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
}

// skipHEVCScalingLists passes over scaling_list_data (§7.3.4).
func skipHEVCScalingLists(r *bitReader) {
	for size := range 4 {
		step := 1
		if size == 3 {
			step = 3
		}
		for matrix := 0; matrix < 6; matrix += step {
			if !r.flag() { // scaling_list_pred_mode_flag
				r.unsigned()
				continue
			}
			if size > 1 {
				r.signed()
			}
			for range min(64, 1<<(4+2*size)) {
				r.signed()
			}
		}
	}
}

// skipPictureSet passes over st_ref_pic_set i (§7.3.7) and returns how many pictures it refers to; before is that of the set
// before it.
func skipPictureSet(r *bitReader, i uint32, before int) (pictures int) {
	if i > 0 && r.flag() { // inter_ref_pic_set_prediction_flag
		r.flag()
		r.unsigned()
		for range before + 1 {
			kept := r.flag() // used_by_curr_pic_flag
			if !kept {
				kept = r.flag() // use_delta_flag
			}
			if kept {
				pictures++
			}
		}
		return min(pictures, maxReferencePictures)
	}
	negative, positive := r.unsigned(), r.unsigned()
	pictures = int(min(negative, maxReferencePictures) + min(positive, maxReferencePictures))
	for range pictures {
		r.unsigned()
		r.flag()
	}
	return min(pictures, maxReferencePictures)
}
