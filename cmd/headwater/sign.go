package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/auth"
	"headwater/auth/urlsign"
	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
)

// signFlags say how a URL is signed.
type signFlags struct {
	form, project, key, uid string
	life                    time.Duration
	previewSeconds          int
}

func (a *app) signCommand() *cobra.Command {
	var f signFlags
	cmd := &cobra.Command{
		Use:   "sign URL|PATH",
		Short: "Sign a URL as CDNs verify it",
		Long: `Sign the URL of a manifest, segment or download and print it. The types A, B, C and F are those that CDNs verify; how they
are spelt is set in the project (signed_url), and so is the validity that is counted from the time in the URL.

A URL needs a host that belongs to the project; of a path, which begins with /v/, the host is filled in as for
"headwater token". A project that has no key for URLs gets one.`,
		Example: "  headwater sign /v/3f9c2a/hls/master.m3u8 --expires-in 30m\n" +
			"  headwater sign https://video.example.com/v/3f9c2a/hls/master.m3u8 --type A --uid 4711 --preview 120",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(cmd, "name one URL or path")
			}
			return f.check(cmd)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, cfg *config.Config, s system) error {
				signed, err := a.sign(ctx, cfg, s, args[0], &f)
				if err != nil {
					return err
				}
				if a.json {
					return report.JSON(a.stdout, signed)
				}
				_, err = fmt.Fprintln(a.stdout, signed.URL)
				return err
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.form, "type", "A", "`TYPE` of the signature: A, B, C or F")
	addProject(flags, &f.project, "`NAME` of the project; the one of the URL's host without it")
	flags.StringVar(&f.key, "key", "", "`ID` of the key; the one that signs without it")
	flags.DurationVar(&f.life, "expires-in", 30*time.Minute, "how long the URL is good")
	flags.StringVar(&f.uid, "uid", "", "`ID` of the viewer (type A)")
	flags.IntVar(&f.previewSeconds, "preview", 0, "play only so many `SECONDS` of the beginning (type A)")
	a.addSettings(cmd, "data", "public_url", "auth.secret")
	return cmd
}

func (f *signFlags) check(cmd *cobra.Command) error {
	form, err := urlsign.ParseType(f.form)
	switch {
	case err != nil:
		return usage(cmd, fmt.Sprintf("--type %q: want A, B, C or F", f.form))
	case form != urlsign.A && (f.uid != "" || f.previewSeconds != 0):
		return usage(cmd, "--uid and --preview go with --type A: the other types cannot hold them")
	case f.life <= 0 || f.life > auth.MaxLife:
		return usage(cmd, fmt.Sprintf("--expires-in %s: want more than 0, at most %s", f.life, auth.MaxLife))
	case f.previewSeconds < 0:
		return usage(cmd, "--preview: want 1 or more seconds")
	}
	return nil
}

// sign signs a URL, or a path, with the key of the project that it belongs to.
func (a *app) sign(ctx context.Context, cfg *config.Config, s system, operand string, f *signFlags) (report.SignedURL, error) {
	rules, err := s.Rules(ctx)
	if err != nil {
		return report.SignedURL{}, err
	}
	base, path, err := f.split(ctx, cfg, s, rules, operand)
	if err != nil {
		return report.SignedURL{}, err
	}
	scheme, err := signingScheme(rules, f.project)
	if err != nil {
		return report.SignedURL{}, err
	}
	key, err := a.urlKey(ctx, s, f)
	if err != nil {
		return report.SignedURL{}, err
	}
	form, err := urlsign.ParseType(f.form)
	if err != nil {
		return report.SignedURL{}, err
	}
	at := time.Now().Add(f.life - scheme.Validity)
	signed := string(scheme.Append(nil, form, path, key, at, "", f.uid, f.previewSeconds))
	result, err := verify(&scheme, signed, key)
	if err != nil {
		return report.SignedURL{}, err
	}
	return report.SignedURL{URL: base + signed, KeyID: key.ID, Type: form.String(), Expires: result.Expires.UTC()}, nil
}

// split parts an operand into what stands before the path and the path, and settles the project.
func (f *signFlags) split(ctx context.Context, cfg *config.Config, s ruleKeeper, rules auth.Rules, operand string) (base, path string, err error) {
	if strings.HasPrefix(operand, "/") {
		return viewerBase(cfg, rules, f.project), operand, nil
	}
	parsed, err := url.Parse(operand)
	if err != nil || parsed.Host == "" {
		return "", "", fmt.Errorf("%s: want a URL with a host, or a path that begins with /v/", report.Printable(operand))
	}
	if f.project == "" {
		if f.project, err = projectOf(ctx, s, parsed.Host); err != nil {
			return "", "", err
		}
	}
	if public := cfg.PublicURL; public != "" && strings.HasPrefix(operand, public+"/") {
		return public, operand[len(public):], nil
	}
	base = parsed.Scheme + "://" + parsed.Host
	return base, strings.TrimPrefix(operand, base), nil
}

// projectOf returns the project that a host selects.
func projectOf(ctx context.Context, s ruleKeeper, host string) (string, error) {
	engine, err := s.Engine(ctx)
	if err != nil {
		return "", err
	}
	var visit auth.Visit
	if err := engine.Begin(&visit, auth.Request{Host: host}); err != nil {
		return "", err
	}
	return visit.Project(), nil
}

// signingScheme returns how the signed URLs of a project are spelt.
func signingScheme(rules auth.Rules, project string) (urlsign.Scheme, error) {
	if project == "" {
		project = auth.DefaultProject
	}
	for i := range rules.Projects {
		if rules.Projects[i].Name == project {
			return rules.Projects[i].SignedURL.Scheme()
		}
	}
	return (&auth.URLRule{}).Scheme()
}

// urlKey returns the key to sign with.
func (a *app) urlKey(ctx context.Context, s keyKeeper, f *signFlags) (urlsign.Key, error) {
	if f.key == "" {
		key, err := a.signingKey(ctx, s, f.project, auth.UseURL)
		return urlsign.Key{ID: key.ID, Secret: key.Secret}, err
	}
	ring, err := s.Keys(ctx)
	if err != nil {
		return urlsign.Key{}, err
	}
	key, ok := ring.Find(f.project, auth.UseURL, f.key, time.Now())
	if !ok {
		return urlsign.Key{}, fmt.Errorf("there is no key %q for URLs%s that verifies; see headwater keys list --use url",
			f.key, inProject(f.project))
	}
	return urlsign.Key{ID: key.ID, Secret: key.Secret}, nil
}

// verify reads a signed URL as an origin does. The error says what in it no origin takes.
func verify(scheme *urlsign.Scheme, signed string, key urlsign.Key) (urlsign.Result, error) {
	path, query, _ := strings.Cut(signed, "?")
	plain, signature, found, err := scheme.Split(path, query)
	if err != nil || !found || !strings.HasPrefix(plain, scheme.Prefix) {
		return urlsign.Result{}, errors.New("no origin would take this: want a path that begins with /v/, without query and " +
			"percent-encoded, a --uid of up to 64 letters, digits, '_' and '.', and a --type that the project takes")
	}
	return signature.Verify([]urlsign.Key{key}, time.Now())
}
