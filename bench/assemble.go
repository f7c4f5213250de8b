package bench

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"headwater/bench/fetch"
	"headwater/bench/machine"
	"headwater/bench/measure"
	"headwater/bench/report"
)

// report sums the test up, when nothing runs any more.
func (r *run) report() *report.Report {
	result := r.recorder.Result()
	seconds := (r.ended - r.began).Seconds()
	rep := &report.Report{
		Version: report.Version, Started: r.started, Stopped: r.stopped, Setup: r.setup(),
		WarmUpSeconds: round(r.began.Seconds(), 3), MeasuredSeconds: round(seconds, 3),
		Connections: result.Connects.Count(), Connect: quantiles(&result.Connects),
		Series: r.series, Warnings: r.warnings, Errors: []report.Error{}, Classes: []report.Class{},
	}
	if rep.Warnings == nil {
		rep.Warnings = []string{}
	}
	r.addRequests(rep, result, seconds)
	rep.Verified.Bodies, rep.Verified.URLs = r.pool.Verified()
	switch r.cfg.Mode {
	case Players:
		rep.Players = r.playersReport(&result.Play)
	case Rate:
		rep.Rate = r.rateReport(rep.Requests+rep.Failures, seconds)
	}
	r.addMachine(rep)
	r.addOrigin(rep)
	rep.Warnings = append(rep.Warnings, doubts(rep)...)
	return rep
}

func (r *run) setup() report.Setup {
	s := report.Setup{
		Mode: string(r.cfg.Mode), Entries: len(r.cfg.Entries), Zipf: r.cfg.Zipf, Seed: r.cfg.Seed, Verify: r.cfg.Verify,
	}
	for _, e := range r.cfg.Entries {
		for _, address := range e.URLs {
			if len(s.Manifests) < 10 {
				s.Manifests = append(s.Manifests, display(address))
			}
		}
	}
	switch r.cfg.Mode {
	case Players:
		s.Load, s.Speed = r.cfg.Arrivals.String(), r.cfg.Player.Speed
	case Rate:
		s.Load, s.Kind = fmt.Sprintf("%g requests/s", r.cfg.RequestsPerSecond), string(r.cfg.Kind)
	case Closed:
		s.Load, s.Kind = fmt.Sprintf("%d connections", r.cfg.Connections), string(r.cfg.Kind)
	}
	return s
}

// addRequests adds what was asked for and what failed.
func (r *run) addRequests(rep *report.Report, result *measure.Result, seconds float64) {
	failures := map[string]int64{}
	for _, f := range result.Faults {
		failures[f.Class.String()] += f.Count
		rep.Failures += f.Count
		rep.Errors = append(rep.Errors, report.Error{
			Kind: f.Kind, Class: f.Class.String(), Count: f.Count, Example: f.Example, Detail: f.Detail,
		})
	}
	if r.open.unsent > 0 {
		rep.Failures += r.open.unsent
		rep.Errors = append(rep.Errors, report.Error{Kind: fetch.Unsent, Class: string(r.cfg.Kind), Count: r.open.unsent,
			Detail: "no connection was free for " + patience.String()})
	}
	for _, c := range result.Classes {
		rep.Requests += c.Requests
		rep.Bytes += c.Bytes
		rep.Classes = append(rep.Classes, classReport(c, failures[c.Class.String()], seconds))
	}
	rep.RequestsPerSecond = round(ratio(float64(rep.Requests), seconds), 2)
	rep.GbitPerSecond = round(ratio(float64(rep.Bytes)*8/1e9, seconds), 4)
	rep.FailureRatio = round(ratio(float64(rep.Failures), float64(rep.Requests+rep.Failures)), 6)
}

func classReport(c *measure.ClassResult, failures int64, seconds float64) report.Class {
	class := report.Class{
		Class: c.Class.String(), Requests: c.Requests, Bytes: c.Bytes, Failures: failures,
		RequestsPerSecond: round(ratio(float64(c.Requests), seconds), 2),
		FirstByte:         quantiles(&c.FirstByte), LastByte: quantiles(&c.LastByte),
	}
	for _, b := range c.FirstByte.Buckets() {
		class.Distribution = append(class.Distribution, report.Bucket{UpTo: milliseconds(b.UpTo), Count: b.Count})
	}
	return class
}

func (r *run) playersReport(p *measure.Play) *report.Players {
	players := &report.Players{
		Began: p.Began, Ended: p.Ended, Endings: p.Endings, TurnedAway: p.TurnedAway, Most: r.most.Load(),
		StartUp:       quantiles(&p.StartUp),
		RebufferRatio: round(ratio(p.Stalled.Seconds(), (p.Played+p.Stalled).Seconds()), 6),
		PlayedSeconds: round(p.Played.Seconds(), 3), StalledSeconds: round(p.Stalled.Seconds(), 3),
		SeekWaitSeconds: round(p.SeekWait.Seconds(), 3),
		Stalls:          p.Stalls, Seeks: p.Seeks, Switches: p.Switches, Renditions: []report.Rendition{},
	}
	total := map[bool]time.Duration{}
	for _, share := range p.Renditions {
		total[share.Sound] += share.Media
	}
	for name, share := range p.Renditions {
		players.Renditions = append(players.Renditions, report.Rendition{
			Name: name, Kind: map[bool]string{true: "audio", false: "video"}[share.Sound], BitsPerSecond: share.Bandwidth,
			Share:        round(ratio(share.Media.Seconds(), total[share.Sound].Seconds()), 4),
			MediaSeconds: round(share.Media.Seconds(), 3), Bytes: share.Bytes,
		})
	}
	slices.SortFunc(players.Renditions, func(a, b report.Rendition) int {
		return cmp.Or(cmp.Compare(b.Kind, a.Kind), cmp.Compare(b.BitsPerSecond, a.BitsPerSecond), cmp.Compare(a.Name, b.Name))
	})
	return players
}

func (r *run) rateReport(sent int64, seconds float64) *report.Rate {
	return &report.Rate{
		Intended: r.cfg.RequestsPerSecond, Sent: round(ratio(float64(sent-r.open.unsent), seconds), 2),
		Unsent: r.open.unsent, Slip: quantiles(&r.open.slip), Connections: int64(r.open.lanes),
	}
}

func (r *run) addMachine(rep *report.Report) {
	d := machine.Describe()
	rep.Machine = report.Machine{Cores: d.Cores, CPU: d.CPU, Kernel: d.Kernel, Go: d.Go}
	spent := r.after.Since(r.before)
	rep.Generator = report.Generator{
		CPUSeconds: round(spent.CPU.Seconds(), 3), CPURatio: round(spent.Own(d.Cores), 4),
		MachineRatio: round(spent.All(), 4), BusyShare: round(ratio(spent.CPU.Seconds(), spent.Busy.Seconds()), 4), TimerLag: quantiles(&r.lag),
	}
}

func (r *run) addOrigin(rep *report.Report) {
	origin, err := r.origin.result(rep.Requests, rep.Bytes)
	if err != nil {
		rep.Warnings = append(rep.Warnings, err.Error())
		return
	}
	rep.Origin = origin
}

func quantiles(h *measure.Histogram) report.Quantiles {
	return report.Quantiles{
		P50: milliseconds(h.Quantile(50)), P90: milliseconds(h.Quantile(90)), P99: milliseconds(h.Quantile(99)),
		P999: milliseconds(h.Quantile(99.9)), Max: milliseconds(h.Max()), Mean: milliseconds(h.Mean()),
	}
}

// milliseconds returns d in milliseconds, to the microsecond.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond).Microseconds()) / 1000
}

// round rounds to a number of decimals.
func round(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}

// ratio returns a through b; 0 when b is.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
