package wire

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"headwater/origin/metrics"
)

// upkeepCounts is a reading of the counters and gauges.
type upkeepCounts struct {
	open     bool // the catalogue can be asked
	done     uint64
	failed   uint64
	lastDone time.Time // before the first round that ends well: when upkeep began
}

// stats reads the counters and gauges.
func (u *upkeep) stats() upkeepCounts {
	u.mu.Lock()
	defer u.mu.Unlock()
	counts := u.counts
	counts.open = u.control != nil
	return counts
}

// collectors are the metrics of the control plane.
func (u *upkeep) collectors() []prometheus.Collector {
	options := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: metrics.Namespace, Name: name, Help: help}
	}
	gauge := func(name, help string, value func(upkeepCounts) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts(options(name, help)), func() float64 { return value(u.stats()) })
	}
	counter := func(name, help string, value func(upkeepCounts) uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts(options(name, help)), func() float64 { return float64(value(u.stats())) })
	}
	return []prometheus.Collector{
		gauge("catalogue_open", "1 while the catalogue is open; 0: viewers are served, but nothing can be stored or deleted.",
			func(c upkeepCounts) float64 {
				if c.open {
					return 1
				}
				return 0
			}),
		gauge("reconcile_age_seconds", "Time since catalogue and storage were last brought in step; since the start before that.",
			func(c upkeepCounts) float64 { return time.Since(c.lastDone).Seconds() }),
		counter("reconciles_total", "Times that catalogue and storage were brought in step.", func(c upkeepCounts) uint64 { return c.done }),
		counter("reconcile_failures_total", "Times that this failed.", func(c upkeepCounts) uint64 { return c.failed }),
	}
}
