package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/auth"
	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
	"headwater/ingest/catalog"
	"headwater/packager"
)

// testFlags are what a URL does not say of the request to explain.
type testFlags struct {
	client                           netip.Addr
	host, referer, origin, userAgent string
	at                               instant
	visibility                       string // of the asset, in place of what the catalogue has
}

func (a *app) policyTestCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test URL",
		Short: "Explain rule by rule how a request would be decided",
		Long: `Tell how an origin would decide a request: the project that its host selects, the policy, what the credential in the URL says,
each rule, and the answer. Nothing is asked of a server, and nothing is used up. The rules, keys, revocations and the asset are
those that are stored now; key sets of others are fetched.

Exits with 0 when the request would be answered, with 1 when it would be refused.`,
		Example: "  headwater policy test https://video.example.com/v/3f9c2a/hls/master.m3u8 --ip 203.0.113.9 --referer https://www.example.com/\n" +
			"  headwater policy test \"$(headwater token 3f9c2a | tail -n 1)\"",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(cmd, "name one URL")
			}
			return f.check(cmd)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, cfg *config.Config, s system) error {
				return a.policyTest(ctx, cfg, s, args[0], &f)
			})
		},
	}
	flags := cmd.Flags()
	flags.TextVar(&f.client, "ip", netip.AddrFrom4([4]byte{127, 0, 0, 1}), "`ADDRESS` of the viewer")
	flags.StringVar(&f.referer, "referer", "", "`URL` of the page, as in the header Referer")
	flags.StringVar(&f.origin, "origin", "", "`ORIGIN` of the page, as in the header Origin")
	flags.StringVar(&f.userAgent, "user-agent", "", "`TEXT` of the header User-Agent")
	flags.StringVar(&f.host, "host", "", "`HOST` of the request, in place of the URL's")
	flags.Var(&f.at, "at", "when, "+instantHelp+"; now without it")
	flags.StringVar(&f.visibility, "asset-state", "", "suppose that the asset is `STATE`: published, draft or blocked")
	a.addSettings(cmd, "data", "public_url", "auth.")
	return cmd
}

func (f *testFlags) check(cmd *cobra.Command) error {
	if f.visibility != "" && catalog.Visibility(f.visibility).Check() != nil {
		return usage(cmd, fmt.Sprintf("--asset-state %q: want published, draft or blocked", f.visibility))
	}
	return nil
}

// policyTest explains a request and fails silently when it would be refused.
func (a *app) policyTest(ctx context.Context, cfg *config.Config, s system, operand string, f *testFlags) error {
	inquiry, err := f.inquiry(cfg, operand)
	if err != nil {
		return err
	}
	engine, err := s.Engine(ctx)
	if err != nil {
		return err
	}
	var failed error // to look up the asset
	inquiry.Asset = func(project, plain string) (auth.Asset, bool) {
		asset, found, err := f.asset(ctx, s, project, plain)
		failed = err
		return asset, found
	}
	steps := engine.Explain(inquiry)
	if failed != nil {
		return failed
	}
	rows := make([]report.Step, len(steps))
	for i, step := range steps {
		rows[i] = report.Step{Step: step.Name, Result: string(step.Result), Cause: step.Cause, Detail: step.Detail}
	}
	if err := printList(a, report.StepHeadings, rows); err != nil {
		return err
	}
	if len(steps) > 0 && steps[len(steps)-1].Result == auth.Refused {
		return failure{code: exitFailed}
	}
	return nil
}

// inquiry returns the request that a URL and the flags describe.
func (f *testFlags) inquiry(cfg *config.Config, operand string) (auth.Inquiry, error) {
	u, err := url.Parse(originURL(cfg, operand))
	if err != nil {
		return auth.Inquiry{}, fmt.Errorf("%s: want a URL, or a path", report.Printable(operand))
	}
	q := auth.Inquiry{
		Request: auth.Request{
			Now: f.at.Time, Client: f.client, Host: u.Host, Referer: f.referer, Origin: f.origin, UserAgent: f.userAgent,
			Secure: u.Scheme == "https",
		},
		Path: u.EscapedPath(), Query: u.RawQuery, Token: cmp.Or(u.Query().Get("token"), u.Query().Get("CAT")),
	}
	if q.Now.IsZero() {
		q.Now = time.Now()
	}
	if f.host != "" {
		q.Host = f.host
	}
	if rest, found := strings.CutPrefix(q.Path, "/s/"); found {
		q.Token, q.Path, _ = strings.Cut(rest, "/")
		q.Path = "/" + q.Path
	}
	return q, nil
}

// asset returns the record that origins have of an asset, or would have.
func (f *testFlags) asset(ctx context.Context, s assetKeeper, project, plain string) (auth.Asset, bool, error) {
	id := packager.AssetID(plain)
	if project != "" {
		id = packager.AssetID(project + "/" + plain)
	}
	stored, err := s.Asset(ctx, id)
	if err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return auth.Asset{}, false, err
	}
	asset := auth.Asset{
		Published: stored.Visibility == catalog.Published, PublishAt: stored.PublishAt, Expire: stored.ExpireAt, Policy: stored.Policy,
	}
	if f.visibility != "" {
		return auth.Asset{Published: catalog.Visibility(f.visibility) == catalog.Published, Policy: stored.Policy}, true, nil
	}
	return asset, stored.State == catalog.Ready, nil
}
