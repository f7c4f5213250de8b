package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The coordinates in which charts are drawn; the page stretches them.
const (
	chartWidth  = 1000.
	chartHeight = 300.
)

// maxPoints bounds what a chart of time draws.
const maxPoints = 240

// timeChart is a chart over the time of the test.
type timeChart struct {
	Title, Unit string
	Lines       []chartLine
	Y, X        []chartTick
	// WarmUp is the part of the width that the warm-up takes, in percent.
	WarmUp float64
	// Seconds are the times of the points, for the pointer.
	Seconds string
}

// chartLine is one line of a chart.
type chartLine struct {
	Name string
	Tone string // a class of the style sheet
	// Path is the line, Area what lies under it, empty for none.
	Path, Area string
	Values     string // of the points, for the pointer
}

// chartTick is a label on an axis, in percent from the left or from the bottom.
type chartTick struct {
	Label string
	At    float64
}

// scale maps values to 0…1.
type scale struct {
	low, high float64
	log       bool
}

func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		v, low, high = math.Log10(max(v, s.low)), math.Log10(low), math.Log10(high)
	}
	return min(max((v-low)/(high-low), 0), 1)
}

// linear returns a scale from 0 to a round number over most, with labels.
func linear(most float64, label func(float64) string) (scale, []chartTick) {
	step := math.Pow10(int(math.Floor(math.Log10(max(most, 1e-3)))))
	for _, times := range []float64{0.2, 0.5, 1, 2, 5} {
		if most/(step*times) <= 4 {
			step *= times
			break
		}
	}
	high := step * max(math.Ceil(most/step-1e-9), 1)
	s := scale{high: high}
	var ticks []chartTick
	for n := 0.; n*step <= high+step/2; n++ {
		ticks = append(ticks, chartTick{label(n * step), 100 * s.at(n*step)})
	}
	return s, ticks
}

// logarithmic returns a scale of whole decades around values, with labels in milliseconds.
func logarithmic(least, most float64) (scale, []chartTick) {
	within := func(v float64) float64 { return math.Log10(min(max(v, 1e-3), 1e6)) } // 1 µs to a quarter of an hour
	from, to := math.Floor(within(least)), math.Ceil(within(most))
	to = max(to, from+1)
	s := scale{math.Pow(10, from), math.Pow(10, to), true}
	var ticks []chartTick
	for e := from; e <= to; e++ {
		ticks = append(ticks, chartTick{decade(math.Pow(10, e)), 100 * s.at(math.Pow(10, e))})
	}
	return s, ticks
}

// decade writes a power of ten of milliseconds.
func decade(ms float64) string {
	switch {
	case ms < 0.9:
		return strconv.FormatFloat(math.Round(ms*1000), 'f', -1, 64) + " µs"
	case ms < 900:
		return strconv.FormatFloat(ms, 'f', -1, 64) + " ms"
	default:
		return strconv.FormatFloat(ms/1000, 'f', -1, 64) + " s"
	}
}

// line draws values at the positions xs (0…1).
func (s scale) line(name, tone string, xs, values []float64, filled bool) chartLine {
	var path strings.Builder
	for i, v := range values {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", command, xs[i]*chartWidth, (1-s.at(v))*chartHeight)
	}
	l := chartLine{Name: name, Tone: tone, Path: path.String(), Values: joinNumbers(values)}
	if filled && len(values) > 0 {
		l.Area = fmt.Sprintf("%sL%.1f %.0fL%.1f %.0fZ", l.Path, xs[len(xs)-1]*chartWidth, chartHeight, xs[0]*chartWidth, chartHeight)
	}
	return l
}

// joinNumbers writes numbers for the script of the page.
func joinNumbers(values []float64) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatFloat(v, 'g', 4, 64))
	}
	return b.String()
}
