package lint

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// interval is one segment of a SegmentTimeline, in ticks.
type interval struct{ start, duration int64 }

// maxTime is the largest time value that players hold exactly (DASH-IF Guidelines, timing model).
const maxTime = 1 << 53

// readSegments reads the SegmentList or SegmentTemplate of a Representation into r. ok is false where segments cannot be
// told.
func (c *client) readSegments(s *dashStream, set, n *node, r *representation) (ok bool) {
	if list := n.one("SegmentList"); list != nil {
		return c.readList(s, list, r)
	}
	template := n.one("SegmentTemplate")
	if template == nil {
		template = set.one("SegmentTemplate")
	}
	if template == nil {
		c.add(dashAddressing, r.where, "no SegmentTemplate and no SegmentList")
		return false
	}
	c.unless(n.one("SegmentTemplate") == nil || set.one("SegmentTemplate") == nil, dashAddressing, r.where,
		"SegmentTemplate in the Representation and in its set")
	c.checkTemplate(r.where, template)
	if !c.readTimeline(template, r) {
		return false
	}
	bandwidth := n.attributes["bandwidth"]
	r.init.url = resolve(s.where, fillTemplate(template.attributes["initialization"], r.id, bandwidth, 0, 0))
	number := template.integer("startNumber", 1)
	for i, t := range r.timeline {
		name := fillTemplate(template.attributes["media"], r.id, bandwidth, number+int64(i), t.start)
		r.segments = append(r.segments, part{url: resolve(s.where, name)})
	}
	return true
}

// readTimeline reads the SegmentTimeline of a SegmentTemplate or SegmentList.
func (c *client) readTimeline(n *node, r *representation) (ok bool) {
	timeline := n.one("SegmentTimeline")
	timescale := n.integer("timescale", 1)
	if timeline == nil || timescale < 1 || timescale > math.MaxUint32 {
		c.add(dashAddressing, r.where, "SegmentTimeline %t, timescale %q", timeline != nil, n.attributes["timescale"])
		return false
	}
	r.timescale = uint32(timescale)
	r.timeline, ok = c.expand(r.where, timeline)
	return ok
}

// checkBase judges what a SegmentTemplate and a SegmentList have in common.
func (c *client) checkBase(where string, n *node) {
	c.unless(n.has("timescale"), dashAddressing, where, "no timescale")
	c.unless(!n.has("duration"), dashAddressing, where, "%s@duration beside a SegmentTimeline", n.name)
	c.unless(n.integer("presentationTimeOffset", 0) == 0 && !n.has("eptDelta"), dashOffset, where,
		"presentationTimeOffset %q, eptDelta %q", n.attributes["presentationTimeOffset"], n.attributes["eptDelta"])
}

func (c *client) checkTemplate(where string, template *node) {
	c.checkBase(where, template)
	for _, name := range []string{"media", "initialization"} {
		c.unless(template.attributes[name] != "", dashAddressing, where, "no %s", name)
	}
	c.unless(template.integer("startNumber", 1) >= 0, dashAddressing, where, "startNumber is %q", template.attributes["startNumber"])
}

// fillTemplate replaces the identifiers of ISO/IEC 23009-1 §5.3.9.4.4, without width formats.
func fillTemplate(template, id, bandwidth string, number, time int64) string {
	return strings.NewReplacer(
		"$RepresentationID$", id,
		"$Bandwidth$", bandwidth,
		"$Number$", strconv.FormatInt(number, 10),
		"$Time$", strconv.FormatInt(time, 10),
		"$$", "$",
	).Replace(template)
}

// expand lists the segments of a SegmentTimeline.
func (c *client) expand(where string, timeline *node) (list []interval, ok bool) {
	var next int64
	for i, s := range timeline.all("S") {
		start, duration, repeat := s.integer("t", next), s.integer("d", -1), s.integer("r", 0)
		if duration <= 0 || repeat < 0 || start < 0 {
			c.add(dashTimeline, where, "S %d is %v", i+1, s.attributes)
			return nil, false
		}
		c.unless(!s.has("n") && !s.has("k"), dashTimeline, where, "S %d has n or k", i+1)
		c.unless(i == 0 || start == next, dashTimeline, where, "S %d starts at %d, the one before ends at %d", i+1, start, next)
		if repeat >= maxReferences-int64(c.listed) || duration > maxTime || start > maxTime {
			c.add(dashTimeLimit, where, "S %d is %v: past 2^53 or too many", i+1, s.attributes)
			return nil, false
		}
		c.listed += int(repeat) + 1
		for range repeat + 1 {
			list = append(list, interval{start, duration})
			start = min(start+duration, math.MaxInt64/2)
		}
		next = start
	}
	if next > maxTime {
		c.add(dashTimeLimit, where, "the timeline ends at %d, past 2^53", next)
		return nil, false
	}
	c.unless(len(list) > 0, dashTimeline, where, "no S element")
	return list, len(list) > 0
}

// checkTimelineMedia compares the timeline with the media, and both with the Period.
func (c *client) checkTimelineMedia(s *dashStream, r *representation) {
	t := r.track
	c.unless(r.timescale == t.timescale, dashMedia, r.where, "timescale is %d, the media has %d", r.timescale, t.timescale)
	for i, want := range r.timeline {
		got := t.segments[i]
		if !got.claimed && r.timescale == t.timescale && (got.start != want.start || got.duration != want.duration) {
			c.add(dashMedia, r.where, "segment %d is %s in the timeline, %s in the media", i+1, want, interval{got.start, got.duration})
			break
		}
	}
	begin, packet := nanoseconds(t.segments[0].start, t.timescale), t.sampleNanoseconds()
	c.unless(begin == 0 || t.kind == "audio" && begin <= packet, dashOffset, r.where, "the media begins at %d ns", begin)
	// A nanosecond is for the rounding of durations; audio of a preview ends at the packet nearest to the end of the video.
	end, slack := nanoseconds(t.end(), t.timescale), int64(1)
	if t.kind == "audio" {
		slack += packet / 2
	}
	c.unless(end+slack >= s.duration, dashCoverage, r.where, "the media ends at %d ns, the Period at %d ns", end, s.duration)
	last := nanoseconds(t.segments[len(t.segments)-1].start, t.timescale)
	c.unless(last < s.duration, dashCoverage, r.where, "the last segment starts at %d ns, the Period ends at %d ns", last, s.duration)
	c.unless(end-s.duration <= packet, dashCoverage, r.where, "the media ends at %d ns, the Period already at %d ns", end, s.duration)
}

func (i interval) String() string { return fmt.Sprintf("%d+%d", i.start, i.duration) }
