package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
	"headwater/packager"
)

// deleter removes assets.
type deleter interface {
	// Delete takes the asset out of the catalogue and the feed, then its objects out of storage.
	Delete(ctx context.Context, id packager.AssetID) error
}

// reindexer rebuilds what derives from track files.
type reindexer interface {
	// Reindex writes the presentation index of the asset's current generation again, from its track files.
	Reindex(ctx context.Context, id packager.AssetID) error
}

func (a *app) deleteCommand() *cobra.Command {
	return a.assetsCommand(&cobra.Command{
		Use:   "delete ASSET…",
		Short: "Remove assets with everything that is stored of them",
		Long: `Remove each asset: viewers get 404 within seconds, then its objects are removed. There is no way back.
The id of each removed asset is printed on standard output.`,
		Example: "  headwater delete --data /var/lib/headwater 3f9c2a",
	}, func(ctx context.Context, s system, id packager.AssetID) error { return s.Delete(ctx, id) })
}

func (a *app) reindexCommand() *cobra.Command {
	return a.assetsCommand(&cobra.Command{
		Use:   "reindex ASSET…",
		Short: "Rebuild the presentation index of assets from their track files",
		Long: `Rebuild the presentation index of each asset from its track files, which are not changed. The remedy for an index
that is damaged or lost. The id of each asset is printed on standard output when it is done.`,
		Example: "  headwater reindex --data /var/lib/headwater 3f9c2a",
	}, func(ctx context.Context, s system, id packager.AssetID) error { return s.Reindex(ctx, id) })
}

// assetsCommand completes a command that does the same to each of the assets it is given.
func (a *app) assetsCommand(cmd *cobra.Command, work func(context.Context, system, packager.AssetID) error) *cobra.Command {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		for _, id := range args {
			if !packager.ValidAssetID(id) {
				return usage(cmd, fmt.Sprintf("%q is no asset id", id))
			}
		}
		return operands("asset")(cmd, args)
	}
	cmd.RunE = func(cmd *cobra.Command, ids []string) error {
		return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
			return each(ctx, ids, func(id string) error {
				return a.done(cmd.Name(), id, work(ctx, s, packager.AssetID(id)))
			})
		})
	}
	a.addSettings(cmd, "data")
	return cmd
}

// done tells how the action on an asset ended, and returns err or why that could not be told.
func (a *app) done(action, id string, err error) error {
	result := report.Done{Asset: id}
	if err != nil {
		result.Error = explain(err)
		fmt.Fprintf(a.stderr, "headwater: %s %s: %s\n", action, id, result.Error)
	}
	switch {
	case a.json:
		return firstError(err, report.JSON(a.stdout, result))
	case err != nil:
		return err
	}
	_, err = fmt.Fprintln(a.stdout, id)
	return err
}
