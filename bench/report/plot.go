package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/dustin/go-humanize"
)

// levels are the columns of a Sparkline.
var levels = []rune("▁▂▃▄▅▆▇█")

// Sparkline draws values in at most so many columns, from 0 to their maximum.
func Sparkline(values []float64, columns int) string {
	values = resample(values, columns)
	most := 0.
	for _, v := range values {
		most = max(most, v)
	}
	var b strings.Builder
	for _, v := range values {
		level := 0
		if most > 0 {
			level = int(math.Round(v / most * float64(len(levels)-1)))
		}
		b.WriteRune(levels[min(max(level, 0), len(levels)-1)])
	}
	return b.String()
}

// resample returns the means of at most so many stretches of equal length.
func resample(values []float64, count int) []float64 {
	if len(values) <= count || count < 1 {
		return values
	}
	means := make([]float64, count)
	for i := range means {
		from, to := i*len(values)/count, (i+1)*len(values)/count
		for _, v := range values[from:to] {
			means[i] += v / float64(to-from)
		}
	}
	return means
}

// bar draws a part of 1 in so many columns, to an eighth of a column.
func bar(part float64, columns int) string {
	const eighths = " ▏▎▍▌▋▊▉"
	filled := int(math.Round(min(max(part, 0), 1) * float64(columns) * 8))
	if filled == 0 && part > 0 {
		filled = 1 // something is never nothing
	}
	drawn := strings.Repeat("█", filled/8)
	if filled%8 > 0 {
		drawn += string([]rune(eighths)[filled%8])
	}
	return drawn
}

// count writes a whole number with separators.
func count(n int64) string { return humanize.Comma(n) }

// significant writes a number with three significant digits and separators, for people.
func significant(v float64) string {
	switch {
	case v >= 99.95 || v == 0: // what rounds to 100 is 100
		return humanize.Comma(int64(math.Round(v)))
	case v >= 9.995:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.9995:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}

// bytesText writes a size.
func bytesText(n int64) string {
	switch v := float64(n); {
	case v >= 1e9:
		return significant(v/1e9) + " GB"
	case v >= 1e6:
		return significant(v/1e6) + " MB"
	case v >= 1e3:
		return significant(v/1e3) + " kB"
	default:
		return count(n) + " B"
	}
}

// times writes milliseconds with their unit.
func times(ms float64) string {
	if ms >= 10_000 {
		return significant(ms/1000) + " s"
	}
	return significant(ms) + " ms"
}

// percent writes a part of 1, small ones so that they are not 0.
func percent(part float64) string {
	switch p := 100 * part; {
	case part == 0:
		return "0 %"
	case p >= 10:
		return fmt.Sprintf("%.0f %%", p)
	case p >= 0.1:
		return fmt.Sprintf("%.1f %%", p)
	default:
		return fmt.Sprintf("%.2g %%", p)
	}
}

// plural writes a number with its noun.
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// printable returns s, escaped where it could drive a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == '\ufffd' {
			return '·'
		}
		return r
	}, s)
}
