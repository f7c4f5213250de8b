package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"headwater/bench/fetch"
	"headwater/bench/machine"
	"headwater/bench/measure"
	"headwater/bench/report"
	"headwater/bench/traffic"
)

// Progress is how far a test has come. There is one a second.
type Progress struct {
	// Phase is "prepare", "warm up" or "measure".
	Phase string
	// Elapsed and Total are of warm-up and measurement together.
	Elapsed, Total time.Duration
	Point          report.Point
}

// Run runs a test to its end and returns what it came to. progress is called from one goroutine; it may be nil. When ctx
// ends the test ends early, and the report is of what was measured so far. The error says that the test could not begin:
// the configuration makes no sense, or the manifests cannot be read.
func Run(ctx context.Context, cfg Config, progress func(Progress)) (*report.Report, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.MaxConnections = min(cfg.MaxConnections, max(machine.OpenFiles()-otherFiles, 1))
	if cfg.Mode == Closed && cfg.Connections > cfg.MaxConnections {
		return nil, fmt.Errorf("%d connections: this process may open %d; raise the limit with ulimit -n", cfg.Connections, cfg.MaxConnections)
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	r := &run{cfg: cfg, progress: progress, zipf: traffic.NewZipf(len(cfg.Entries), cfg.Zipf)}
	progress(Progress{Phase: "prepare"})
	aside := fetch.NewPool(fetch.Config{Timeout: scrapeTimeout, Insecure: cfg.Insecure}, measure.NewRecorder(1), time.Now())
	defer aside.Close()
	r.origin.find(aside, cfg)
	load, err := r.prepare(ctx)
	if err != nil {
		return nil, err
	}
	r.started = time.Now()
	r.recorder = measure.NewRecorder(shards())
	r.pool = fetch.NewPool(r.fetchConfig(), r.recorder, r.started)
	r.measure(ctx, load)
	return r.report(), nil
}

// otherFiles is how many files are open beside connections, at most.
const otherFiles = 64

// scrapeTimeout bounds reading the metrics of the origin.
const scrapeTimeout = 2 * time.Second

// load makes requests until ctx ends, and returns when no goroutine of it is left. The pool is closed then.
type load func(ctx context.Context)

// run is a test that runs.
type run struct {
	cfg      Config
	progress func(Progress)
	zipf     *traffic.Zipf
	pool     *fetch.Pool
	recorder *measure.Recorder
	started  time.Time
	stopped  string
	warnings []string

	began         time.Duration // of the measurement, since started; negative before
	ended         time.Duration
	before, after machine.Usage
	origin        originCounters
	lag           measure.Histogram
	measuring     atomic.Bool
	series        []report.Point

	players, stalled, most atomic.Int64 // now and at most
	open                   openLoop
}

// prepare finds out what there is to ask for, so that a mistake ends the test before it has begun.
func (r *run) prepare(ctx context.Context) (load, error) {
	scout := newScout(ctx, r.fetchConfig(), r.cfg)
	defer scout.close()
	if r.cfg.Mode == Players {
		return r.playerLoad, scout.look()
	}
	catalogue, err := scout.catalogue(r.progress)
	if err != nil {
		return nil, err
	}
	r.warnings = append(r.warnings, catalogue.warnings...)
	if r.cfg.Mode == Rate {
		return func(ctx context.Context) { r.openLoad(ctx, catalogue) }, nil
	}
	return func(ctx context.Context) { r.closedLoad(ctx, catalogue) }, nil
}

func (r *run) fetchConfig() fetch.Config {
	c := fetch.Config{
		Header: r.cfg.Header, Insecure: r.cfg.Insecure, Timeout: r.cfg.Timeout, Verify: r.cfg.Verify, Seed: r.cfg.Seed,
	}
	for _, e := range r.cfg.Entries {
		c.Credentialed = append(c.Credentialed, e.URLs...)
	}
	return c
}

// measure lets load run for the warm-up and the duration, and watches it.
func (r *run) measure(ctx context.Context, load load) {
	loading, stop := context.WithCancel(context.Background())
	defer stop()
	r.began = -1
	if r.cfg.WarmUp == 0 {
		r.begin()
	}
	var wg sync.WaitGroup
	wg.Go(func() { load(loading) })
	wg.Go(func() {
		machine.WatchLag(loading, r.watchLag)
	})
	r.watch(ctx)
	r.finish()
	stop()
	r.pool.Close()
	r.origin.after() // when nothing is asked for any more
	wg.Wait()
}

// watch ticks once a second until the test is over.
func (r *run) watch(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	warm := time.NewTimer(r.cfg.WarmUp)
	defer warm.Stop()
	over := time.NewTimer(r.cfg.WarmUp + r.cfg.Duration)
	defer over.Stop()
	last := r.pool.Now()
	for {
		select {
		case <-ctx.Done():
			r.stopped = stopReason(ctx)
			return
		case <-warm.C:
			if r.began < 0 {
				r.begin()
			}
		case <-over.C:
			r.tick(&last)
			return
		case <-ticker.C:
			r.tick(&last)
		}
	}
}

func stopReason(ctx context.Context) string {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause.Error()
	}
	return "interrupted"
}

// begin ends the warm-up.
func (r *run) begin() {
	r.origin.before()
	r.before = machine.Now()
	r.began = r.pool.Now()
	r.recorder.Begin(r.began)
	r.measuring.Store(true)
}

// finish ends the measurement, before the load has ended.
func (r *run) finish() {
	if r.began < 0 {
		r.begin()
	}
	r.recorder.End()
	r.measuring.Store(false)
	r.ended = r.pool.Now()
	r.after = machine.Now()
}

// watchLag records how late a timer was in the measurement. Nobody else uses lag before the end.
func (r *run) watchLag(late time.Duration) {
	if r.measuring.Load() {
		r.lag.Record(late)
	}
}

// tick adds a point to the series.
func (r *run) tick(last *time.Duration) {
	now := r.pool.Now()
	seconds := (now - *last).Seconds()
	*last = now
	if seconds < 0.1 {
		return // the end comes just after a tick
	}
	interval := r.recorder.Tick()
	point := report.Point{
		Second:       round((now - r.cfg.WarmUp).Seconds(), 1),
		Requests:     round(float64(interval.Requests)/seconds, 1),
		Gbit:         round(float64(interval.Bytes)*8/seconds/1e9, 4),
		Failures:     interval.Faults,
		FirstByteP50: milliseconds(interval.FirstByte.Quantile(50)),
		FirstByteP99: milliseconds(interval.FirstByte.Quantile(99)),
		Connections:  r.pool.Open(),
		Players:      r.players.Load(),
		Stalled:      r.stalled.Load(),
	}
	r.series = append(r.series, point)
	phase := "measure"
	if r.began < 0 {
		phase = "warm up"
	}
	r.progress(Progress{Phase: phase, Elapsed: now, Total: r.cfg.WarmUp + r.cfg.Duration, Point: point})
}
