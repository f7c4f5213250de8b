package report

// spanChart shows for each class from where to where its times reach, on one logarithmic axis.
type spanChart struct {
	Rows  []span
	Ticks []chartTick
}

// span is one class. All numbers are percents of the width.
type span struct {
	Class                                  string
	First, Last                            Quantiles
	FirstP50, FirstP90, FirstP99, FirstTop float64
	LastP50, LastP90, LastP99, LastTop     float64
}

func newSpanChart(classes []Class) spanChart {
	least, most := 1e3, 1e-3
	for _, c := range classes {
		least, most = min(least, c.FirstByte.P50), max(most, c.LastByte.P999)
	}
	s, ticks := logarithmic(least*0.8, most)
	at := func(v float64) float64 { return 100 * s.at(v) }
	chart := spanChart{Ticks: ticks}
	for _, c := range classes {
		f, l := c.FirstByte, c.LastByte
		chart.Rows = append(chart.Rows, span{
			Class: c.Class, First: f, Last: l,
			FirstP50: at(f.P50), FirstP90: at(f.P90), FirstP99: at(f.P99), FirstTop: at(f.P999),
			LastP50: at(l.P50), LastP90: at(l.P90), LastP99: at(l.P99), LastTop: at(l.P999),
		})
	}
	return chart
}

// histogram is the distribution of one class.
type histogram struct {
	Class   string
	Total   string
	Columns []column
	Ticks   []chartTick
}

// column is one bucket; Height is a percent of the highest, Left and Width of the axis.
type column struct {
	Left, Width, Height float64
	Label               string
}

// newHistograms draws all classes over the same axis, so that they can be compared.
func newHistograms(classes []Class) []histogram {
	least, most := 1e3, 0.
	for _, c := range classes {
		for _, b := range c.Distribution {
			least, most = min(least, b.UpTo), max(most, b.UpTo)
		}
	}
	s, ticks := logarithmic(least*bucketStep, most)
	var all []histogram
	for _, c := range classes {
		all = append(all, histogram{Class: c.Class, Total: count(c.Requests), Ticks: thinned(ticks, 5), Columns: columns(c, s)})
	}
	return all
}

// bucketStep is the lower end of a bucket through its upper one.
const bucketStep = 0.75 // 10^(-1/8)

func columns(c Class, s scale) []column {
	most := int64(1)
	for _, b := range c.Distribution {
		most = max(most, b.Count)
	}
	var all []column
	for _, b := range c.Distribution {
		if b.Count == 0 {
			continue
		}
		left, right := 100*s.at(b.UpTo*bucketStep), 100*s.at(b.UpTo)
		all = append(all, column{left, right - left, 100 * float64(b.Count) / float64(most),
			"up to " + times(b.UpTo) + ": " + percent(float64(b.Count)/float64(c.Requests))})
	}
	return all
}

// thinned leaves out every second label until there are at most so many.
func thinned(ticks []chartTick, most int) []chartTick {
	for len(ticks) > most {
		var kept []chartTick
		for i := 0; i < len(ticks); i += 2 {
			kept = append(kept, ticks[i])
		}
		ticks = kept
	}
	return ticks
}
