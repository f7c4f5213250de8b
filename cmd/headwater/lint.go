package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"headwater/bench/fetch"
	"headwater/cmd/internal/report"
	"headwater/cmd/internal/webfetch"
	"headwater/packager/lint"
)

const lintHelp = `Judge streams by the published rules of HLS, DASH, CMAF and MPEG-TS: manifests, and the media they name.

The origin can be any that serves HLS or DASH over HTTP. A URL is that of a multivariant or media playlist, or of an MPD;
with two, one of each, they must be of one presentation and agree. Redirects are followed, so that URLs with credentials
work. Nothing is decoded. What cannot be judged, such as live or encrypted media, is listed and never passed in silence.

Each finding names the rule with its clause, the place and the cure. Rules are "must" where the clause demands, "should"
where it recommends. All media are fetched, unless --sample says how much of each track; bit rates are then not judged.
Headers of --header go to the hosts of the URLs alone.

Exit codes:
  0    no finding
  1    findings
  2    a URL cannot be judged: no answer that is a manifest, live, or a wrong command line`

const lintExamples = `  headwater lint http://127.0.0.1:8080/v/3f9c2a/hls/master.m3u8 http://127.0.0.1:8080/v/3f9c2a/dash/manifest.mpd
  headwater lint --sample 5 https://cdn.example/film/manifest.mpd
  headwater lint --json --header 'Authorization: Bearer …' URL`

// lintParallel is how many requests are under way at once: enough to hide latency, too few to be a load.
const lintParallel = 4

// lintFlags are the flags of lint.
type lintFlags struct {
	web    webfetch.Config
	sample int
}

func (a *app) lintCommand() *cobra.Command {
	f := &lintFlags{}
	cmd := &cobra.Command{
		Use:     "lint URL [URL]",
		Short:   "Judge HLS and DASH streams of any origin by the published rules",
		Long:    lintHelp,
		Example: lintExamples,
		RunE: func(cmd *cobra.Command, urls []string) error {
			switch {
			case len(urls) < 1 || len(urls) > 2:
				return usage(cmd, "name one URL, or those of the HLS and the DASH manifest")
			case f.sample < 0 || f.sample == 1:
				return usage(cmd, "--sample takes 2 segments or more, or 0 for all")
			case f.web.Timeout <= 0 || f.web.MaxBytes <= 0:
				return usage(cmd, "--timeout and --max-bytes take more than 0")
			}
			f.web.URLs = urls
			client, err := webfetch.New(f.web)
			if err != nil {
				return usage(cmd, err.Error())
			}
			defer client.Close()
			return a.lint(cmd.Context(), f, client)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.IntVar(&f.sample, "sample", 0, "segments of each track to fetch: the first, the last and some between; 0 for all")
	flags.StringArrayVar(&f.web.Header, "header", nil, "`LINE` \"Name: value\" to send with every request; repeatable")
	flags.BoolVar(&f.web.Insecure, "insecure", false, "accept any certificate")
	flags.DurationVar(&f.web.Timeout, "timeout", time.Minute, "how long one request may take")
	flags.Int64Var(&f.web.MaxBytes, "max-bytes", 16<<30, "bytes to fetch in all; what lies beyond is not judged")
	return cmd
}

// lint judges, and prints what came of it.
func (a *app) lint(ctx context.Context, f *lintFlags, client *webfetch.Client) error {
	verdict, failed := lint.Judge(f.web.URLs, a.showLint(client, client.Fetch(ctx)), lint.Options{Sample: f.sample, Parallel: lintParallel})
	_, _ = a.stderr.Write(nil) // takes the line of the progress off a terminal
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	v := report.Verdict{Verdict: scrubbed(verdict), Bytes: client.BytesRead()}
	write := v.Text
	if a.json {
		write = v.JSON
	}
	if err := write(a.stdout); err != nil {
		return err
	}
	switch {
	case failed != nil:
		return failure{exitUsage, fetch.Scrub(failed.Error())}
	case len(v.Findings) > 0:
		return failure{code: exitFailed}
	}
	return nil
}

// showLint shows the progress with every fetch.
func (a *app) showLint(client *webfetch.Client, get lint.Fetch) lint.Fetch {
	return func(url string, from, to int64) (lint.Response, error) {
		answer, err := get(url, from, to)
		a.stderr.Show(func(columns int) string {
			line := []rune(fmt.Sprintf("%.1f MB read, %s", float64(client.BytesRead())/1e6, report.Printable(fetch.Scrub(url))))
			if columns > 0 && len(line) > columns {
				line = line[:columns]
			}
			return string(line)
		})
		return answer, err
	}
}

// scrubbed returns the verdict without the credentials that URLs hold.
func scrubbed(v lint.Verdict) lint.Verdict {
	for i := range v.Findings {
		f := &v.Findings[i]
		f.Where, f.Problem = fetch.Scrub(f.Where), fetch.Scrub(f.Problem)
	}
	for i := range v.Unjudged {
		u := &v.Unjudged[i]
		u.Where, u.Why = fetch.Scrub(u.Where), fetch.Scrub(u.Why)
	}
	return v
}
