package main

import (
	"fmt"
	"slices"

	"headwater/cmd/internal/stat"
)

// verdict is one line of what is judged.
type verdict struct {
	Server   string       `json:"server"`
	What     string       `json:"what"`
	Measured string       `json:"measured"`
	Limit    string       `json:"limit"`
	Verdict  stat.Verdict `json:"verdict"`
}

// judge makes a line.
func judge(server, what, measured, limit string, met bool) verdict {
	v := verdict{server, what, measured, limit, stat.Missed}
	if met {
		v.Verdict = stat.Met
	}
	return v
}

// none judges what must not have happened.
func none(server, what string, count int64) verdict {
	return judge(server, what, fmt.Sprint(count), "none", count == 0)
}

// gauge is a value of samples that must stay flat.
type gauge struct {
	name string
	of   func(sample) int64
	text func(float64) string
	// allowance is the growth that is none, if it is more than 5 %.
	allowance float64
}

const growth = 0.05

var gauges = []gauge{
	{"resident memory", func(s sample) int64 { return s.Resident }, mebibytes, 8 << 20},
	{"anonymous memory", func(s sample) int64 { return s.Anonymous }, mebibytes, 8 << 20},
	{"goroutines", func(s sample) int64 { return s.Goroutines }, count, 16},
	{"descriptors", func(s sample) int64 { return s.Descriptors }, count, 16},
	{"descriptors beside connections", func(s sample) int64 { return s.Descriptors - s.Connections }, count, 16},
}

func mebibytes(bytes float64) string { return fmt.Sprintf("%.1f MiB", bytes/(1<<20)) }
func count(n float64) string         { return fmt.Sprintf("%.0f", n) }

// flat judges whether the last quarter of the samples lies above the second; the first is for coming to rest.
func (g gauge) flat(server string, samples []sample) verdict {
	if len(samples) < 8 {
		return judge(server, g.name, "too few samples", "", false)
	}
	second, last := g.median(quarter(samples, 1)), g.median(quarter(samples, 3))
	limit := second + max(growth*second, g.allowance)
	return judge(server, g.name+", last quarter", g.text(last), fmt.Sprintf("≤ %s (second quarter %s)", g.text(limit), g.text(second)), last <= limit)
}

// quarter returns the samples of a quarter, 0 to 3.
func quarter(samples []sample, n int) []sample {
	return samples[n*len(samples)/4 : (n+1)*len(samples)/4]
}

func (g gauge) values(samples []sample) []float64 {
	values := make([]float64, len(samples))
	for i := range samples {
		values[i] = float64(g.of(samples[i]))
	}
	return values
}

func (g gauge) median(samples []sample) float64 { return stat.Of(g.values(samples)).Median }

// judge judges a server.
func (sub *subject) judge() []verdict {
	var all []verdict
	for _, g := range gauges {
		all = append(all, g.flat(sub.name, sub.samples))
	}
	return slices.Concat(all, sub.judgeAfter(), sub.judgeCounters())
}

// judgeAfter judges what is left when all clients have gone.
func (sub *subject) judgeAfter() []verdict {
	most := func(what string, left, limit int64) verdict {
		return judge(sub.name, what+" after all have left", fmt.Sprint(left), fmt.Sprintf("≤ %d", limit), left <= limit)
	}
	a := &sub.after
	return []verdict{
		most("goroutines", a.Goroutines, sub.rest.Goroutines+slack),
		most("descriptors beside track files", a.otherDescriptors(), sub.rest.otherDescriptors()+slack),
		most("connections", a.Connections, 0),
		most("bytes held for slow readers", a.Held, 0),
		most("bytes of fills", a.Fills, 0),
		most("streams", a.Streams, 0),
	}
}

// judgeCounters judges what the server counts itself.
func (sub *subject) judgeCounters() []verdict {
	m := sub.after.metrics
	all := []verdict{
		none(sub.name, "answers 5xx", int64(m.sum("headwater_requests_total", `status="5`))),
		none(sub.name, "errors in the log", int64(sub.complaints.count)),
	}
	for _, c := range []struct{ what, metric string }{
		{"panics", "panics_total"},
		{"alerts of corrupt files", "corrupt_alerts_total"},
		{"connections refused", "connections_refused_total"},
		{"connections that could not be accepted", "connections_starved_total"},
		{"damaged copies on disk", "disk_cache_damaged_total"},
		{"failures of the disk cache", "disk_cache_failures_total"},
	} {
		all = append(all, none(sub.name, c.what, int64(m.sum("headwater_"+c.metric))))
	}
	return all
}

// judgeClients judges what the clients of a server got.
func (s *soak) judgeClients(sub *subject) []verdict {
	var all []verdict
	for _, l := range s.loads {
		if l.Server == sub.name {
			all = append(all, none(sub.name, "failures of "+l.Name, l.failed()))
		}
	}
	unexpected := int64(0)
	for _, t := range sub.crowd.tallies {
		unexpected += t.unexpected.total()
	}
	all = append(all, none(sub.name, "wrong answers to misbehaving clients", unexpected))
	if sub.idle > 0 {
		all = append(all, s.idlers.judge(sub.name), sub.judgeActive(s.active))
	}
	return all
}

// judge judges whether every idle connection was answered each time.
func (all *idlers) judge(server string) verdict {
	answered, wanted := all.answered.Load(), int64(len(all.conns)*idleTimes)
	return judge(server, fmt.Sprintf("answers to %d idle connections", len(all.conns)), fmt.Sprint(answered), fmt.Sprintf("= %d", wanted), answered == wanted)
}

// judgeActive judges whether there were enough connections that play, once all players have come.
func (sub *subject) judgeActive(wanted int) verdict {
	fewest := int64(0)
	for i, s := range sub.samples[len(sub.samples)/4:] {
		if n := s.active(sub.idle); i == 0 || n < fewest {
			fewest = n
		}
	}
	return judge(sub.name, "active connections beside them, fewest", fmt.Sprint(fewest), fmt.Sprintf("≥ %d", wanted), fewest >= int64(wanted))
}
