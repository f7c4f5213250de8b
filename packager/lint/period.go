package lint

import (
	"fmt"
	"slices"
)

// xlink is the attribute by which an element lies elsewhere (ISO/IEC 23009-1 §5.5).
const xlink = "http://www.w3.org/1999/xlink href"

// mpdPeriod is one Period with its times in nanoseconds.
type mpdPeriod struct {
	*node
	where           string
	start, duration int64 // duration below 0 where it cannot be told
}

// durationSlack is what rounding may add to durations in an MPD: a millisecond, as fine as many writers go.
const durationSlack = 1_000_000

// periods derives when each Period begins and how long it lasts (§5.3.2.1), and wants them to follow each other from 0 to
// the end.
func (c *client) periods(s *dashStream, root *node) []*mpdPeriod {
	var list []*mpdPeriod
	for i, n := range root.all("Period") {
		p := &mpdPeriod{node: n, where: s.where, duration: -1}
		if i > 0 {
			p.where = fmt.Sprintf("%s Period %d", s.where, i+1)
		}
		if n.has("duration") {
			p.duration = c.duration(p.where, n, "duration")
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		c.add(dashPeriod, s.where, "no Period")
		return nil
	}
	c.placePeriods(s, list)
	last := list[len(list)-1]
	c.unless(last.has("duration"), dashPeriodDuration, last.where, "the last Period has no duration")
	return list
}

func (c *client) placePeriods(s *dashStream, list []*mpdPeriod) {
	end := int64(0) // of the one before
	for i, p := range list {
		p.start = end
		if p.has("start") {
			p.start = c.duration(p.where, p.node, "start")
		}
		c.unless(near(p.start, end, durationSlack), dashPeriod, p.where, "starts at %d ns, %d ns is due", p.start, end)
		if p.duration < 0 && i+1 < len(list) && list[i+1].has("start") {
			p.duration = max(c.duration(list[i+1].where, list[i+1].node, "start")-p.start, 0)
		}
		if p.duration < 0 && i+1 == len(list) && s.duration > 0 {
			p.duration = max(s.duration-p.start, 0)
		}
		c.unless(p.duration > 0, dashPeriod, p.where, "lasts %d ns", p.duration)
		end = p.start + max(p.duration, 0)
	}
	c.unless(s.duration == 0 || near(end, s.duration, durationSlack), dashPeriod, s.where,
		"the Periods end at %d ns, mediaPresentationDuration is %d ns", end, s.duration)
}

func near(a, b, slack int64) bool { return a-b <= slack && b-a <= slack }

// checkPeriod judges what is in a Period.
func (c *client) checkPeriod(s *dashStream, root *node, p *mpdPeriod) {
	if p.has(xlink) {
		c.skip(p.where, "the Period lies elsewhere (xlink)")
		return
	}
	ids := map[string]bool{}
	video, mainRole := 0, false
	sets := p.all("AdaptationSet")
	for i, set := range sets {
		where := fmt.Sprintf("%s AdaptationSet %d", p.where, i+1)
		if set.has(xlink) {
			c.skip(where, "the AdaptationSet lies elsewhere (xlink)")
			continue
		}
		if id := set.attributes["id"]; id != "" {
			c.unless(!ids["set "+id], dashIDs, where, "id %q twice", id)
			ids["set "+id] = true
		}
		if kindOf(set) == "video" && !isTrickMode(set) {
			video++
			mainRole = mainRole || hasRole(set, "main")
		}
		c.checkSet(&setContext{stream: s, root: root, period: p, set: set, where: where, ids: ids})
	}
	c.unless(len(sets) > 0 || p.one("EmptyAdaptationSet") != nil, dashSyntax, p.where, "the Period has no AdaptationSet")
	c.unless(video < 2 || mainRole, dashRole, p.where, "%d video AdaptationSets, none of Role main", video)
}

func hasRole(set *node, value string) bool {
	return slices.ContainsFunc(set.all("Role"), func(role *node) bool {
		return role.attributes["schemeIdUri"] == "urn:mpeg:dash:role:2011" && role.attributes["value"] == value
	})
}

// isTrickMode reports whether a set is for winding (DASH-IF IOP 3.2.9).
func isTrickMode(set *node) bool {
	return slices.ContainsFunc(set.all("EssentialProperty"), func(property *node) bool {
		return property.attributes["schemeIdUri"] == "http://dashif.org/guidelines/trickmode"
	})
}
