package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/auth"
	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
	"headwater/packager"
)

// tokenFlags are what a PlayAuth is to say.
type tokenFlags struct {
	life, preview time.Duration
	user          string
	network       network
	maxHeight     int
	tracks        []string
	referers      []string
	once          bool
	notBefore     instant
}

func (a *app) tokenCommand() *cobra.Command {
	var f tokenFlags
	cmd := &cobra.Command{
		Use:   "token ASSET",
		Short: "Mint a PlayAuth: a token with which a viewer may watch an asset",
		Long: `Mint a PlayAuth for an asset and print two lines: the token, and a URL that plays with it. Players exchange it for a
session when they ask for the entry manifest, so it may be short-lived however long the film is.

It is a JWT that any backend can mint, with the secret that "headwater keys show" prints. A project that has no key for
it gets one. The URL begins with public_url, or with the first domain of the asset's project; where that has none, with the
path.`,
		Example: "  headwater token 3f9c2a\n  headwater token 3f9c2a --user 4711 --ip 203.0.113.9 --max-height 720 --preview 30s\n" +
			"  ffplay $(headwater token 3f9c2a | tail -n 1)",
		Args: oneAsset,
		RunE: func(cmd *cobra.Command, args []string) error {
			claims, err := f.claims(cmd)
			if err != nil {
				return err
			}
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, cfg *config.Config, s system) error {
				return a.token(ctx, cfg, s, packager.AssetID(args[0]), claims)
			})
		},
	}
	f.add(cmd)
	a.addSettings(cmd, "data", "public_url", "auth.secret")
	return cmd
}

func (f *tokenFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.DurationVar(&f.life, "life", auth.PlayAuthLife, "how long it may be exchanged, at most 50m")
	flags.Var(&f.notBefore, "not-before", "when that begins, "+instantHelp)
	flags.StringVar(&f.user, "user", "", "`ID` of the viewer, for counting sessions and revoking")
	flags.Var(&f.network, "ip", "address or network of the viewer")
	flags.IntVar(&f.maxHeight, "max-height", 0, "most `LINES` of video")
	flags.DurationVar(&f.preview, "preview", 0, "play only so much of the beginning, in whole seconds")
	flags.StringSliceVar(&f.tracks, "tracks", nil, "`IDS` of the only tracks to play, with commas")
	flags.StringArrayVar(&f.referers, "referer", nil, "`PATTERN` of the pages that may play it, in place of the policy's; may be repeated")
	flags.BoolVar(&f.once, "once", false, "it may be exchanged once")
}

// claims returns what the flags say; [auth.Mint] judges the rest.
func (f *tokenFlags) claims(cmd *cobra.Command) (auth.Claims, error) {
	now := time.Now()
	c := auth.Claims{
		ID: newTokenID(), User: f.user, Issued: now, NotBefore: f.notBefore.Time, Expires: now.Add(f.life), Client: f.network.Prefix,
		Referers: f.referers, Tracks: f.tracks, MaxHeight: f.maxHeight, PreviewSeconds: int(f.preview / time.Second), Once: f.once,
	}
	switch {
	case f.life < time.Second || f.life > auth.MaxPlayAuthLife:
		return c, usage(cmd, fmt.Sprintf("--life %s: want 1s to %s", f.life, auth.MaxPlayAuthLife))
	case f.preview < 0 || f.preview%time.Second != 0:
		return c, usage(cmd, fmt.Sprintf("--preview %s: want whole seconds", f.preview))
	case !c.NotBefore.Before(c.Expires):
		return c, usage(cmd, "--not-before comes after the end of the token's life; give it a longer --life")
	}
	return c, nil
}

// newTokenID returns an id that is never given twice.
func newTokenID() string { return strings.ToLower(rand.Text()[:16]) }

// token mints a PlayAuth and prints it.
func (a *app) token(ctx context.Context, cfg *config.Config, s system, id packager.AssetID, claims auth.Claims) error {
	c, err := a.mint(ctx, cfg, s, id, claims)
	if err != nil {
		return err
	}
	url := c.base + playPath(id) + "?token=" + c.token
	if a.json {
		return report.JSON(a.stdout, report.Minted{
			Asset: string(id), ID: claims.ID, KeyID: c.keyID, Token: c.token, URL: url, Expires: wholeSeconds(claims.Expires),
		})
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n%s\n", c.token, url)
	return err
}

// wholeSeconds returns an instant as tokens hold it.
func wholeSeconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// credential is a PlayAuth, the id of the key that has signed it, and what the URLs begin with that it is for.
type credential struct{ token, keyID, base string }

// mint makes a PlayAuth for an asset that there is.
func (a *app) mint(ctx context.Context, cfg *config.Config, s system, id packager.AssetID, claims auth.Claims) (credential, error) {
	if _, err := s.Asset(ctx, id); err != nil {
		return credential{}, err
	}
	rules, err := s.Rules(ctx)
	if err != nil {
		return credential{}, err
	}
	key, err := a.signingKey(ctx, s, id.Project(), auth.UsePlayAuth)
	if err != nil {
		return credential{}, err
	}
	claims.Asset = id.Plain()
	token, err := auth.Mint(key, claims)
	return credential{token, key.ID, viewerBase(cfg, rules, id.Project())}, err
}

// signingKey returns the key that signs for a use, and tells when it had to be made.
func (a *app) signingKey(ctx context.Context, s keyKeeper, project string, use auth.Use) (auth.Key, error) {
	key, made, err := s.SigningKey(ctx, project, use)
	if made {
		fmt.Fprintf(a.stderr, "headwater: made the key %s for %s; origins take what it signs within seconds\n", key.ID, use)
	}
	return key, err
}
