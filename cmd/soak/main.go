// Command soak loads Headwater for a quarter of an hour, in every way that viewers and strangers do, and judges whether
// what it holds stays flat: memory, descriptors, goroutines.
//
//	soak [-binary bin/headwater] [-time 15m] [-idle 10000] [-active 1000] [-speed 1] [-json FILE]
//
// Two servers run side by side on a catalogue of ten times their cache. One is plain and reads its segments into the
// cache, with copies on disk that do not hold all either; it has the idle connections, each of which asks at the start,
// in the middle and at the end. The other speaks TLS and is left at its defaults. Both have players that seek and leave,
// on HLS and DASH by Zipf, and segments at a constant rate, equally popular so that the cache has to let go of them. Beside
// them come clients that stall, leave in the middle of a body, send half a request or garbage, or read slowly.
//
// Both servers' metrics and memory are read once a second. Every answer that a client in good faith did not get counts,
// and so does every way in which a misbehaving one got more than it should. When all are gone, the servers must hold what
// they held before. Ends with status 1 when a line is missed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/term"

	"headwater/bench/machine"
	"headwater/cmd/internal/content"
)

// options are the command line.
type options struct {
	binary, json string
	time         time.Duration
	idle, active int
	speed        float64
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/headwater", "the headwater to load")
	flag.DurationVar(&o.time, "time", 15*time.Minute, "how long; below some 5 minutes memory has not settled")
	flag.IntVar(&o.idle, "idle", 10_000, "idle connections")
	flag.IntVar(&o.active, "active", 1000, "connections at least that play beside them")
	flag.Float64Var(&o.speed, "speed", 1, "how fast the players' clocks run; less than 1 on a machine with other work")
	flag.StringVar(&o.json, "json", "", "write all samples and verdicts to this `file`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := o.main(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
	if !r.good() {
		os.Exit(1)
	}
}

// main soaks and reports.
func (o *options) main(ctx context.Context) (*report, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	r, err := o.soak(ctx)
	if err != nil {
		return nil, err
	}
	if o.json != "" {
		err = r.writeJSON(o.json)
	}
	return r, errors.Join(err, r.print(os.Stdout, term.IsTerminal(int(os.Stdout.Fd()))))
}

// otherFiles is what this process has open beside idle connections and players: misbehaving clients, metrics, its own.
const otherFiles = 2000

func (o *options) validate() error {
	if o.time < 10*time.Second || o.idle < 0 || o.active < 1 || o.speed <= 0 {
		return errors.New("-time must be at least 10s, -idle 0 or more, -active 1 or more, -speed above 0")
	}
	if wanted, may := o.idle+2*o.active+otherFiles, machine.OpenFiles(); wanted > may {
		return fmt.Errorf("%d open files are needed and %d allowed: raise the limit with ulimit -n, or lower -idle", wanted, may)
	}
	return nil
}

// soak runs everything and judges it.
func (o *options) soak(ctx context.Context) (r *report, err error) {
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return nil, err
	}
	library, err := content.Open(ctx, binary, func(what string) { tell("%s", what) })
	if err != nil {
		return nil, err
	}
	c, err := newCatalogue(library)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "headwater-soak-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	s := &soak{options: o, binary: binary, data: library.Data(), scratch: scratch, catalogue: c}
	defer func() { err = errors.Join(err, s.stop()) }()
	return s.run(ctx)
}

// tell says on standard error how far it is.
func tell(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
