// Command sidebyside compares Headwater with nginx on this machine and prints each budget of DESIGN §6 beside what was
// measured. nginx serves the very same bytes as static files with sendfile; both have one core, and the client side the
// other.
//
//	sidebyside [-binary bin/headwater] [-run REGEXP] [-rounds 15] [-full] [-vod MODULE] [-json FILE] [-perf] [-strict]
//
// The main figure is the server's own processor time for a request, of all its threads and in the kernel too, which
// stays steady while the machine around does other things. In each round both servers answer the same closed loop, in
// random order and from rest to rest; the ratio of a round is nginx's time over Headwater's. A budget is judged by the
// median of the rounds and its 90 % interval.
//
// Before anything is measured every byte of both servers is compared. While it is measured, each answer is checked in
// status and length, and every 64th in its hash. An answer that is wrong makes the line invalid.
//
// The budgets of what is made for each request are shares of what nginx-vod-module takes. Where -vod names that module it is
// measured; else they are reckoned by how it compared with plain files on another machine, on which plain files cost more.
//
// The content, some 1.5 GB, is made once and kept in the user's cache folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"golang.org/x/term"

	"headwater/cmd/internal/content"
	"headwater/cmd/internal/process"
	"headwater/cmd/internal/selfsigned"
)

// options are the command line.
type options struct {
	binary, run, json           string
	rounds                      int
	roundTime                   time.Duration
	vod                         string
	full, list, profile, strict bool
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == driveArgument {
		if err := drive(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "sidebyside drive:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.StringVar(&o.binary, "binary", "bin/headwater", "the headwater to measure")
	flag.StringVar(&o.run, "run", "", "measure only what this `regexp` matches; -list names all")
	flag.IntVar(&o.rounds, "rounds", 15, "rounds of each comparison; fewer than 15 judge nothing well")
	flag.DurationVar(&o.roundTime, "time", 500*time.Millisecond, "load of one side in a round")
	flag.BoolVar(&o.full, "full", false, "all combinations, not only those that the budgets need; about 45 minutes")
	flag.BoolVar(&o.list, "list", false, "print the names of what would be measured and stop")
	flag.StringVar(&o.json, "json", "", "write all figures of all rounds to this `file`")
	flag.BoolVar(&o.profile, "perf", false, "name the functions that cost most where a budget is missed, by perf(1)")
	flag.StringVar(&o.vod, "vod", "", "nginx-vod-module as a dynamic module of the nginx here, a `file`: it makes what Headwater makes")
	flag.BoolVar(&o.strict, "strict", false, "exit with 1 when a budget is missed or a line is invalid")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	good, err := o.main(ctx, os.Stdout)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "sidebyside:", err)
		os.Exit(1)
	case o.strict && !good:
		os.Exit(1)
	}
}

// main measures and reports; good says that no budget is missed and no line invalid.
func (o *options) main(ctx context.Context, stdout io.Writer) (good bool, err error) {
	plan, err := o.plan()
	if err != nil {
		return false, err
	}
	if o.list {
		for _, name := range plan.names() {
			fmt.Fprintln(stdout, name)
		}
		return true, nil
	}
	r, err := o.measure(ctx, plan)
	if err != nil {
		return false, err
	}
	if err := r.print(stdout, term.IsTerminal(int(os.Stdout.Fd()))); err != nil {
		return false, err
	}
	if o.json != "" {
		err = r.writeJSON(o.json)
	}
	return r.good(), err
}

// plan is what is measured.
type plan struct {
	scenarios  []scenario
	footprints []footprint
}

func (o *options) plan() (plan, error) {
	wanted, err := regexp.Compile(o.run)
	if err != nil {
		return plan{}, fmt.Errorf("-run: %w", err)
	}
	if o.rounds < 1 || o.roundTime <= 0 {
		return plan{}, errors.New("-rounds and -time must be positive")
	}
	var p plan
	for _, s := range scenarios(o.full, o.vod != "") {
		if wanted.MatchString(s.name()) {
			p.scenarios = append(p.scenarios, s)
		}
	}
	for _, f := range footprints() {
		if wanted.MatchString(f.Name) {
			p.footprints = append(p.footprints, f)
		}
	}
	if len(p.names()) == 0 {
		return plan{}, fmt.Errorf("-run %s matches nothing that -list names", o.run)
	}
	return p, nil
}

func (p plan) names() []string {
	var names []string
	for _, s := range p.scenarios {
		names = append(names, s.name())
	}
	for _, f := range p.footprints {
		names = append(names, f.Name)
	}
	return names
}

// measure does what is planned.
func (o *options) measure(ctx context.Context, p plan) (r *report, err error) {
	b, release, err := o.newBench(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	defer func() { err = errors.Join(err, b.close()) }()
	if b.driver, err = startDriver(ctx, b.clientCore); err != nil {
		return nil, err
	}
	if err := b.prepare(ctx); err != nil {
		return nil, err
	}
	r, err = b.newReport(ctx)
	if err != nil {
		return nil, err
	}
	return r, b.measureAll(ctx, p, r)
}

// newBench finds the cores, makes scratch space, certificate and content. release undoes that, but for the content.
func (o *options) newBench(ctx context.Context) (b *bench, release func(), err error) {
	b = &bench{rounds: o.rounds, roundTime: o.roundTime, profile: o.profile, random: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))}
	b.tell = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	cores, err := process.Cores()
	if err != nil {
		return nil, nil, err
	}
	if len(cores) < 2 {
		return nil, nil, errors.New("two cores are needed: one for the server, one for the client side")
	}
	b.clientCore, b.serverCore = cores[0], cores[1]
	if b.headwater, err = filepath.Abs(o.binary); err != nil {
		return nil, nil, err
	}
	if o.vod != "" {
		if b.module, err = filepath.Abs(o.vod); err != nil {
			return nil, nil, err
		}
	}
	if _, err := findNginx(); err != nil {
		return nil, nil, fmt.Errorf("%w: install it with: apt-get install nginx-light", err)
	}
	if b.scratch, err = os.MkdirTemp("", "headwater-sidebyside-"); err != nil {
		return nil, nil, err
	}
	clean := func() { os.RemoveAll(b.scratch) }
	if b.certificate, b.key, err = selfsigned.Write(b.scratch); err != nil {
		clean()
		return nil, nil, err
	}
	unlock, err := b.openLibrary(ctx)
	if err != nil {
		clean()
		return nil, nil, err
	}
	return b, func() { unlock(); clean() }, nil
}

// openLibrary finds what there is to serve and takes it for this process, until unlock.
func (b *bench) openLibrary(ctx context.Context) (unlock func(), err error) {
	if b.library, err = content.Open(ctx, b.headwater, func(what string) { b.tell("%s", what) }); err != nil {
		return nil, err
	}
	if b.sets, err = objects(b.library); err != nil {
		return nil, fmt.Errorf("content in %s: %w: remove that folder to have it made again", b.library.Dir(), err)
	}
	return content.Lock()
}
