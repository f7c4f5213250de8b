package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"headwater/bench/machine"
	benchreport "headwater/bench/report"
	"headwater/cmd/internal/stat"
)

// report is what came of a run.
type report struct {
	Machine        string         `json:"machine"`
	Headwater      string         `json:"headwater"`
	Seconds        float64        `json:"seconds"`
	Assets         int            `json:"assets"`
	CatalogueBytes int64          `json:"catalogue_bytes"`
	CacheBytes     int64          `json:"cache_bytes"`
	Idle           idleReport     `json:"idle"`
	Servers        []serverReport `json:"servers"`
	Loads          []load         `json:"loads"`
	Verdicts       []verdict      `json:"verdicts"`
}

// idleReport is how the idle connections did.
type idleReport struct {
	Connections int              `json:"connections"`
	Answered    int64            `json:"answered"`
	Failures    map[string]int64 `json:"failures"`
}

// serverReport is what was seen of a server.
type serverReport struct {
	Name        string      `json:"name"`
	Settings    []string    `json:"settings"`
	Rest        sample      `json:"rest"` // before the load
	Samples     []sample    `json:"samples"`
	After       sample      `json:"after"` // when all clients had gone
	DrainMS     int64       `json:"drain_ms"`
	Misbehaving []actReport `json:"misbehaving"`
	Complaints  []string    `json:"complaints"` // the first errors in its log
}

// actReport is how one kind of misbehaving clients did.
type actReport struct {
	Name       string           `json:"name"`
	Done       int64            `json:"done"`
	Unexpected map[string]int64 `json:"unexpected"`
}

func (s *soak) newReport(version string) *report {
	d := machine.Describe()
	r := &report{
		Machine:   fmt.Sprintf("%d cores of %s, %s, %s", d.Cores, d.CPU, d.Kernel, d.Go),
		Headwater: version, Seconds: s.time.Seconds(),
		Assets: len(s.catalogue.assets), CatalogueBytes: s.catalogue.bytes, CacheBytes: s.catalogue.cacheBytes(),
		Idle:  idleReport{s.idle, s.idlers.answered.Load(), s.idlers.failures.counts},
		Loads: s.loads,
	}
	slices.SortFunc(r.Loads, func(a, b load) int { return strings.Compare(a.Server+a.Name, b.Server+b.Name) })
	for _, sub := range s.subjects {
		r.Servers = append(r.Servers, sub.report())
		r.Verdicts = slices.Concat(r.Verdicts, s.judgeClients(sub), sub.judge())
	}
	return r
}

func (sub *subject) report() serverReport {
	r := serverReport{
		Name: sub.name, Settings: sub.settings, Rest: sub.rest, Samples: sub.samples, After: sub.after,
		DrainMS: sub.drained.Milliseconds(), Complaints: sub.complaints.lines,
	}
	for _, a := range acts {
		t := sub.crowd.tallies[a.name]
		r.Misbehaving = append(r.Misbehaving, actReport{a.name, t.done.Load(), t.unexpected.counts})
	}
	return r
}

// good reports whether nothing was missed.
func (r *report) good() bool {
	return !slices.ContainsFunc(r.Verdicts, func(v verdict) bool { return v.Verdict != stat.Met })
}

func (r *report) writeJSON(path string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// print writes the report for people.
func (r *report) print(w io.Writer, colours bool) error {
	out := &bytes.Buffer{}
	fmt.Fprintf(out, "%s, %s on %s\n", r.Headwater, time.Duration(r.Seconds*float64(time.Second)), r.Machine)
	fmt.Fprintf(out, "%d assets, %s in all; each server has a cache of %s\n", r.Assets, mebibytes(float64(r.CatalogueBytes)), mebibytes(float64(r.CacheBytes)))
	for i := range r.Servers {
		r.Servers[i].print(out)
		r.printLoads(out, r.Servers[i].Name)
	}
	printFailures(out, fmt.Sprintf("%d idle connections, answered %d times", r.Idle.Connections, r.Idle.Answered), r.Idle.Failures)
	fmt.Fprintln(out)
	r.printVerdicts(out, colours)
	_, err := w.Write(out.Bytes())
	return err
}

// plots are what is drawn of a server, beside what is judged.
var plots = slices.Concat(gauges, []gauge{
	{name: "connections", of: func(s sample) int64 { return s.Connections }, text: count},
	{name: "misbehaving clients", of: func(s sample) int64 { return s.Misbehaving }, text: count},
	{name: "track files", of: func(s sample) int64 { return s.TrackFiles }, text: count},
	{name: "streams", of: func(s sample) int64 { return s.Streams }, text: count},
	{name: "cache: entries", of: func(s sample) int64 { return s.Entries }, text: mebibytes},
	{name: "cache: fills", of: func(s sample) int64 { return s.Fills }, text: mebibytes},
	{name: "cache: held", of: func(s sample) int64 { return s.Held }, text: mebibytes},
	{name: "cache: free", of: func(s sample) int64 { return s.Free }, text: mebibytes},
})

// plotColumns is the width of a plot.
const plotColumns = 48

func (r *serverReport) print(out io.Writer) {
	fmt.Fprintf(out, "\nserver %s: %s\n", r.Name, strings.Join(r.Settings, " "))
	if len(r.Samples) == 0 {
		return
	}
	for _, g := range plots {
		values := g.values(r.Samples)
		fmt.Fprintf(out, "  %-31s %s  %s to %s, then %s\n", g.name, benchreport.Sparkline(values, plotColumns), g.text(slices.Min(values)),
			g.text(slices.Max(values)), g.text(float64(g.of(r.After))))
	}
	last := r.Samples[len(r.Samples)-1]
	fmt.Fprintf(out, "  %d lookups in the cache, %.1f %% hits; %.0f s of processor time; at rest %s after the last client\n", last.Lookups,
		100*float64(last.Hits)/float64(max(last.Lookups, 1)), last.CPU-r.Rest.CPU, time.Duration(r.DrainMS)*time.Millisecond)
	for _, a := range r.Misbehaving {
		printFailures(out, fmt.Sprintf("%d times a client %s", a.Done, a.Name), a.Unexpected)
	}
	for _, line := range r.Complaints {
		fmt.Fprintf(out, "  logged: %.300s\n", line)
	}
}

func (r *report) printLoads(out io.Writer, server string) {
	for _, l := range r.Loads {
		if l.Server != server {
			continue
		}
		text := fmt.Sprintf("%s: %d requests, %.2f Gbit/s", l.Name, l.Report.Requests, l.Report.GbitPerSecond)
		if p := l.Report.Players; p != nil {
			text += fmt.Sprintf(", %d sessions, %d seeks, %.2g %% of the time stalled, ends %v", p.Began, p.Seeks, 100*p.RebufferRatio, p.Endings)
		}
		failures := map[string]int64{}
		for _, e := range l.Report.Errors {
			failures[fmt.Sprintf("%s of %s, such as %s: %s", e.Kind, e.Class, e.Example, e.Detail)] = e.Count
		}
		printFailures(out, text, failures)
		for _, warning := range l.Report.Warnings {
			fmt.Fprintf(out, "    WARNING: %s\n", warning)
		}
	}
}

func printFailures(out io.Writer, what string, failures map[string]int64) {
	fmt.Fprintf(out, "  %s\n", what)
	kinds := make([]string, 0, len(failures))
	for kind := range failures {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		fmt.Fprintf(out, "    %d times: %s\n", failures[kind], kind)
	}
}

func (r *report) printVerdicts(out io.Writer, colours bool) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, v := range r.Verdicts {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", v.Server, v.What, v.Measured, v.Limit, paint(v.Verdict, colours))
	}
	_ = table.Flush() // a buffer never fails
}

// paint colours a verdict.
func paint(v stat.Verdict, colours bool) string {
	const green, red, plain = "\x1b[32m", "\x1b[31m", "\x1b[0m"
	switch {
	case !colours:
		return string(v)
	case v == stat.Met:
		return green + string(v) + plain
	default:
		return red + string(v) + plain
	}
}
