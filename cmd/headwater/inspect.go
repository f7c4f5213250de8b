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

// assetInspector describes stored assets.
type assetInspector interface {
	// InspectAsset describes the published generation of the asset and the state of its last job.
	InspectAsset(ctx context.Context, id packager.AssetID) (*report.Inspection, error)
}

func (a *app) inspectCommand() *cobra.Command {
	var fragments bool
	cmd := &cobra.Command{
		Use:   "inspect ASSET|FILE",
		Short: "Show the tracks, codecs, durations and fragments of an asset or a file",
		Long: `Show what an asset holds, or what is in a file: a track file, a presentation index or any media file.

An operand that can be an asset's id, alone or behind a project's name and a slash, is one; write ./name for a file of
such a name.`,
		Example: "  headwater inspect 3f9c2a\n  headwater inspect --fragments ./video.mp4\n  headwater inspect --json 3f9c2a",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(cmd, "name one asset or file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			inspection, err := a.inspect(cmd, args[0])
			if err != nil {
				return fmt.Errorf("inspect %s: %w", report.Printable(args[0]), err)
			}
			if a.json {
				return report.JSON(a.stdout, inspection)
			}
			return inspection.Table(a.stdout, fragments)
		},
	}
	cmd.Flags().BoolVar(&fragments, "fragments", false, "list the fragments of each track too")
	a.addSettings(cmd, "data")
	return cmd
}

func (a *app) inspect(cmd *cobra.Command, operand string) (inspection *report.Inspection, err error) {
	if !packager.ValidAssetID(operand) {
		loaded, err := a.load()
		if err != nil {
			return nil, err
		}
		return a.parts.inspectFile(cmd.Context(), &loaded.Config, operand)
	}
	err = a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
		inspection, err = s.InspectAsset(ctx, packager.AssetID(operand))
		return err
	})
	return inspection, err
}
