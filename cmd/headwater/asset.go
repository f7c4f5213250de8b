package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/cmd/internal/config"
	"headwater/ingest/catalog"
	"headwater/packager"
)

// assetKeeper has what the owner of an asset wants of it.
type assetKeeper interface {
	// Asset returns what the catalogue has of an asset that is not deleted.
	Asset(ctx context.Context, id packager.AssetID) (catalog.Asset, error)
	// UpdateAsset changes who may watch an asset and tells origins. A policy that it names must exist.
	UpdateAsset(ctx context.Context, id packager.AssetID, update catalog.AssetUpdate) error
}

const assetHelp = `Say who may watch an asset. Viewers notice within seconds. "headwater inspect" shows how things are.`

func (a *app) assetCommand() *cobra.Command {
	return group("asset", "Publish, hide or block assets and set their policy", assetHelp,
		a.assetPublishCommand(),
		a.visibilityCommand(catalog.Draft, "draft", "Show assets only by preview link",
			"Make each asset a draft again: it plays by preview link only, until it is published."),
		a.visibilityCommand(catalog.Blocked, "block", "Take assets off the air without removing them",
			"Block each asset, as after a complaint: it plays by preview link only, until it is published. What is stored stays."),
		a.assetPolicyCommand())
}

func (a *app) assetPublishCommand() *cobra.Command {
	var from, until instant
	cmd := a.assetsCommand(&cobra.Command{
		Use:   "publish ASSET…",
		Short: "Let viewers watch assets, now or from a time on",
		Long: `Publish each asset: from now on, or from --at on, for ever, or until --until. Times that were set before do not count any
more. Who may watch it then its policy says.`,
		Example: "  headwater asset publish 3f9c2a\n  headwater asset publish 3f9c2a --at 2026-12-24T18:00:00Z --until 720h",
	}, func(ctx context.Context, s system, id packager.AssetID) error {
		return s.UpdateAsset(ctx, id, catalog.AssetUpdate{Visibility: new(catalog.Published), PublishAt: &from.Time, ExpireAt: &until.Time})
	})
	operands := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		begin := from.Time
		if begin.IsZero() {
			begin = time.Now()
		}
		if !until.IsZero() && !until.After(begin) {
			return usage(cmd, "--until must come after the asset is published")
		}
		return operands(cmd, args)
	}
	cmd.Flags().Var(&from, "at", "when viewers may begin to watch, "+instantHelp+"; now without it")
	cmd.Flags().Var(&until, "until", "when they may no longer; never without it")
	return cmd
}

func (a *app) visibilityCommand(v catalog.Visibility, name, short, long string) *cobra.Command {
	return a.assetsCommand(&cobra.Command{
		Use: name + " ASSET…", Short: short, Long: long, Example: "  headwater asset " + name + " 3f9c2a",
	}, func(ctx context.Context, s system, id packager.AssetID) error {
		return s.UpdateAsset(ctx, id, catalog.AssetUpdate{Visibility: &v})
	})
}

// noPolicy is the operand in place of a policy's name that takes it away.
const noPolicy = "none"

func (a *app) assetPolicyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "policy ASSET NAME|none",
		Short:   "Have a policy of its own hold for an asset",
		Long:    `Have the policy of that name hold for the asset in place of its project's; none gives it that of the project again.`,
		Example: "  headwater asset policy 3f9c2a members\n  headwater asset policy 3f9c2a none",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) != 2 || args[1] == "":
				return usage(cmd, "name one asset and a policy, or none")
			case !packager.ValidAssetID(args[0]):
				return usage(cmd, fmt.Sprintf("%q is no asset id", args[0]))
			}
			return checkPolicyName(cmd, args[1])
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				policy := args[1]
				if policy == noPolicy {
					policy = ""
				}
				err := s.UpdateAsset(ctx, packager.AssetID(args[0]), catalog.AssetUpdate{Policy: &policy})
				return each(ctx, args[:1], func(id string) error { return a.done(cmd.Name(), id, err) })
			})
		},
	}
	a.addSettings(cmd, "data")
	return cmd
}

// checkPolicyName returns an error unless name may be that of a policy, or is empty.
func checkPolicyName(cmd *cobra.Command, name string) error {
	if name != "" && !packager.ValidID(name) {
		return usage(cmd, fmt.Sprintf("policy %q: want a name of a-z, 0-9 and inner hyphens", name))
	}
	return nil
}

// oneAsset is the check of a command that takes one asset.
func oneAsset(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) != 1:
		return usage(cmd, "name one asset")
	case !packager.ValidAssetID(args[0]):
		return usage(cmd, fmt.Sprintf("%q is no asset id", args[0]))
	}
	return nil
}
