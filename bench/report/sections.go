package report

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

func (p *Players) write(b *bytes.Buffer) {
	if p == nil {
		return
	}
	b.WriteString("\nPlayers\n")
	row := func(name, format string, args ...any) {
		fmt.Fprintf(b, "  %-12s%s\n", name, fmt.Sprintf(format, args...))
	}
	row("sessions", "%s", p.sessions())
	row("start-up", "p50 %s, p90 %s, p99 %s, at most %s", times(p.StartUp.P50), times(p.StartUp.P90), times(p.StartUp.P99), times(p.StartUp.Max))
	row("rebuffering", "%s", p.rebuffering())
	row("seeks", "%s, then %s until the picture", plural(p.Seeks, "seek"), times(1000*p.SeekWaitSeconds/float64(max(p.Seeks, 1))))
	name := "renditions"
	for _, r := range p.Renditions {
		if r.Kind == "video" {
			row(name, "%-8s %-*s %s", printable(r.Name), plotColumns-8, bar(r.Share, plotColumns-8), percent(r.Share))
			name = ""
		}
	}
	row("switches", "%s", count(p.Switches))
}

func (p *Players) sessions() string {
	text := fmt.Sprintf("%s began, %s ended", count(p.Began), count(p.Ended))
	if ends := p.endings(); ends != "" {
		text += ": " + ends
	}
	return text
}

// endingNames are the endings as people read them, in the order of reports.
var endingNames = [][2]string{
	{"watched", "watched to the end"}, {"left", "left early"}, {"gave_up", "gave up waiting"}, {"failed", "could not be played"},
}

func (p *Players) endings() string {
	var parts []string
	for _, name := range endingNames {
		if n := p.Endings[name[0]]; n > 0 {
			parts = append(parts, count(n)+" "+name[1])
		}
	}
	return strings.Join(parts, ", ")
}

func (p *Players) rebuffering() string {
	return fmt.Sprintf("%s of the time: %s, %s s in %s s", percent(p.RebufferRatio), plural(p.Stalls, "stall"),
		significant(p.StalledSeconds), significant(p.PlayedSeconds+p.StalledSeconds))
}

func (r *Rate) write(b *bytes.Buffer) {
	if r == nil {
		return
	}
	fmt.Fprintf(b, "\nRate\n  %s of %s requests/s were sent over %s; late by the generator's own fault: p50 %s, p99 %s\n"+
		"  times count from when a request was due\n", significant(r.Sent), significant(r.Intended),
		plural(r.Connections, "connection"), times(r.Slip.P50), times(r.Slip.P99))
}

func (o *Origin) write(b *bytes.Buffer) {
	if o == nil {
		return
	}
	fmt.Fprintf(b, "\nOrigin       %s\n", printable(o.URL))
	if lookups := o.lookups(); lookups != "" {
		fmt.Fprintf(b, "  %-12s%-*s %s hits\n  %-12s%s\n", "cache", plotColumns, bar(o.HitRatio, plotColumns), percent(o.HitRatio), "", lookups)
	}
	fmt.Fprintf(b, "  %-12s%s s, %s a request, %s s a GB\n", "CPU", significant(o.CPUSeconds), times(o.CPUPerRequest), significant(o.CPUPerGB))
}

// lookups lists the lookups by result, the most frequent first.
func (o *Origin) lookups() string {
	var parts []string
	for _, name := range o.results() {
		parts = append(parts, count(o.Lookups[name])+" "+printable(name))
	}
	return strings.Join(parts, ", ")
}

// results are the results of lookups that there were, the most frequent first.
func (o *Origin) results() []string {
	var names []string
	for name, n := range o.Lookups {
		if n > 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(o.Lookups[b], o.Lookups[a]), cmp.Compare(a, b))
	})
	return names
}
