package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// plotColumns is the width of plots in text.
const plotColumns = 40

// Text writes the report for people at a terminal.
func (r *Report) Text(w io.Writer) error {
	var b bytes.Buffer
	r.writeHead(&b)
	r.writeWarnings(&b)
	r.writePlots(&b)
	r.writeClasses(&b)
	r.writeDistribution(&b)
	r.Players.write(&b)
	r.Rate.write(&b)
	r.writeErrors(&b)
	r.Origin.write(&b)
	r.writeFoot(&b)
	_, err := b.WriteTo(w)
	return err
}

func (r *Report) writeHead(b *bytes.Buffer) {
	fmt.Fprintf(b, "%s\n", r.Title())
	fmt.Fprintf(b, "%s\n", r.Subtitle())
	for _, m := range r.Setup.Manifests[:min(len(r.Setup.Manifests), 3)] {
		fmt.Fprintf(b, "  %s\n", printable(m))
	}
	if more := r.Setup.Entries - 3; more > 0 {
		fmt.Fprintf(b, "  and %s more, Zipf %g\n", count(int64(more)), r.Setup.Zipf)
	}
}

// Title says in one line what was done.
func (r *Report) Title() string {
	switch r.Setup.Mode {
	case "players":
		speed := ""
		if r.Setup.Speed != 1 {
			speed = fmt.Sprintf(" at %g times the speed", r.Setup.Speed)
		}
		return fmt.Sprintf("Players: %s%s", printable(r.Setup.Load), speed)
	case "rate":
		return fmt.Sprintf("Constant rate: %s for %ss", r.Setup.Load, r.Setup.Kind)
	default:
		return fmt.Sprintf("Closed loop: %s asking for %ss", r.Setup.Load, r.Setup.Kind)
	}
}

// Subtitle says in one line how long and when.
func (r *Report) Subtitle() string {
	text := fmt.Sprintf("measured %.1f s after %.1f s of warm-up, seed %d, %s", r.MeasuredSeconds, r.WarmUpSeconds, r.Setup.Seed,
		r.Started.UTC().Format("2006-01-02 15:04 UTC"))
	if r.Stopped != "" {
		text += "; ended early: " + printable(r.Stopped)
	}
	return text
}

func (r *Report) writeWarnings(b *bytes.Buffer) {
	if len(r.Warnings) > 0 {
		b.WriteString("\n")
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(b, "  WARNING: %s\n", printable(warning))
	}
}

func (r *Report) writePlots(b *bytes.Buffer) {
	b.WriteString("\n")
	row := func(name string, value func(Point) float64, summary string) {
		fmt.Fprintf(b, "  %-12s%-*s  %s\n", name, plotColumns, Sparkline(r.values(value), plotColumns), summary)
	}
	row("requests/s", func(p Point) float64 { return p.Requests }, significant(r.RequestsPerSecond)+"/s, "+count(r.Requests)+" in all")
	row("Gbit/s", func(p Point) float64 { return p.Gbit }, significant(r.GbitPerSecond)+" Gbit/s, "+bytesText(r.Bytes))
	row("first byte", func(p Point) float64 { return p.FirstByteP99 }, "p99 of each second, at most "+times(slices.Max(append(r.values(func(p Point) float64 { return p.FirstByteP99 }), 0))))
	if r.Players != nil {
		row("players", func(p Point) float64 { return float64(p.Players) }, count(r.Players.Most)+" at most at once")
		row("stalled", func(p Point) float64 { return float64(p.Stalled) }, percent(r.Players.RebufferRatio)+" of the time")
	}
	row("failures", func(p Point) float64 { return float64(p.Failures) }, count(r.Failures)+" ("+percent(r.FailureRatio)+")")
}

// values returns one value of each point.
func (r *Report) values(value func(Point) float64) []float64 {
	values := make([]float64, len(r.Series))
	for i, p := range r.Series {
		values[i] = value(p)
	}
	return values
}

func (r *Report) writeClasses(b *bytes.Buffer) {
	if len(r.Classes) == 0 {
		return
	}
	b.WriteString("\n")
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "\t\t\t\tFIRST BYTE ms\t\t\t\tLAST BYTE ms\t\t\t\t\n")
	fmt.Fprint(table, "CLASS\tREQUESTS\tPER S\tDATA\tp50\tp90\tp99\tp99.9\tp50\tp90\tp99\tp99.9\t\n")
	for _, c := range r.Classes {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t\n", c.Class, count(c.Requests), significant(c.RequestsPerSecond), bytesText(c.Bytes),
			c.FirstByte.cells(), c.LastByte.cells())
	}
	table.Flush() // into memory
}

func (q Quantiles) cells() string {
	return strings.Join([]string{significant(q.P50), significant(q.P90), significant(q.P99), significant(q.P999)}, "\t")
}

// writeDistribution draws the times to the first byte of the class that was asked for most.
func (r *Report) writeDistribution(b *bytes.Buffer) {
	c := r.busiest()
	if c == nil {
		return
	}
	buckets := merged(c.Distribution, 12)
	most := int64(1)
	for _, bucket := range buckets {
		most = max(most, bucket.Count)
	}
	fmt.Fprintf(b, "\n  First byte of %s, up to\n", c.Class)
	for _, bucket := range buckets {
		fmt.Fprintf(b, "  %10s  %-*s %s\n", times(bucket.UpTo), plotColumns, bar(float64(bucket.Count)/float64(most), plotColumns),
			percent(float64(bucket.Count)/float64(c.Requests)))
	}
}

// merged joins neighbours until at most so many buckets are left.
func merged(buckets []Bucket, most int) []Bucket {
	each := (len(buckets) + most - 1) / most
	var joined []Bucket
	for i, bucket := range buckets {
		if i%max(each, 1) == 0 {
			joined = append(joined, Bucket{})
		}
		last := &joined[len(joined)-1]
		last.UpTo, last.Count = bucket.UpTo, last.Count+bucket.Count
	}
	return joined
}

func (r *Report) writeErrors(b *bytes.Buffer) {
	if len(r.Errors) == 0 {
		return
	}
	b.WriteString("\nFailures\n")
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "  COUNT\tWHAT\tCLASS\tTHE FIRST ONE\n")
	for _, e := range r.Errors {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", count(e.Count), printable(e.Kind), e.Class, printable(e.Example))
		if e.Detail != "" {
			fmt.Fprintf(table, "  \t\t\t%s\n", printable(e.Detail))
		}
	}
	table.Flush() // into memory
}

func (r *Report) writeFoot(b *bytes.Buffer) {
	g, m := r.Generator, r.Machine
	fmt.Fprintf(b, "\nVerified     status and length of every answer; %s hashed, %s remembered\n",
		bodies(r.Verified.Bodies), plural(int64(r.Verified.URLs), "URL"))
	fmt.Fprintf(b, "Connections  %s opened, %s each (p99 %s)\n", count(r.Connections), times(r.Connect.P50), times(r.Connect.P99))
	fmt.Fprintf(b, "Generator    %s of %s, timers late by %s (p99); all of the machine: %s busy\n", percent(g.CPURatio),
		plural(int64(m.Cores), "core"), times(g.TimerLag.P99), percent(g.MachineRatio))
	fmt.Fprintf(b, "Machine      %s, %s, %s, %s\n", plural(int64(m.Cores), "core"), printable(m.CPU), printable(m.Kernel), m.Go)
}

func bodies(n int64) string {
	if n == 1 {
		return "1 body"
	}
	return count(n) + " bodies"
}
