package lint

import "bytes"

// checkEvent judges an emsg (ISO/IEC 23009-1 §5.10.3.3) of a CMAF segment.
func (c *checker) checkEvent(where string, body []byte, late bool) {
	if !c.track.cmaf {
		return
	}
	c.report.unless(!late, cmafEvent, where, "an emsg behind the first moof")
	r := &reader{b: body}
	version, _ := r.versionFlags()
	if version == 0 {
		c.track.oldEvent = where
		for range 2 { // scheme_id_uri, value
			r.skip(bytes.IndexByte(r.b, 0) + 1)
		}
	}
	timescale := r.u32()
	c.report.unless(version <= 1 && !r.short, cmafEvent, where, "an emsg of version %d in %d bytes cannot be read", version, len(body))
	c.report.unless(timescale == c.track.timescale, cmafEvent, where, "emsg has timescale %d, mdhd %d", timescale, c.track.timescale)
}
