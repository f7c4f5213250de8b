package report

import (
	"fmt"
	"slices"
)

// pageView is what the page shows, laid out.
type pageView struct {
	*Report
	Figures   []figure
	Columns   int // of the figures, on a wide screen
	Charts    []timeChart
	Spans     spanChart
	Histogram []histogram
	Videos    []part
	Ends      []part
	Lookups   []part
	Facts     []fact
}

// figure is a number that stands out.
type figure struct {
	Name, Value, Unit, Note string
	// Bad says that it is one to worry about.
	Bad bool
}

// fact is a line of small print.
type fact struct{ Name, Value string }

// part is a part of a whole, drawn as a stretch of a bar.
type part struct {
	Name, Value string
	// Percent is of the whole, Tone the number of its colour.
	Percent float64
	Tone    int
}

func newPageView(r *Report) *pageView {
	v := &pageView{Report: r, Charts: timeCharts(r), Spans: newSpanChart(r.Classes), Histogram: newHistograms(r.Classes), Facts: r.facts()}
	v.Figures = append(v.Figures,
		figure{Name: "Requests", Value: significant(r.RequestsPerSecond), Unit: "per second", Note: count(r.Requests) + " in all"},
		figure{Name: "Throughput", Value: significant(r.GbitPerSecond), Unit: "Gbit/s", Note: bytesText(r.Bytes)},
	)
	if c := r.busiest(); c != nil {
		v.Figures = append(v.Figures, figure{Name: "First byte", Value: significant(c.FirstByte.P50), Unit: "ms median",
			Note: "p99 " + times(c.FirstByte.P99) + ", " + c.Class})
	}
	v.Figures = append(v.Figures, figure{Name: "Failures", Value: count(r.Failures), Unit: "requests",
		Note: percent(r.FailureRatio) + " of all", Bad: r.Failures > 0})
	v.addPlayers(r.Players)
	v.addRate(r.Rate)
	v.addOrigin(r.Origin)
	v.Columns = len(v.Figures)
	if v.Columns > 6 {
		v.Columns = (v.Columns + 1) / 2
	}
	return v
}

// busiest returns the class that was asked for most; nil without any.
func (r *Report) busiest() *Class {
	if len(r.Classes) == 0 {
		return nil
	}
	most := slices.MaxFunc(r.Classes, func(a, b Class) int { return int(a.Requests - b.Requests) })
	return &most
}

func (v *pageView) addPlayers(p *Players) {
	if p == nil {
		return
	}
	v.Figures = append(v.Figures,
		figure{Name: "Start-up", Value: significant(p.StartUp.P50), Unit: "ms median", Note: "p99 " + times(p.StartUp.P99)},
		figure{Name: "Rebuffering", Value: percent(p.RebufferRatio), Unit: "of the time", Note: plural(p.Stalls, "stall"), Bad: p.RebufferRatio > 0.01},
	)
	for i, r := range p.Renditions {
		if r.Kind == "video" {
			v.Videos = append(v.Videos, part{Name: printable(r.Name), Value: percent(r.Share), Percent: 100 * r.Share, Tone: i % tones})
		}
	}
	for i, name := range endingNames {
		if n := p.Endings[name[0]]; n > 0 {
			v.Ends = append(v.Ends, part{Name: name[1], Value: count(n), Percent: 100 * float64(n) / float64(p.Ended), Tone: i % tones})
		}
	}
}

// tones is how many colours the page has for parts.
const tones = 6

func (v *pageView) addRate(r *Rate) {
	if r != nil {
		v.Figures = append(v.Figures, figure{Name: "Kept the rate", Value: percent(r.Sent / r.Intended), Unit: "sent",
			Note: "late by " + times(r.Slip.P99) + " (p99)", Bad: r.Unsent > 0})
	}
}

func (v *pageView) addOrigin(o *Origin) {
	if o == nil {
		return
	}
	v.Figures = append(v.Figures,
		figure{Name: "Cache hits", Value: percent(o.HitRatio), Unit: "of lookups", Note: o.lookups()},
		figure{Name: "Origin CPU", Value: significant(o.CPUPerRequest), Unit: "ms a request", Note: significant(o.CPUPerGB) + " s a GB"},
	)
	all := int64(0)
	for _, n := range o.Lookups {
		all += n
	}
	for i, name := range o.results() {
		n := o.Lookups[name]
		v.Lookups = append(v.Lookups, part{Name: printable(name), Value: count(n), Percent: 100 * float64(n) / float64(all), Tone: i % tones})
	}
}

// facts are how the figures came about.
func (r *Report) facts() []fact {
	g, m, s := r.Generator, r.Machine, r.Setup
	facts := []fact{
		{"Mode", s.Mode}, {"Load", printable(s.Load)}, {"Entries", fmt.Sprintf("%s, Zipf %g", count(int64(s.Entries)), s.Zipf)},
		{"Seed", fmt.Sprint(s.Seed)}, {"Warm-up", fmt.Sprintf("%.1f s", r.WarmUpSeconds)}, {"Measured", fmt.Sprintf("%.1f s", r.MeasuredSeconds)},
		{"Connections", fmt.Sprintf("%s opened, %s each (p99 %s)", count(r.Connections), times(r.Connect.P50), times(r.Connect.P99))},
		{"Verified", fmt.Sprintf("status and length of all, %s hashed, %s remembered", bodies(r.Verified.Bodies), plural(int64(r.Verified.URLs), "URL"))},
		{"Load generator", fmt.Sprintf("%s of %s, timers late by %s (p99)", percent(g.CPURatio), plural(int64(m.Cores), "core"), times(g.TimerLag.P99))},
		{"Machine", fmt.Sprintf("%s, %s, %s busy", plural(int64(m.Cores), "core"), printable(m.CPU), percent(g.MachineRatio))},
		{"System", printable(m.Kernel) + ", " + m.Go},
	}
	if r.Origin != nil {
		facts = append(facts, fact{"Origin", fmt.Sprintf("%s s of CPU, %s", significant(r.Origin.CPUSeconds), printable(r.Origin.URL))})
	}
	return facts
}
