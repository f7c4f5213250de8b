package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"headwater/bench"
	"headwater/bench/report"
)

const benchHelp = `Play the manifests from many players at once, or ask for what they name at a rate, and report what came of it.

The origin can be any that serves HLS or DASH over HTTP/1.1, plain or TLS: this one, nginx, a CDN. The first URL is the
most popular one. There are three modes:

  players   viewers with players (the default): they choose renditions by measured throughput, buffer, stall, seek, leave
            early, and come by --arrivals
  rate      --rate requests a second, whatever comes back; times count from when a request was due
  closed    --connections that each ask again as soon as they have their answer

Everything that comes is checked: status, length, and for a sample the bytes, which must stay the same. The report on
standard output has times to the first and last byte, start-up and rebuffering, a table of failures, and warnings where
this program itself was the bottleneck; --html and --json write it in other forms. Chance follows --seed.

Live presentations cannot be played. Credentials in --token and --header go to the hosts of the URLs alone.`

const benchExamples = `  headwater bench http://127.0.0.1:8080/v/3f9c2a/hls/master.m3u8
  headwater bench --arrivals '0-500 over 60s' --duration 5m --html report.html URL...
  headwater bench --arrivals 10/s --zipf 0.9 --urls urls.txt --metrics http://127.0.0.1:8081/metrics
  headwater bench --rate 2000 --kind segment URL
  headwater bench --connections 64 --json - URL`

// benchFlags are the flags of bench that are no settings of a test.
type benchFlags struct {
	set      bench.Config
	urls     string
	assets   string
	origin   string
	protocol string
	token    string
	mode     string
	kind     string
	start    string
	arrivals string
	json     string
	html     string
}

func (a *app) benchCommand() *cobra.Command {
	f := &benchFlags{set: bench.NewDefaultConfig()}
	cmd := &cobra.Command{
		Use:     "bench URL…",
		Short:   "Load an origin with players or requests, and report how it did",
		Long:    benchHelp,
		Example: benchExamples,
		RunE: func(cmd *cobra.Command, urls []string) error {
			if err := f.complete(cmd, urls); err != nil {
				return err
			}
			return a.bench(cmd.Context(), f)
		},
	}
	f.add(cmd)
	return cmd
}

// bench runs the test and writes its report in all forms that were asked for. The files are made first, so that a mistake
// in their names does not cost a test.
func (a *app) bench(ctx context.Context, f *benchFlags) (err error) {
	var files []*os.File
	defer func() {
		for _, file := range files {
			err = errors.Join(err, file.Close())
		}
	}()
	writers := map[string]io.Writer{}
	for _, path := range []string{f.json, f.html} {
		if path == "" || path == "-" {
			writers[path] = a.stdout
			continue
		}
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		files = append(files, file)
		writers[path] = file
	}
	rep, err := bench.Run(ctx, f.set, a.showBench(f.set.Mode == bench.Players))
	_, _ = a.stderr.Write(nil) // takes the line of the progress off a terminal
	if err != nil {
		return err
	}
	if err := writeReports(rep, a.stdout, f, writers); err != nil {
		return err
	}
	return context.Cause(ctx) // after a signal: the report is of what was measured until then
}

// showBench returns what shows the progress of a test.
func (a *app) showBench(players bool) func(bench.Progress) {
	live := report.NewLive(players)
	return func(p bench.Progress) {
		live.Add(p.Phase, p.Elapsed, p.Total, p.Point)
		a.stderr.Show(live.Line)
	}
}

func writeReports(rep *report.Report, stdout io.Writer, f *benchFlags, to map[string]io.Writer) error {
	var problems []error
	if f.json != "" {
		problems = append(problems, rep.JSON(to[f.json]))
	}
	if f.html != "" {
		problems = append(problems, rep.HTML(to[f.html]))
	}
	if f.json != "-" && f.html != "-" {
		problems = append(problems, rep.Text(stdout))
	}
	if rep.Requests == 0 && rep.Stopped == "" {
		problems = append(problems, errors.New("no request was answered as it should be; the report lists the failures"))
	}
	return errors.Join(problems...)
}

// complete makes a test of flags and operands.
func (f *benchFlags) complete(cmd *cobra.Command, urls []string) error {
	if strings.Contains(f.json, "://") {
		return usage(cmd, "--json takes a FILE here, - for standard output")
	}
	if err := f.chooseMode(cmd); err != nil {
		return err
	}
	entries, err := f.entries(cmd, urls)
	if err != nil {
		return err
	}
	f.set.Entries = entries
	if f.token != "" {
		f.set.Query = f.token
		if !strings.Contains(f.token, "=") {
			f.set.Query = "token=" + f.token
		}
	}
	if err := f.set.Validate(); err != nil {
		return usage(cmd, explain(err))
	}
	return nil
}

// modeFlags are flags that belong to some modes alone.
var modeFlags = []struct{ name, modes string }{
	{"arrivals", "players"}, {"even", "players"}, {"max-players", "players"}, {"player-connections", "players"},
	{"speed", "players"}, {"start", "players"}, {"start-buffer", "players"}, {"max-buffer", "players"}, {"patience", "players"},
	{"complete", "players"}, {"watch", "players"}, {"seek-every", "players"}, {"think", "players"},
	{"rate", "rate"}, {"connections", "closed"}, {"kind", "rate or closed"},
}

// chooseMode finds the mode, which --rate and --connections say too, and refuses flags that would have no effect.
func (f *benchFlags) chooseMode(cmd *cobra.Command) error {
	flags := cmd.Flags()
	f.set.Mode = bench.Mode(f.mode)
	if !flags.Changed("mode") {
		switch {
		case flags.Changed("rate"):
			f.set.Mode = bench.Rate
		case flags.Changed("connections"):
			f.set.Mode = bench.Closed
		}
	}
	for _, flag := range modeFlags {
		if flags.Changed(flag.name) && !strings.Contains(flag.modes, string(f.set.Mode)) {
			return usage(cmd, fmt.Sprintf("--%s goes with --mode %s, not %s", flag.name, flag.modes, f.set.Mode))
		}
	}
	return f.parse(cmd)
}
