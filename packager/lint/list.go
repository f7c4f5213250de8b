package lint

// readList reads a SegmentList (ISO/IEC 23009-1 §5.3.9.3) into r. ok is false where segments cannot be told.
func (c *client) readList(s *dashStream, list *node, r *representation) (ok bool) {
	c.checkBase(r.where, list)
	c.unless(!list.has("startNumber"), dashAddressing, r.where, "SegmentList@startNumber, ffmpeg leaves out as many segments")
	if !c.readTimeline(list, r) {
		return false
	}
	urls, entries := list.all("SegmentURL"), list.one("SegmentTimeline").all("S")
	if len(urls) != len(r.timeline) {
		c.add(dashAddressing, r.where, "%d SegmentURLs for %d segments", len(urls), len(r.timeline))
		return false
	}
	c.unless(len(entries) == len(urls), dashAddressing, r.where,
		"%d S elements for %d SegmentURLs, dash.js takes one for each", len(entries), len(urls))
	if r.init.url, ok = c.listedURL(s, r, list.one("Initialization"), "sourceURL"); !ok {
		return false
	}
	for _, n := range urls {
		address, ok := c.listedURL(s, r, n, "media")
		if !ok {
			return false
		}
		r.segments = append(r.segments, part{url: address})
	}
	return true
}

// listedURL returns the URL in an attribute of a child of a list, which is all that the child may have.
func (c *client) listedURL(s *dashStream, r *representation, n *node, attribute string) (address string, ok bool) {
	if n == nil || n.attributes[attribute] == "" || len(n.attributes) > 1 {
		c.add(dashAddressing, r.where, "want Initialization and SegmentURL elements with a URL and nothing else")
		return "", false
	}
	return resolve(s.where, n.attributes[attribute]), true
}
