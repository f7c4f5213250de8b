package lint

// readList reads a SegmentList (ISO/IEC 23009-1 §5.3.9.3) into r. ok is false where segments cannot be told.
func (c *client) readList(x *setContext, info *node, r *representation, base string) (ok bool) {
	urls := info.all("SegmentURL")
	if !c.readTimes(x, info, r, len(urls)) {
		return false
	}
	if len(urls) != len(r.timeline) {
		c.add(dashAddressing, r.where, "%d SegmentURLs for %d segments", len(urls), len(r.timeline))
		return false
	}
	if r.mode == byTimeline {
		entries := info.one("SegmentTimeline").all("S")
		c.unless(len(entries) == len(urls) && !info.has("startNumber"), dashList, r.where,
			"%d S elements for %d SegmentURLs, startNumber %q", len(entries), len(urls), info.attributes["startNumber"])
	}
	r.mode = byList
	given := info.one("Initialization")
	if given == nil {
		c.add(dashAddressing, r.where, "SegmentList: no Initialization")
		return false
	}
	var err error
	if r.init, err = given.part("sourceURL", "range", base); err != nil {
		c.add(dashAddressing, r.where, "Initialization: %v", err)
		return false
	}
	for i, n := range urls {
		p, err := n.part("media", "mediaRange", base)
		if err != nil {
			c.add(dashAddressing, r.where, "SegmentURL %d: %v", i+1, err)
			return false
		}
		r.segments = append(r.segments, p)
	}
	return true
}

// part reads a URL and a range from two attributes. Without a URL, base is the one (§5.3.9.2.2).
func (n *node) part(address, ranged, base string) (p part, err error) {
	p.url = base
	if n.has(address) {
		p.url = resolve(base, n.attributes[address])
	}
	if n.has(ranged) {
		p.byteRange, err = parseRange(n.attributes[ranged])
	}
	return p, err
}
