package lint

import (
	"fmt"
	"strings"
)

// part is a resource, or bytes of one.
type part struct {
	url string
	byteRange
}

// String names it in findings.
func (p part) String() string {
	if p.sizeBytes == 0 {
		return p.url
	}
	return fmt.Sprintf("%s bytes %d-%d", p.url, p.offset, p.end()-1)
}

// media is where the bytes of a track lie, and what a manifest says about when they are shown.
type media struct {
	init     part
	segments []part
	// claims are times of the segments as the manifest has them; they stand for those that a sample leaves out.
	claims    []interval
	timescale uint32 // of claims
}

func (m *media) key() string {
	var b strings.Builder
	b.WriteString(m.init.String())
	for _, s := range m.segments {
		b.WriteString("\n" + s.String())
	}
	return b.String()
}

// measure fetches all of a track, or a sample. It returns nil when the track cannot be judged, which then has been
// reported.
func (c *client) measure(m *media) *track {
	key := m.key()
	if t, known := c.tracks[key]; known {
		return t
	}
	t := c.measureAnew(m)
	c.tracks[key] = t
	return t
}

func (c *client) measureAnew(m *media) *track {
	answer, ok := c.getHeader(m.init)
	if !ok {
		return nil
	}
	where := m.init.String()
	h, ok := parseHeader(&c.report, where, answer.Body)
	if !ok {
		return nil
	}
	initTypes, segmentTypes := videoInitTypes, videoSegmentTypes
	switch h.kind {
	case "audio":
		initTypes, segmentTypes = audioTypes, audioSegmentTypes
	case "text":
		initTypes, segmentTypes = subtitleTypes, subtitleTypes
	}
	c.judgeType(m.init.url, answer, initTypes)
	if h.entry.scheme != "" {
		c.skip(where, "encrypted with "+h.entry.scheme+": what is in the samples")
	}
	check := checker{report: &c.report, track: track{header: h, initURL: where}}
	chosen := c.choose(len(m.segments))
	whole := len(chosen) > 0
	parts := make([]part, len(chosen))
	for i, number := range chosen {
		parts[i] = m.segments[number]
	}
	next := 0
	c.each(parts, func(i int, answer Response, ok bool) {
		for ; next < chosen[i]; next++ {
			check.pass(m, next)
		}
		next++
		if ok {
			c.judgeType(parts[i].url, answer, segmentTypes)
			ok = check.add(parts[i].String(), answer.Body)
		}
		whole = whole && ok
	})
	if !whole {
		return nil
	}
	if len(chosen) < len(m.segments) {
		c.skip(where, fmt.Sprintf("%d of %d segments, and with them the bit rates", len(m.segments)-len(chosen), len(m.segments)))
	}
	c.measured++
	return &check.track
}

// choose returns which of so many segments are fetched: all, or the first, the last and some at even distances between.
func (c *client) choose(total int) []int {
	count := total
	if sample := c.options.Sample; sample > 0 {
		count = min(total, max(sample, 2))
	}
	chosen := make([]int, count)
	for i := range chosen {
		if count > 1 {
			chosen[i] = i * (total - 1) / (count - 1)
		}
	}
	return chosen
}

// pass leaves a segment out, and puts in its place what the manifest says about it.
func (c *checker) pass(m *media, number int) {
	s := segment{claimed: true}
	if number < len(m.claims) && len(c.track.segments) > 0 {
		first := c.track.segments[0].start
		claim := m.claims[number]
		s.start = first + rescale(claim.start-m.claims[0].start, m.timescale, c.track.timescale)
		s.duration = first + rescale(claim.start+claim.duration-m.claims[0].start, m.timescale, c.track.timescale) - s.start
		s.shown = s.start
	}
	c.begun = false
	c.track.segments = append(c.track.segments, s)
}
