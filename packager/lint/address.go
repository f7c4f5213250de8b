package lint

import (
	"fmt"
	"math"
	"strings"
)

// Ways of addressing segments (DASH-IF Guidelines, timing model; ISO/IEC 23009-1 §5.3.9).
const (
	byTimeline = "SegmentTimeline"
	byDuration = "@duration"
	byIndex    = "SegmentBase"
	byList     = "SegmentList"
	byFile     = "one file"
)

// readSegments reads where the segments of a Representation are, and when. ok is false where that cannot be told, or is
// not judged.
func (c *client) readSegments(x *setContext, n *node, r *representation) (ok bool) {
	l := levels{x.period.node, x.set, n}
	base := l.base(x.stream.where, x.root)
	if c.listed > maxReferences {
		return false // which has been reported
	}
	info := l.addressing()
	if info == nil || info.name == "SegmentBase" && isSidecar(x, n) {
		r.mode = byFile
		r.segments = []part{{url: base}}
		if info != nil {
			r.offset = info.integer("presentationTimeOffset", 0)
		}
		c.unless(base != x.stream.where, dashAddressing, r.where, "nothing says where the media are")
		return base != x.stream.where
	}
	c.listed += len(info.all("SegmentURL")) + len(info.one("SegmentTimeline").all("S"))
	if c.listed > maxReferences {
		c.add(dashTimeLimit, r.where, "more than %d segments are listed", maxReferences)
		return false
	}
	c.unless(info.has("timescale"), dashTimescale, r.where, "%s has no timescale", info.name)
	timescale := info.integer("timescale", 1)
	if timescale < 1 || timescale > math.MaxUint32 {
		c.add(dashAddressing, r.where, "timescale is %q", info.attributes["timescale"])
		return false
	}
	r.timescale = uint32(timescale)
	r.offset = info.integer("presentationTimeOffset", 0)
	if r.offset < 0 || r.offset > maxTime {
		c.add(dashTimeLimit, r.where, "presentationTimeOffset is %q", info.attributes["presentationTimeOffset"])
		return false
	}
	switch info.name {
	case "SegmentTemplate":
		return c.readTemplate(x, info, n, r, base)
	case "SegmentList":
		return c.readList(x, info, r, base)
	default:
		return c.readFile(info, r, base)
	}
}

// readTimes reads the SegmentTimeline or @duration of a SegmentTemplate or SegmentList. listed is how many segments a list
// has; below 0 for a template.
func (c *client) readTimes(x *setContext, info *node, r *representation, listed int) (ok bool) {
	timeline := info.one("SegmentTimeline")
	switch {
	case timeline != nil:
		r.mode = byTimeline
		c.unless(!info.has("duration"), dashAddressing, r.where, "%s@duration beside a SegmentTimeline", info.name)
		c.unless(!info.has("eptDelta"), dashEPTDelta, r.where, "eptDelta is %q", info.attributes["eptDelta"])
		r.timeline, ok = c.expand(r, timeline, x.period.duration)
	case info.has("duration"):
		r.mode, r.nominal = byDuration, true
		r.timeline, ok = c.nominalTimes(r, info, x.period.duration, listed)
	case listed == 1:
		r.mode, r.nominal = byList, true
		r.timeline, ok = []interval{{r.offset, rescale(max(x.period.duration, 1), 1e9, r.timescale)}}, true
	default:
		c.add(dashAddressing, r.where, "%s has neither SegmentTimeline nor duration", info.name)
	}
	r.claims = r.timeline
	return ok
}

// nominalTimes are the times of segments that all have the same duration (§5.3.9.5.3).
func (c *client) nominalTimes(r *representation, info *node, period int64, listed int) ([]interval, bool) {
	duration := info.integer("duration", -1)
	if duration <= 0 || duration > maxTime {
		c.add(dashAddressing, r.where, "duration is %q", info.attributes["duration"])
		return nil, false
	}
	count := int64(listed)
	if listed < 0 {
		if period <= 0 {
			c.add(dashAddressing, r.where, "nothing says how many segments there are: the Period has no duration")
			return nil, false
		}
		whole := rescale(period-1, 1e9, r.timescale) // durations are rounded to a nanosecond
		count = whole/duration + 1
	}
	if end := info.integer("endNumber", -1); end >= 0 {
		count = end - info.integer("startNumber", 1) + 1
	}
	if count < 1 || count > int64(maxReferences-c.listed) || count > (maxTime-r.offset)/duration {
		c.add(dashTimeLimit, r.where, "%d segments of %d ticks", count, duration)
		return nil, false
	}
	c.listed += int(count)
	list := make([]interval, count)
	for i := range list {
		list[i] = interval{r.offset + int64(i)*duration, duration}
	}
	return list, true
}

// parseRange reads first-last, as HTTP has it (RFC 9110 §14.1.2).
func parseRange(value string) (byteRange, error) {
	first, last, found := strings.Cut(value, "-")
	from, err := parseInteger(first)
	to, lastErr := parseInteger(last)
	if !found || err != nil || lastErr != nil || to < from || to == math.MaxInt64 {
		return byteRange{}, fmt.Errorf("range %q: want FIRST-LAST", value)
	}
	return byteRange{from, to - from + 1}, nil
}
