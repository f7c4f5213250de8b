package bench

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"headwater/bench/report"
	"headwater/bench/traffic"
)

// TestDecisionsAreSeeded draws the sessions of viewers: the same seed decides the same, another one does not.
func TestDecisionsAreSeeded(t *testing.T) {
	plans := func(seed uint64) (all []plan) {
		cfg := NewDefaultConfig()
		for n := range 50 {
			cfg.Entries = append(cfg.Entries, Entry{URLs: []string{fmt.Sprintf("http://h/%d/hls", n), fmt.Sprintf("http://h/%d/dash", n)}})
		}
		r := &run{cfg: cfg, zipf: traffic.NewZipf(len(cfg.Entries), 0.9)}
		for viewer := range uint64(5) {
			random := traffic.Stream(seed, viewer)
			for range 5 {
				all = append(all, r.plan(random))
				r.cfg.Behaviour.Pause(random)
			}
		}
		return all
	}
	if !reflect.DeepEqual(plans(7), plans(7)) {
		t.Error("the same seed decides otherwise")
	}
	if reflect.DeepEqual(plans(7), plans(8)) {
		t.Error("another seed decides the same")
	}
}

// TestDoubts shows each warning on a report that deserves it.
func TestDoubts(t *testing.T) {
	f := func(want string, change func(*report.Report)) {
		t.Helper()
		r := &report.Report{Requests: 1, Machine: report.Machine{Cores: 2}}
		change(r)
		got := doubts(r)
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || !strings.Contains(got[0], want)) {
			t.Errorf("got %q, want one with %q", got, want)
		}
	}
	f("", func(*report.Report) {})
	f("the load generator was the bottleneck: it kept 90 % of its 2 cores busy", func(r *report.Report) { r.Generator.CPURatio, r.Generator.MachineRatio = 0.9, 1 })
	f("no idle time left (98 % busy, 31 % of it by the load generator)", func(r *report.Report) {
		r.Generator.CPURatio, r.Generator.MachineRatio, r.Generator.BusyShare = 0.3, 0.98, 0.31
	})
	f("timers of the load generator were late (p99 9.0 ms)", func(r *report.Report) { r.Generator.TimerLag.P99 = 9 })
	f("sent late by the load generator's own fault", func(r *report.Report) { r.Rate = &report.Rate{Slip: report.Quantiles{P99: 3}} })
	f("only 90 of 100 requests/s were sent", func(r *report.Report) { r.Rate = &report.Rate{Intended: 100, Sent: 90} })
	f("2 viewers were turned away", func(r *report.Report) { r.Players = &report.Players{TurnedAway: 2} })
	f("no request was answered", func(r *report.Report) { r.Requests = 0 })
}

func TestValidate(t *testing.T) {
	cfg := NewDefaultConfig()
	cfg.Entries = []Entry{{URLs: []string{"https://h/m"}}}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	if err := (Config{}).Validate(); err == nil || !strings.Contains(err.Error(), "mode") || !strings.Contains(err.Error(), "duration") {
		t.Errorf("an empty configuration: %v", err)
	}
}

func TestNextPort(t *testing.T) {
	f := func(address, want string) {
		t.Helper()
		if got := nextPort(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	f("http://127.0.0.1:8080/v/a", "http://127.0.0.1:8081/metrics")
	f("http://localhost:80/", "http://localhost:81/metrics")
	f("http://[::1]:8080/", "http://[::1]:8081/metrics")
	f("http://origin.example:8080/", "")
	f("http://10.0.0.1:8080/", "")
	f("http://127.0.0.1/", "")
}

func TestWithQuery(t *testing.T) {
	f := func(address, query, want string) {
		t.Helper()
		if got, err := withQuery(address, query); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	f("http://h/m", "", "http://h/m")
	f("http://h/m", "token=a", "http://h/m?token=a")
	f("http://h/m?x=1", "token=a", "http://h/m?x=1&token=a")
}

// FuzzMetrics feeds any text as metrics.
func FuzzMetrics(f *testing.F) {
	f.Add("headwater_cache_lookups_total{result=\"hit\"} 1\nprocess_cpu_seconds_total 1e3\n")
	f.Fuzz(func(t *testing.T, text string) {
		c := parseMetrics([]byte(text))
		if !(c.cpu >= 0) || len(c.lookups) > 20 {
			t.Errorf("%+v", c)
		}
	})
}
