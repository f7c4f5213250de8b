package report

import (
	"fmt"
	"math"
	"slices"
)

// timeCharts are the charts over time that a report has something to say in.
func timeCharts(r *Report) []timeChart {
	if len(r.Series) < 2 {
		return nil
	}
	t := newTimeline(r)
	charts := []timeChart{
		t.counts("Requests", "per second", "a", func(p Point) float64 { return p.Requests }),
		t.counts("Throughput", "Gbit/s", "b", func(p Point) float64 { return p.Gbit }),
		t.latency(),
	}
	if r.Players != nil {
		players := t.counts("Players", "sessions", "d", func(p Point) float64 { return float64(p.Players) })
		stalled := t.sample(func(p Point) float64 { return float64(p.Stalled) }, slices.Max)
		players.Lines[0].Name = "open"
		s, _ := linear(slices.Max(t.sample(func(p Point) float64 { return float64(p.Players) }, mean)), short)
		players.Lines = append(players.Lines, s.line("stalled", "bad", t.xs, stalled, true))
		charts = append(charts, players)
	} else {
		charts = append(charts, t.counts("Connections", "open", "d", func(p Point) float64 { return float64(p.Connections) }))
	}
	if r.Failures > 0 {
		charts = append(charts, t.counts("Failures", "per second", "bad", func(p Point) float64 { return float64(p.Failures) }))
	}
	return charts
}

// timeline is the horizontal axis of all charts over time.
type timeline struct {
	points  []Point
	groups  [][]Point // of at most maxPoints
	xs      []float64 // of the groups, 0…1
	seconds []float64
	warmUp  float64
	ticks   []chartTick
}

func newTimeline(r *Report) *timeline {
	t := &timeline{points: r.Series}
	n := min(len(r.Series), maxPoints)
	for i := range n {
		t.groups = append(t.groups, r.Series[i*len(r.Series)/n:(i+1)*len(r.Series)/n])
	}
	first, last := r.Series[0].Second, r.Series[len(r.Series)-1].Second
	for _, g := range t.groups {
		second := g[len(g)-1].Second
		t.seconds = append(t.seconds, second)
		t.xs = append(t.xs, (second-first)/max(last-first, 1e-9))
	}
	t.warmUp = 100 * min(max(-first/max(last-first, 1e-9), 0), 1)
	step := niceSeconds((last - first) / 5)
	for at := math.Ceil(first/step) * step; at <= last+1e-9; at += step {
		t.ticks = append(t.ticks, chartTick{clock(at), 100 * (at - first) / max(last-first, 1e-9)})
	}
	return t
}

// niceSeconds rounds a number of seconds up to one that people count in.
func niceSeconds(seconds float64) float64 {
	for _, nice := range []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400} {
		if nice >= seconds {
			return nice
		}
	}
	return math.Ceil(seconds/86400) * 86400
}

// clock writes a time of the test.
func clock(second float64) string {
	switch s := int(math.Round(second)); {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	default:
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
}

// sample returns one value of each group.
func (t *timeline) sample(value func(Point) float64, join func([]float64) float64) []float64 {
	values := make([]float64, len(t.groups))
	for i, g := range t.groups {
		var all []float64
		for _, p := range g {
			all = append(all, value(p))
		}
		values[i] = join(all)
	}
	return values
}

func mean(values []float64) float64 {
	sum := 0.
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func (t *timeline) chart(title, unit string, y []chartTick, lines ...chartLine) timeChart {
	return timeChart{Title: title, Unit: unit, Lines: lines, Y: y, X: t.ticks, WarmUp: t.warmUp, Seconds: joinNumbers(t.seconds)}
}

// counts is a chart of one value from 0 on.
func (t *timeline) counts(title, unit, tone string, value func(Point) float64) timeChart {
	values := t.sample(value, mean)
	s, ticks := linear(slices.Max(values), short)
	return t.chart(title, unit, ticks, s.line("", tone, t.xs, values, true))
}

// latency is the chart of times to the first byte. Seconds without a request are left at the bottom.
func (t *timeline) latency() timeChart {
	median := t.sample(func(p Point) float64 { return p.FirstByteP50 }, mean)
	high := t.sample(func(p Point) float64 { return p.FirstByteP99 }, slices.Max)
	least, most := 1., 1.
	for i := range median {
		if median[i] > 0 {
			least = min(least, median[i])
		}
		most = max(most, high[i])
	}
	s, ticks := logarithmic(least, most)
	return t.chart("First byte", "ms, logarithmic", ticks,
		s.line("p99", "c", t.xs, high, false), s.line("median", "a", t.xs, median, false))
}

// short writes a number for an axis.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%gM", round(v/1e6))
	case v >= 1e4:
		return fmt.Sprintf("%gk", round(v/1e3))
	default:
		return fmt.Sprintf("%g", round(v))
	}
}

func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }
