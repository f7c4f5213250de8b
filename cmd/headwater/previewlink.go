package main

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/auth"
	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
	"headwater/packager"
)

// linkKeeper has the preview links.
type linkKeeper interface {
	// PreviewLinks returns those that have not expired.
	PreviewLinks(ctx context.Context) ([]report.PreviewLink, error)
	// AddPreviewLink notes a link that was made.
	AddPreviewLink(ctx context.Context, link report.PreviewLink) error
	// RevokePreviewLink makes a link void, with its sessions, and forgets it.
	RevokePreviewLink(ctx context.Context, id string) (report.PreviewLink, error)
}

const previewLinkHelp = `Preview links let reviewers watch an asset that is not published. Who has the link may watch, until it expires or is
revoked; its policy's rules of pages, addresses and countries hold for reviewers too.`

func (a *app) previewLinkCommand() *cobra.Command {
	return group("preview-link", "Make, list and revoke links for reviewers of unpublished assets", previewLinkHelp,
		a.previewLinkCreateCommand(), a.previewLinkListCommand(), a.previewLinkRevokeCommand())
}

// maxNote bounds what is noted of a link, in bytes.
const maxNote = 256

func (a *app) previewLinkCreateCommand() *cobra.Command {
	var life time.Duration
	var note string
	cmd := &cobra.Command{
		Use:   "create ASSET",
		Short: "Make a preview link and print its URL",
		Long: `Make a link with which anybody may watch the asset, published or not, and print its URL. It is not stored and cannot be
printed again.`,
		Example: "  headwater preview-link create 3f9c2a --life 8h --note 'for the lawyers'",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case life < time.Second || life > auth.MaxPreviewLinkLife:
				return usage(cmd, fmt.Sprintf("--life %s: want 1s to %s", life, auth.MaxPreviewLinkLife))
			case len(note) > maxNote || !utf8.ValidString(note):
				return usage(cmd, fmt.Sprintf("--note: want at most %d bytes of text", maxNote))
			}
			return oneAsset(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, cfg *config.Config, s system) error {
				return a.createLink(ctx, cfg, s, packager.AssetID(args[0]), life, note)
			})
		},
	}
	cmd.Flags().DurationVar(&life, "life", auth.MaxPreviewLinkLife, "how long it may be opened, at most 24h")
	cmd.Flags().StringVar(&note, "note", "", "`TEXT` to know it by in the list")
	a.addSettings(cmd, "data", "public_url", "auth.secret")
	return cmd
}

// createLink makes a link, notes it and prints it.
func (a *app) createLink(ctx context.Context, cfg *config.Config, s system, id packager.AssetID, life time.Duration, note string) error {
	now := time.Now()
	claims := auth.Claims{ID: newTokenID(), Issued: now, Expires: now.Add(life), Draft: true}
	c, err := a.mint(ctx, cfg, s, id, claims)
	if err != nil {
		return err
	}
	link := report.PreviewLink{
		ID: claims.ID, Asset: string(id), Created: wholeSeconds(now), Expires: wholeSeconds(claims.Expires), Note: note,
	}
	if err := s.AddPreviewLink(ctx, link); err != nil {
		return err
	}
	url := c.base + "/s/" + c.token + playPath(id)
	if a.json {
		return report.JSON(a.stdout, report.MadeLink{PreviewLink: link, URL: url})
	}
	_, err = fmt.Fprintln(a.stdout, url)
	return err
}

func (a *app) previewLinkListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the preview links that have not expired",
		Example: "  headwater preview-link list",
		Args:    noOperands,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				links, err := s.PreviewLinks(ctx)
				if err != nil {
					return err
				}
				return printList(a, report.PreviewLinkHeadings, links)
			})
		},
	}
	a.addSettings(cmd, "data")
	return cmd
}

func (a *app) previewLinkRevokeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "revoke ID",
		Short:   "Make a preview link void, with all who watch by it",
		Example: "  headwater preview-link revoke x7k2m4q9",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(cmd, "name one preview link by its id")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				link, err := s.RevokePreviewLink(ctx, args[0])
				if err != nil {
					return err
				}
				if a.json {
					return report.JSON(a.stdout, link)
				}
				_, err = fmt.Fprintln(a.stdout, link.ID)
				return err
			})
		},
	}
	a.addSettings(cmd, "data")
	return cmd
}
