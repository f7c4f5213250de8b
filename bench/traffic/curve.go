package traffic

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Curve says how many viewers there are, or how many come, over time. It is piecewise linear, and holds its last value.
type Curve struct {
	// PerSecond says that values are sessions that begin in a second. Otherwise they are viewers that are there.
	PerSecond bool
	stages    []stage
	text      string
}

// String returns what the curve was parsed from.
func (c Curve) String() string { return c.text }

// stage goes from one value to another.
type stage struct {
	from, to float64
	over     time.Duration
}

// What a curve may say.
const (
	maxStages = 1000
	maxValue  = 1e7
	maxOver   = 1000 * time.Hour
)

// ParseCurve parses stages, joined by commas:
//
//	200                    200 viewers at once
//	0-500 over 60s         more viewers every second, evenly
//	10/s                   10 sessions begin in a second
//	1-50/s over 5m, 50/s   first more in every second, then as many
//
// A stage without "over" is the last, or takes no time. All stages are of viewers, or all of sessions a second.
func ParseCurve(text string) (Curve, error) {
	c := Curve{text: text}
	for i, part := range strings.Split(text, ",") {
		s, perSecond, err := parseStage(strings.TrimSpace(part))
		if err == nil && i > 0 && perSecond != c.PerSecond {
			err = fmt.Errorf("viewers and sessions a second do not mix")
		}
		if err == nil && i == maxStages {
			err = fmt.Errorf("more than %d stages", maxStages)
		}
		if err != nil {
			return Curve{}, fmt.Errorf("arrivals %.60q: %w", text, err)
		}
		c.PerSecond = perSecond
		c.stages = append(c.stages, s)
	}
	return c, nil
}

func parseStage(text string) (s stage, perSecond bool, err error) {
	values, over, timed := strings.Cut(text, " over ")
	if timed {
		if s.over, err = time.ParseDuration(strings.TrimSpace(over)); err != nil || s.over <= 0 || s.over > maxOver {
			return stage{}, false, fmt.Errorf("%.40q: want a duration such as 60s", over)
		}
	}
	values, perSecond = strings.CutSuffix(strings.TrimSpace(values), "/s")
	from, to, ramp := strings.Cut(values, "-")
	if !ramp {
		to = from
	}
	if ramp && !timed {
		return stage{}, false, fmt.Errorf("%.40q: say over which time, as in %s over 60s", text, text)
	}
	var errFrom, errTo error
	s.from, errFrom = parseValue(from)
	s.to, errTo = parseValue(to)
	if errFrom != nil || errTo != nil {
		return stage{}, false, fmt.Errorf("%.40q: want a number, or two as in 0-500 over 60s", text)
	}
	return s, perSecond, nil
}

func parseValue(text string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(v >= 0 && v <= maxValue) {
		return 0, fmt.Errorf("%.40q is out of range", text)
	}
	return v, nil
}

// At returns the value at a time.
func (c Curve) At(at time.Duration) float64 {
	for _, s := range c.stages {
		if at < s.over {
			return s.from + (s.to-s.from)*float64(at)/float64(s.over)
		}
		at -= s.over
	}
	return c.stages[len(c.stages)-1].to
}

// Sum returns the integral of the values, in seconds, from 0 to a time: how many sessions have begun.
func (c Curve) Sum(until time.Duration) float64 {
	sum := 0.
	for _, s := range c.stages {
		over := min(s.over, until)
		if over > 0 {
			end := s.from + (s.to-s.from)*float64(over)/float64(s.over)
			sum += (s.from + end) / 2 * over.Seconds()
		}
		until -= over
	}
	return sum + c.stages[len(c.stages)-1].to*until.Seconds()
}

// When returns the first time at which Sum has come to sum; false when that is never, or later than limit.
func (c Curve) When(sum float64, limit time.Duration) (time.Duration, bool) {
	if c.Sum(limit) < sum {
		return 0, false
	}
	low, high := time.Duration(0), limit
	for low < high { // Sum never falls
		if middle := low + (high-low)/2; c.Sum(middle) < sum {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, true
}

// Most returns the largest value up to a time.
func (c Curve) Most(until time.Duration) float64 {
	most, at := 0., time.Duration(0)
	for _, s := range c.stages {
		if at > until {
			return most
		}
		if s.over > 0 {
			most = max(most, s.from, c.At(min(at+s.over-1, until)))
		}
		at += s.over
	}
	if at <= until {
		most = max(most, c.stages[len(c.stages)-1].to)
	}
	return math.Ceil(most)
}
