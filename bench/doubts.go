package bench

import (
	"fmt"

	"headwater/bench/report"
)

// From where on the generator must be suspected of having been the bottleneck.
const (
	busyRatio    = 0.85 // of its own cores
	fullRatio    = 0.97 // of all cores of the machine
	lateTimers   = 5.0  // p99, ms
	lateRequests = 2.0  // p99, ms
	missedRate   = 0.99 // of what was intended
)

// doubts returns what makes the figures of a report doubtful, in words.
func doubts(r *report.Report) []string {
	var all []string
	doubt := func(when bool, format string, args ...any) {
		if when {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	g := r.Generator
	doubt(g.CPURatio >= busyRatio, "the load generator was the bottleneck: it kept %.0f %% of its %d cores busy; "+
		"the origin may be faster than this says", 100*g.CPURatio, r.Machine.Cores)
	doubt(g.CPURatio < busyRatio && g.MachineRatio >= fullRatio, "this machine had no idle time left (%.0f %% busy, %.0f %% of it by the "+
		"load generator): an origin on it shares the cores with the load", 100*g.MachineRatio, 100*g.BusyShare)
	doubt(g.TimerLag.P99 > lateTimers, "timers of the load generator were late (p99 %.1f ms): times are too long by as much", g.TimerLag.P99)
	if r.Rate != nil {
		doubt(r.Rate.Slip.P99 > lateRequests, "requests were sent late by the load generator's own fault (p99 %.1f ms)", r.Rate.Slip.P99)
		doubt(r.Rate.Sent < missedRate*r.Rate.Intended, "only %.0f of %.0f requests/s were sent", r.Rate.Sent, r.Rate.Intended)
	}
	if r.Players != nil {
		doubt(r.Players.TurnedAway > 0, "%d viewers were turned away: raise --max-players, --max-connections or ulimit -n", r.Players.TurnedAway)
	}
	doubt(r.Requests == 0, "no request was answered as it should be")
	return all
}
