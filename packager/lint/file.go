package lint

// readFile reads a SegmentBase (ISO/IEC 23009-1 §5.3.9.2) and the index that it names into r: one file with a sidx.
func (c *client) readFile(info *node, r *representation, base string) (ok bool) {
	r.mode = byIndex
	at, err := info.part("", "indexRange", base)
	if err != nil || at.sizeBytes == 0 {
		c.add(dashIndex, r.where, "indexRange is %q", info.attributes["indexRange"])
		return false
	}
	r.init = part{base, byteRange{0, at.offset}}
	if given := info.one("Initialization"); given != nil {
		if r.init, err = given.part("sourceURL", "range", base); err != nil {
			c.add(dashIndex, r.where, "Initialization: %v", err)
			return false
		}
		c.unless(r.init.sizeBytes > 0 || r.init.url != base, dashInitRange, r.where, "Initialization has no range")
		c.unless(r.init.url != base || r.init.end() <= at.offset, dashInitRange, r.where,
			"Initialization is bytes %d-%d, the index begins at %d", r.init.offset, r.init.end()-1, at.offset)
	} else {
		c.add(dashInitRange, r.where, "no Initialization")
	}
	answer, ok := c.getPart(at)
	if !ok {
		return false
	}
	return c.readIndex(r, at, answer.Body)
}

// readIndex reads the bytes of indexRange, which must be one sidx.
func (c *client) readIndex(r *representation, at part, b []byte) (ok bool) {
	list, err := boxes(b)
	indexes := find(list, "sidx")
	if err != nil || len(list) != 1 || len(indexes) != 1 {
		c.add(dashIndex, at.String(), "want one sidx and nothing else, found %s: %v", names(list), err)
	}
	if len(indexes) == 0 {
		return false
	}
	x, err := parseIndex(indexes[0].body)
	if err != nil {
		c.add(dashIndex, at.String(), "%v", err)
		return false
	}
	r.index = x
	c.unless(x.timescale == r.timescale, dashIndexTimes, at.String(), "sidx has timescale %d, the MPD %d", x.timescale, r.timescale)
	r.timescale = x.timescale
	next := at.offset + int64(indexes[0].offset+indexes[0].size) + x.firstOffset
	now := x.earliest
	for i, reference := range x.references {
		if reference.isIndex || reference.sizeBytes == 0 {
			c.add(dashIndex, at.String(), "reference %d is of an index or of nothing", i+1)
			return false
		}
		c.unless(reference.startsWithSAP && (reference.sapType == 1 || reference.sapType == 2), dashSubsegments, at.String(),
			"reference %d has starts_with_SAP %t, SAP_type %d", i+1, reference.startsWithSAP, reference.sapType)
		r.segments = append(r.segments, part{at.url, byteRange{next, reference.sizeBytes}})
		r.timeline = append(r.timeline, interval{now, reference.duration})
		next, now = next+reference.sizeBytes, now+reference.duration
	}
	r.claims = r.timeline
	c.checkFileEnd(r, at.url, next)
	return len(r.segments) > 0
}

// checkFileEnd asks for the byte behind the last subsegment, which must not be there. A file that is too short fails where
// the last subsegment is fetched.
func (c *client) checkFileEnd(r *representation, address string, end int64) {
	behind := part{address, byteRange{end, 1}}
	if !c.admit(behind) {
		return
	}
	if o := c.ask(behind); o.err == nil {
		c.unless(len(o.answer.Body) == 0, dashIndex, r.where, "the sidx ends at byte %d of %s, the file goes on", end, address)
	}
}
