package lint

// obuSequenceHeader is the type of the OBU that an av1C begins with.
const obuSequenceHeader = 1

// av1Header is what is read of a sequence header of AV1.
type av1Header struct {
	profile uint32
	colour
}

// findAV1Header reads the first sequence header in OBUs; ok is false where there is none that can be read.
func findAV1Header(b []byte) (h av1Header, ok bool) {
	for len(b) > 0 {
		kind, extended, sized := b[0]>>3&0xF, b[0]&4 != 0, b[0]&2 != 0
		b = b[1:]
		if extended && len(b) > 0 {
			b = b[1:]
		}
		size := uint64(len(b))
		if sized {
			size = 0
			for shift := 0; shift < 56 && len(b) > 0; shift += 7 {
				one := b[0]
				b = b[1:]
				size |= uint64(one&0x7F) << shift
				if one&0x80 == 0 {
					break
				}
			}
		}
		size = min(size, uint64(len(b)))
		if kind == obuSequenceHeader {
			return parseAV1Header(b[:size])
		}
		b = b[size:]
	}
	return h, false
}

// parseAV1Header reads a sequence header OBU (AV1 bitstream §5.5) up to its colour description.
func parseAV1Header(b []byte) (h av1Header, ok bool) {
	r := &bitReader{b: b}
	h.profile = r.read(3)
	r.flag() // still_picture
	reduced := r.flag()
	if reduced {
		r.read(5)
	} else {
		skipOperatingPoints(r)
	}
	widthBits, heightBits := int(r.read(4)), int(r.read(4))
	r.read(widthBits + heightBits + 2)
	if !reduced && r.flag() { // frame_id_numbers_present_flag
		r.read(7)
	}
	r.read(3)
	if !reduced {
		skipAV1Tools(r)
	}
	r.read(3) // enable_superres, enable_cdef, enable_restoration
	if deep := r.flag(); deep && h.profile == 2 {
		r.flag() // twelve_bit
	}
	mono := h.profile != 1 && r.flag()
	described := r.flag()
	if described {
		h.colour = colour{primaries: int(r.read(8)), transfer: int(r.read(8)), matrix: int(r.read(8))}
	}
	const sRGB, identityMatrix = 13, 0
	if implied := h.primaries == 1 && h.transfer == sRGB && h.matrix == identityMatrix && !mono; implied {
		h.fullRange = true
	} else if full := r.flag(); described {
		h.fullRange = full
	}
	return h, !r.short
}

// skipOperatingPoints passes over timing_info, decoder_model_info and the operating points.
func skipOperatingPoints(r *bitReader) {
	model, delayBits := false, 0
	if r.flag() { // timing_info_present_flag
		r.read(64)
		if r.flag() { // equal_picture_interval
			r.unsigned()
		}
		if model = r.flag(); model { // decoder_model_info_present_flag
			delayBits = int(r.read(5)) + 1
			r.read(32 + 10)
		}
	}
	delays := r.flag() // initial_display_delay_present_flag
	for range r.read(5) + 1 {
		r.read(12)
		if level := r.read(5); level > 7 {
			r.flag() // seq_tier
		}
		if model && r.flag() {
			r.read(2*delayBits + 1)
		}
		if delays && r.flag() {
			r.read(4)
		}
	}
}

// skipAV1Tools passes over the tools between frame sizes and superres.
func skipAV1Tools(r *bitReader) {
	r.read(4)
	ordered := r.flag() // enable_order_hint
	if ordered {
		r.read(2)
	}
	forced := r.flag() // seq_choose_screen_content_tools: the frames say
	if !forced {
		forced = r.flag()
	}
	if forced && !r.flag() { // seq_choose_integer_mv
		r.flag()
	}
	if ordered {
		r.read(3)
	}
}
