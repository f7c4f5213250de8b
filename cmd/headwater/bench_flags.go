package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"headwater/bench"
	"headwater/bench/traffic"
)

// flagGroup is a part of the flags of a command under a heading of their own.
type flagGroup struct {
	title string
	flags *pflag.FlagSet
}

// add gives cmd its flags, in groups.
func (f *benchFlags) add(cmd *cobra.Command) {
	groups := []flagGroup{
		{"What is asked for", f.contentFlags()},
		{"How", f.loadFlags()},
		{"Players (mode players)", f.playerFlags()},
		{"Requests (modes rate and closed)", f.requestFlags()},
		{"Reports", f.reportFlags()},
	}
	for _, g := range groups {
		cmd.Flags().AddFlagSet(g.flags)
	}
	cmd.SetUsageFunc(func(cmd *cobra.Command) error { return groupedUsage(cmd, groups) })
}

func newFlags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SortFlags = false
	return flags
}

func (f *benchFlags) contentFlags() *pflag.FlagSet {
	flags := newFlags()
	flags.StringVar(&f.urls, "urls", "", "`FILE` with more URLs, one a line; - for standard input")
	flags.StringVar(&f.assets, "assets", "", "`FILE` with ids of assets, as ingest prints them; needs --origin")
	flags.StringVar(&f.origin, "origin", "", "`URL` of the viewer listener that serves the assets")
	flags.StringVar(&f.protocol, "protocol", "both", "what to ask of the assets: hls, dash or both")
	flags.Float64Var(&f.set.Zipf, "zipf", f.set.Zipf, "exponent of popularity over the list; 0 for equal")
	flags.StringVar(&f.token, "token", "", "`TEXT` for the query of entry manifests: token=TEXT, or as it is if it holds a =")
	flags.StringArrayVar(&f.set.Header, "header", nil, "`LINE` \"Name: value\" to send with every request; repeatable")
	flags.BoolVar(&f.set.Insecure, "insecure", false, "accept any certificate")
	flags.Float64Var(&f.set.Verify, "verify", f.set.Verify, "part of the segments whose bytes are hashed and compared")
	return flags
}

func (f *benchFlags) loadFlags() *pflag.FlagSet {
	flags := newFlags()
	flags.StringVar(&f.mode, "mode", string(f.set.Mode), "players, rate or closed; --rate and --connections choose theirs")
	flags.DurationVar(&f.set.Duration, "duration", f.set.Duration, "how long to measure")
	flags.DurationVar(&f.set.WarmUp, "warm-up", f.set.WarmUp, "how long to load before that")
	flags.DurationVar(&f.set.Timeout, "timeout", f.set.Timeout, "how long one request may take")
	flags.IntVar(&f.set.MaxConnections, "max-connections", f.set.MaxConnections, "connections at most")
	flags.Uint64Var(&f.set.Seed, "seed", f.set.Seed, "the same seed makes the same decisions")
	return flags
}

func (f *benchFlags) playerFlags() *pflag.FlagSet {
	flags := newFlags()
	flags.StringVar(&f.arrivals, "arrivals", bench.DefaultArrivals,
		"`CURVE` of viewers: 200, or 0-500 over 60s; or of sessions:\n10/s, or 1-50/s over 5m; stages joined by commas, the last one holds")
	flags.BoolVar(&f.set.EvenArrivals, "even", false, "let them come at even distances instead of by chance")
	flags.IntVar(&f.set.MaxPlayers, "max-players", f.set.MaxPlayers, "sessions open at once at most; more are turned away")
	flags.IntVar(&f.set.PlayerConnections, "player-connections", f.set.PlayerConnections, "1, or 2 to fetch sound beside pictures")
	p, b := &f.set.Player, &f.set.Behaviour
	flags.Float64Var(&p.Speed, "speed", p.Speed, "how fast the players' clocks run")
	flags.StringVar(&f.start, "start", "lowest", "rendition to start with: lowest or middle")
	flags.DurationVar(&p.StartBuffer, "start-buffer", p.StartBuffer, "media to hold before playing")
	flags.DurationVar(&p.MaxBuffer, "max-buffer", p.MaxBuffer, "media to hold at most")
	flags.DurationVar(&p.Patience, "patience", p.Patience, "how long viewers wait for a picture before they leave")
	flags.Float64Var(&b.Complete, "complete", round2(b.Complete), "part of the sessions that watch to the end")
	flags.DurationVar(&b.Watch, "watch", b.Watch, "what the others watch on average")
	flags.DurationVar(&b.SeekEvery, "seek-every", b.SeekEvery, "what is watched between two seeks on average; 0 for none")
	flags.DurationVar(&b.Think, "think", b.Think, "pause of a viewer between two sessions on average")
	return flags
}

func (f *benchFlags) requestFlags() *pflag.FlagSet {
	flags := newFlags()
	flags.Float64Var(&f.set.RequestsPerSecond, "rate", f.set.RequestsPerSecond, "requests a second (mode rate)")
	flags.IntVar(&f.set.Connections, "connections", f.set.Connections, "connections that ask without a pause (mode closed)")
	flags.StringVar(&f.kind, "kind", string(f.set.Kind), "what to ask for: segment, playlist, manifest or init")
	return flags
}

func (f *benchFlags) reportFlags() *pflag.FlagSet {
	flags := newFlags()
	flags.StringVar(&f.html, "html", "", "`FILE` for the report as one page with charts")
	flags.StringVar(&f.json, "json", "", "`FILE` for the report as JSON; - for standard output, instead of the text")
	flags.StringVar(&f.set.Metrics, "metrics", "",
		"`URL` of the origin's Prometheus metrics; by default those on the\nnext port of an origin on this machine are looked for; none does not")
	return flags
}

// round2 keeps a third readable in the help.
func round2(v float64) float64 { return float64(int(v*100+0.5)) / 100 }

// parse reads the flags that have a form of their own.
func (f *benchFlags) parse(cmd *cobra.Command) (err error) {
	if f.set.Arrivals, err = traffic.ParseCurve(f.arrivals); err != nil {
		return usage(cmd, err.Error())
	}
	switch f.start {
	case "lowest", "middle":
		f.set.Player.StartMiddle = f.start == "middle"
	default:
		return usage(cmd, fmt.Sprintf("start: %q: want lowest or middle", f.start))
	}
	f.set.Kind = bench.Kind(f.kind)
	return nil
}

// groupedUsage writes the usage of cmd with its flags in groups.
func groupedUsage(cmd *cobra.Command, groups []flagGroup) error {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "Usage:\n  %s\n\nExamples:\n%s\n", cmd.UseLine(), cmd.Example)
	for _, g := range groups {
		fmt.Fprintf(out, "\n%s:\n%s", g.title, g.flags.FlagUsages())
	}
	return nil
}
