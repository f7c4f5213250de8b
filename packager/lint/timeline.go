package lint

import (
	"fmt"
	"math"
	"strings"
)

// interval is one segment of a SegmentTimeline, in ticks.
type interval struct{ start, duration int64 }

// maxTime is the largest time value that players hold exactly (DASH-IF Guidelines, timing model).
const maxTime = 1 << 53

// expand lists the segments of a SegmentTimeline (ISO/IEC 23009-1 §5.3.9.6). period is how long the Period is, in
// nanoseconds, for runs that go on to its end.
func (c *client) expand(r *representation, timeline *node, period int64) (list []interval, ok bool) {
	entries := timeline.all("S")
	next := int64(0)
	for i, s := range entries {
		start, duration := s.integer("t", next), s.integer("d", -1)
		repeat, known := repeats(entries, i, start, duration, r.offset+rescale(period, 1e9, r.timescale))
		if duration <= 0 || start < 0 || !known {
			c.add(dashTimeline, r.where, "S %d is %v", i+1, s.attributes)
			return nil, false
		}
		c.unless(!s.has("n"), dashTimeline, r.where, "S %d has n", i+1)
		c.unless(i == 0 || start == next, dashTimeline, r.where, "S %d starts at %d, the one before ends at %d", i+1, start, next)
		c.unless(!s.has("k"), dashSequences, r.where, "S %d has k", i+1)
		if repeat >= maxReferences-int64(c.listed) || duration > maxTime || start > maxTime {
			c.add(dashTimeLimit, r.where, "S %d is %v: past 2^53 or too many", i+1, s.attributes)
			return nil, false
		}
		c.listed += int(repeat) // the S element itself is counted
		for range repeat + 1 {
			list = append(list, interval{start, duration})
			start = min(start+duration, math.MaxInt64/2)
		}
		next = start
	}
	if next > maxTime {
		c.add(dashTimeLimit, r.where, "the timeline ends at %d, past 2^53", next)
		return nil, false
	}
	c.unless(len(list) > 0, dashTimeline, r.where, "no S element")
	return list, len(list) > 0
}

// repeats returns how often entry i of a timeline is repeated. Below 0, r means up to the next S@t or to the end.
func repeats(entries []*node, i int, start, duration, end int64) (count int64, ok bool) {
	text, given := entries[i].attributes["r"]
	if !strings.HasPrefix(text, "-") {
		count = entries[i].integer("r", 0)
		return count, !given || count >= 0
	}
	if i+1 < len(entries) {
		end = entries[i+1].integer("t", -1)
	}
	if end <= start || duration <= 0 {
		return 0, false
	}
	return (end-start+duration-1)/duration - 1, true
}

func (i interval) String() string { return fmt.Sprintf("%d+%d", i.start, i.duration) }
