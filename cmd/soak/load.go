package main

import (
	"context"
	"fmt"
	"time"

	"headwater/bench"
	benchreport "headwater/bench/report"
	"headwater/bench/traffic"
)

// load is one load test that runs for the whole time.
type load struct {
	Server string              `json:"server"`
	Name   string              `json:"name"`
	Report *benchreport.Report `json:"report"`
}

const (
	zipf = 0.8
	// verify is the part of the segments whose bytes are compared.
	verify = 0.05
	// segmentsEach is the rate of segments at which all of the catalogue passes through the cache.
	segmentsEach = 20
	// maxBuffer is what players fetch ahead: little, so that those who leave have not loaded much in vain.
	maxBuffer = 15 * time.Second
	// rampUp is the time in which players come, at most.
	rampUp = time.Minute
)

// newLoad is what all loads of a server have in common. All of it is measured: a failure at the start is one, too.
func (c *catalogue) newLoad(s *server, duration time.Duration) bench.Config {
	cfg := bench.NewDefaultConfig()
	cfg.Entries = c.entries(s.viewer)
	cfg.Zipf, cfg.Verify = zipf, verify
	cfg.WarmUp, cfg.Duration = 0, duration
	cfg.Insecure = s.secure()
	cfg.Metrics = bench.NoMetrics
	return cfg
}

// playersLoad has so many viewers, each with two connections, for pictures and for sound.
func (c *catalogue) playersLoad(s *server, viewers int, speed float64, duration time.Duration) (bench.Config, error) {
	cfg := c.newLoad(s, duration)
	cfg.Player.Speed, cfg.Player.MaxBuffer = speed, maxBuffer
	arrivals, err := traffic.ParseCurve(fmt.Sprintf("0-%d over %s", viewers, min(rampUp, duration/10)))
	cfg.Arrivals, cfg.Behaviour.Think = arrivals, time.Second
	return cfg, err
}

func (c *catalogue) segmentsLoad(s *server, duration time.Duration) bench.Config {
	cfg := c.newLoad(s, duration)
	cfg.Mode, cfg.RequestsPerSecond, cfg.Zipf = bench.Rate, segmentsEach, 0
	cfg.MaxConnections = 200
	return cfg
}

// loads returns all loads of a server.
func (c *catalogue) loads(s *server, viewers int, speed float64, duration time.Duration) (map[string]bench.Config, error) {
	players, err := c.playersLoad(s, viewers, speed, duration)
	return map[string]bench.Config{"players": players, "segments": c.segmentsLoad(s, duration)}, err
}

// runLoad runs a test. That it ended early is an error.
func runLoad(ctx context.Context, s *server, name string, cfg bench.Config) (load, error) {
	r, err := bench.Run(ctx, cfg, nil)
	if err == nil && r.Stopped != "" {
		err = context.Cause(ctx)
	}
	if err != nil {
		return load{}, fmt.Errorf("%s on server %s: %w", name, s.name, err)
	}
	return load{s.name, name, r}, nil
}

// failed is how many requests and sessions did not end well.
func (l load) failed() int64 {
	failed := l.Report.Failures
	if l.Report.Players != nil {
		failed += l.Report.Players.Endings["failed"] + l.Report.Players.TurnedAway
	}
	if l.Report.Rate != nil {
		failed += l.Report.Rate.Unsent
	}
	return failed
}
