package main

import (
	"fmt"
	"slices"
	"time"

	"headwater/cmd/internal/stat"
)

// What stands in place of a verdict.
const (
	invalid     = "INVALID"
	notMeasured = "not measured"
)

// comparisonTable has a row for each scenario.
func (r *report) comparisonTable() *table {
	t := &table{columns: []column{
		{title: "CASE, CONNECTIONS"}, {title: "NGINX µs", right: true}, {title: "HEADWATER µs", right: true}, {title: "BUSY %", right: true},
		{title: "RATIO", right: true}, {title: "90 % INTERVAL"}, {title: "BUDGET"}, {title: "VERDICT"},
	}}
	for _, c := range r.Comparisons {
		if c.State != ruled {
			t.rows = append(t.rows, c.row())
		}
	}
	return t
}

// ruledTable has a row for each comparison of a Headwater under rules with one without.
func (r *report) ruledTable() *table {
	t := &table{columns: []column{
		{title: "UNDER EVERY KIND OF RULE, CONNECTIONS"}, {title: "WITHOUT µs", right: true}, {title: "UNDER µs", right: true},
		{title: "BUSY %", right: true}, {title: "RATIO", right: true}, {title: "90 % INTERVAL"}, {title: ""},
	}}
	for _, c := range r.Comparisons {
		if row := c.row(); c.State == ruled {
			t.rows = append(t.rows, append(row[:6:6], row[7]))
		}
	}
	return t
}

func (c *comparison) row() []string {
	if c.Skipped != "" {
		return []string{c.Name, "", "", "", "", "", "", c.Skipped}
	}
	nginx, headwater := c.cost(nginxSide), c.cost(headwaterSide)
	row := []string{c.Name, micros(nginx), micros(headwater), fmt.Sprintf("%.0f/%.0f", 100*c.busy(nginxSide), 100*c.busy(headwaterSide)),
		fmt.Sprintf("%.3f", c.Ratio.Median), span(c.Ratio), "", string(c.Verdict)}
	if c.Budget != nil {
		row[6] = c.Budget.String()
	}
	if !c.valid() {
		row[7] = invalid
	}
	return row
}

// which chooses a side of a round.
type which func(round) side

var (
	nginxSide     which = func(r round) side { return r.Nginx }
	headwaterSide which = func(r round) side { return r.Headwater }
)

// amplification returns the bytes that one side read from the device for each that it sent.
func (of which) amplification(r round) float64 {
	return float64(of(r).Read) / float64(max(of(r).Bytes, 1))
}

// cost returns the median of the processor time for a request of one side.
func (c *comparison) cost(of which) time.Duration {
	return time.Duration(c.median(func(r round) float64 { return float64(of(r).perRequest()) }))
}

// busy returns how much of its core one side used while it was loaded; little means that the client side was the slow one.
func (c *comparison) busy(of which) float64 {
	return c.median(func(r round) float64 { return of(r).CPU.Seconds() / of(r).Wall.Seconds() })
}

func (c *comparison) median(value func(round) float64) float64 {
	var values []float64
	for _, r := range c.Rounds {
		values = append(values, value(r))
	}
	return stat.Of(values).Median
}

func micros(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/1e3) }

func span(e stat.Estimate) string { return fmt.Sprintf("[%.3f, %.3f]", e.Low, e.High) }

// summary is the row in a phrase, for progress.
func (c *comparison) summary() string {
	row := c.row()
	reference := "nginx"
	switch c.State {
	case ruled:
		reference = "without rules"
	case both:
		reference = "nginx-vod-module"
	}
	return fmt.Sprintf("%s %s  %s %s µs, headwater %s µs  %s", row[4], row[5], reference, row[1], row[2], row[7])
}

// footprintTable has a row for each kind of connection.
func (r *report) footprintTable() *table {
	t := &table{columns: []column{
		{title: "MEMORY OF A CONNECTION"}, {title: "NGINX KiB", right: true}, {title: "HEADWATER KiB", right: true}, {title: ""},
	}}
	for _, f := range r.Footprints {
		row := []string{f.Name, kibibytes(f.Nginx), kibibytes(f.Headwater), fmt.Sprintf("of %d", f.Connections)}
		switch {
		case f.Skipped != "":
			row = []string{f.Name, "", "", f.Skipped}
		case !f.valid():
			row[3] = invalid
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func (f *footprint) summary() string {
	return fmt.Sprintf("nginx %s KiB, headwater %s KiB", kibibytes(f.Nginx), kibibytes(f.Headwater))
}

func kibibytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1024) }

// line is one budget of DESIGN §6.
type line struct {
	what, measured, budget, verdict string
}

// budgetTable is the table of DESIGN §6 with what was measured.
func (r *report) budgetTable() *table {
	t := &table{columns: []column{{title: "BUDGETS OF DESIGN §6"}, {title: "MEASURED"}, {title: "BUDGET"}, {title: "VERDICT"}}}
	for _, l := range r.lines() {
		t.rows = append(t.rows, []string{l.what, l.measured, l.budget, l.verdict})
	}
	return t
}

func (r *report) lines() []line {
	lines := []line{
		r.ratioLine("hot 1080p segment, against nginx", hot, kind1080p, false),
		r.ratioLine("hot 360p segment", hot, kind360p, false),
		r.ratioLine("hot audio segment", hot, kindAudio, false),
		r.ratioLine("TLS 1.3, from memory, 1080p", hot, kind1080p, true),
		r.ratioLine("TLS 1.3, from memory, 360p", hot, kind360p, true),
		r.ratioLine("TLS 1.3, from memory, audio", hot, kindAudio, true),
		r.ratioLine("TLS 1.3, from a file, 1080p", paged, kind1080p, true),
	}
	lines = append(lines, r.memoryLine())
	for _, k := range manifestKinds {
		lines = append(lines, r.ratioLine("manifest: "+string(k), hot, k, false))
	}
	lines = append(lines,
		r.madeLine(kindTS1080p),
		r.madeLine(kindTS360p),
		line{"CPU per GB on a miss: cenc, cbcs / AES-128", "", "≤ 0.4 / 1.2", "not built yet"},
		r.transformedLine(kindTS1080p, kind1080p),
		r.transformedLine(kindTS360p, kind360p),
		r.addedLine(kind1080p),
		r.addedLine(kind360p),
		line{"session check and all rules, per request", "", "≤ 1 µs, 0 allocs", "elsewhere: go test ./auth -run Allocat -bench Visit"},
		r.overCacheLine(),
	)
	for _, f := range footprintBudgets {
		lines = append(lines, r.footprintLine(f.name, f.limitKiB))
	}
	return append(lines,
		line{"hit ratio against the best static set", "", "≥ 0.95", "elsewhere: go test ./cache -run HitRatio -v"},
		line{"ingest CPU, against a hand-written ffmpeg command", "", "≤ 1.03", "elsewhere: make bench-ingest"},
		line{"end of upload to first playable frame", "", "≤ 2 s + a copy", "elsewhere: make bench-ingest"},
	)
}

// madeLine is the budget of what is made: as it was measured with nginx-vod-module, or else as it is reckoned from plain files.
func (r *report) madeLine(k kind) line {
	measured := r.ratioLineAt(string(k)+" on a miss, against nginx-vod-module", both, k, false, madeLoad)
	if measured.verdict != notMeasured {
		return measured
	}
	return r.ratioLineAt(string(k)+" on a miss, against plain files (-vod measures)", made, k, false, madeLoad)
}

// transformedLine compares hits of transformed segments with those of clear ones, both from memory, each relative to nginx
// with the same bytes.
func (r *report) transformedLine(transformed, clear kind) line {
	l := line{"hit of a transformed segment, against a clear one, " + string(clear), "", "1.0", notMeasured}
	of := r.valid(scenario{State: hot, Kind: transformed, Secure: true, Connections: mainLoad})
	against := r.valid(scenario{State: hot, Kind: clear, Secure: true, Connections: mainLoad})
	if of != nil && against != nil {
		e := stat.Estimate{
			Median: of.Ratio.Median / against.Ratio.Median, Low: of.Ratio.Low / against.Ratio.High, High: of.Ratio.High / against.Ratio.Low,
		}
		l.measured, l.verdict = fmt.Sprintf("%.3f %s", e.Median, span(e)), string(stat.AtLeast(1).Judge(e))
	}
	return l
}

// ratioLine is the comparison that a budget is judged by: at the main load.
func (r *report) ratioLine(what string, st state, k kind, secure bool) line {
	return r.ratioLineAt(what, st, k, secure, mainLoad)
}

func (r *report) ratioLineAt(what string, st state, k kind, secure bool, connections int) line {
	wanted := scenario{st, k, secure, connections, budget(st, k, secure)}
	l := line{what: what, budget: wanted.Budget.String(), verdict: notMeasured}
	i := slices.IndexFunc(r.Comparisons, func(c *comparison) bool { return c.Name == wanted.name() })
	if i < 0 {
		return l
	}
	switch c := r.Comparisons[i]; {
	case c.Skipped != "":
		l.verdict = c.Skipped
	case !c.valid():
		l.verdict = invalid
	default:
		l.measured, l.verdict = fmt.Sprintf("%.3f %s", c.Ratio.Median, span(c.Ratio)), string(c.Verdict)
	}
	return l
}

// memoryLine compares hits from memory and from a file, which only TLS has of the same segment, each relative to nginx.
func (r *report) memoryLine() line {
	l := line{what: "hit from memory, against one from a file, TLS", verdict: notMeasured}
	memory, file := r.valid(scenario{State: hot, Kind: kind1080p, Secure: true, Connections: mainLoad}),
		r.valid(scenario{State: paged, Kind: kind1080p, Secure: true, Connections: mainLoad})
	if memory != nil && file != nil {
		l.measured, l.verdict = fmt.Sprintf("%.3f", memory.Ratio.Median/file.Ratio.Median), "no budget"
	}
	return l
}

// valid returns the comparison of that name; nil without valid figures.
func (r *report) valid(s scenario) *comparison {
	for _, c := range r.Comparisons {
		if c.Name == s.name() && c.valid() {
			return c
		}
	}
	return nil
}

// addedBudget is what a never-seen clear segment may cost beside reading its bytes, in ms.
var addedBudget = stat.Budget{Limit: 0.3, Tolerance: stat.Tolerance}

func (r *report) addedLine(k kind) line {
	l := line{"CPU added to a never-seen " + string(k) + " segment", "", addedBudget.String() + " ms", notMeasured}
	wanted := scenario{State: cold, Kind: k, Connections: 1}
	i := slices.IndexFunc(r.Comparisons, func(c *comparison) bool { return c.Name == wanted.name() && c.Added != nil })
	if i < 0 {
		return l
	}
	c := r.Comparisons[i]
	l.measured, l.verdict = fmt.Sprintf("%.3f %s ms", c.Added.Median, span(*c.Added)), string(addedBudget.Judge(*c.Added))
	if !c.valid() {
		l.verdict = invalid
	}
	return l
}

// overCacheBudget is what the process may hold beyond its cache, in MiB.
var overCacheBudget = stat.Budget{Limit: 256}

func (r *report) overCacheLine() line {
	l := line{"memory of the process over the configured cache", "", overCacheBudget.String() + " MiB", notMeasured}
	if r.OverCacheBytes != 0 {
		mebibytes := float64(r.OverCacheBytes) / (1 << 20)
		l.measured, l.verdict = fmt.Sprintf("%.0f MiB at most", mebibytes), string(overCacheBudget.Judge(stat.Of([]float64{mebibytes})))
	}
	return l
}

var footprintBudgets = []struct {
	name     string
	limitKiB float64
}{
	{"memory idle plain", 8},
	{"memory idle TLS", 24},
	{"memory stalled plain", 16},
}

func (r *report) footprintLine(name string, limitKiB float64) line {
	budget := stat.Budget{Limit: limitKiB}
	l := line{what: name + ", a connection", budget: budget.String() + " KiB", verdict: notMeasured}
	for _, f := range r.Footprints {
		if f.Name != name {
			continue
		}
		switch {
		case f.Skipped != "":
			l.verdict = f.Skipped
		case !f.valid():
			l.verdict = invalid
		default:
			l.measured = kibibytes(f.Headwater) + " KiB"
			l.verdict = string(budget.Judge(stat.Of([]float64{float64(f.Headwater) / 1024})))
		}
	}
	return l
}
