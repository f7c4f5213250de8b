package lint

// checkTimes compares what the MPD says of the times of segments with the media, and both with the Period.
func (c *client) checkTimes(x *setContext, r *representation) {
	t := r.track
	c.unless(t.end() <= maxTime, dashTimeLimit, r.where, "the media end at %d, past 2^53", t.end())
	switch {
	case r.nominal:
		c.checkNominal(r)
	case r.index != nil:
		c.checkIndexTimes(r)
	default:
		c.checkTimeline(dashMedia, r)
	}
	if x.period.duration < 0 {
		return
	}
	// Times in the Period. A nanosecond is for the rounding of durations; audio of a preview ends at the packet nearest to the
	// end of the video.
	first, last := t.segments[0], t.segments[len(t.segments)-1]
	zero, packet := nanoseconds(r.offset, r.timescale), t.sampleNanoseconds()
	begin, end := nanoseconds(first.shown, t.timescale)-zero, nanoseconds(t.end()+last.shown-last.start, t.timescale)-zero
	slack := int64(1)
	if t.kind == "audio" {
		slack += packet
	}
	if t.kind == "text" {
		return // may have nothing to say at either end
	}
	c.unless(begin <= slack, dashCoverage, r.where, "the media begins %d ns into the Period", begin)
	firstEnd := nanoseconds(first.end()+first.shown-first.start, t.timescale) - zero
	c.unless(firstEnd > 0 || t.kind == "text", dashCoverage, r.where, "the first segment ends %d ns before the Period", -firstEnd)
	if t.kind == "audio" {
		slack = 1 + packet/2
	}
	c.unless(end+max(slack, roundingOf(x)) >= x.period.duration, dashCoverage, r.where,
		"the media ends at %d ns, the Period at %d ns", end, x.period.duration)
	lastStart := nanoseconds(last.shown, t.timescale) - zero
	c.unless(lastStart < x.period.duration, dashCoverage, r.where, "the last segment starts at %d ns, the Period ends at %d ns",
		lastStart, x.period.duration)
	overhang := end - x.period.duration
	c.unless(overhang <= packet || t.kind == "video" && overhang <= roundingOf(x), dashOverhang, r.where,
		"the media ends at %d ns, the Period already at %d ns", end, x.period.duration)
}

// roundingOf returns how far the duration of a Period may be off where its writer cut decimals off, in nanoseconds: less
// than one of the last digit.
func roundingOf(x *setContext) int64 {
	if x.period.duration%durationSlack == 0 {
		return durationSlack
	}
	return 1
}

// checkTimeline wants each segment to be shown when the manifest says, to the tick. Where the timescales differ, a tick of
// the coarser one is for rounding.
func (c *client) checkTimeline(rule ruleID, r *representation) {
	t := r.track
	slack := int64(0)
	if r.timescale != t.timescale {
		slack = 1_000_000_000/int64(min(r.timescale, t.timescale)) + 1
	}
	for i, want := range r.timeline {
		got := t.segments[i]
		if got.claimed {
			continue
		}
		shown := interval{got.shown, got.duration}
		if cut := rescale(r.offset, r.timescale, t.timescale) - got.shown; i == 0 && cut > 0 && cut < got.duration && want.start == r.offset {
			shown = interval{got.shown + cut, got.duration - cut} // what lies before the Period is not shown, such as priming
		}
		start := nanoseconds(want.start, r.timescale) - nanoseconds(shown.start, t.timescale)
		duration := nanoseconds(want.duration, r.timescale) - nanoseconds(shown.duration, t.timescale)
		equal := near(start, 0, slack) && near(duration, 0, slack)
		if slack == 0 {
			equal = want == shown
		}
		if !equal {
			c.add(rule, r.where, "segment %d is %s/%d in the manifest, %s/%d in the media", i+1, want, r.timescale, shown, t.timescale)
			return
		}
	}
}

// checkNominal wants each edge of a segment to lie within half a duration of its nominal place (ISO/IEC 23009-1 §7.2.1).
func (c *client) checkNominal(r *representation) {
	t := r.track
	for i, want := range r.timeline {
		got := t.segments[i]
		if got.claimed {
			continue
		}
		half := nanoseconds(want.duration, r.timescale) / 2
		start := nanoseconds(got.shown, t.timescale) - nanoseconds(want.start, r.timescale)
		end := nanoseconds(got.shown+got.duration, t.timescale) - nanoseconds(want.start+want.duration, r.timescale)
		ends := near(end, 0, half) || i+1 == len(r.timeline) && end < 0
		if !near(start, 0, half) || !ends {
			c.add(dashNominal, r.where, "segment %d begins %+d ns and ends %+d ns from where @duration has it, half of it is %d ns",
				i+1, start, end, half)
			return
		}
	}
}

// checkIndexTimes compares a sidx with the media.
func (c *client) checkIndexTimes(r *representation) {
	t := r.track
	c.unless(r.timescale == t.timescale, dashIndexTimes, r.where, "sidx has timescale %d, the media %d", r.timescale, t.timescale)
	c.unless(r.index.trackID == t.trackID, dashIndexTimes, r.where, "sidx is of track %d, the media of %d", r.index.trackID, t.trackID)
	c.checkTimeline(dashIndexTimes, r)
	for i, s := range t.segments {
		if s.fragments > 1 {
			c.add(cmafSubsegment, r.where, "subsegment %d has %d fragments", i+1, s.fragments)
			return
		}
	}
}
