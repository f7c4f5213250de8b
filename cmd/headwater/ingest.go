package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
)

// ingester stores files.
type ingester interface {
	// Ingest stores the file as a new asset and returns when its last generation is published. It calls progress from
	// one goroutine at a time. On an error the result holds the asset of the failed job, if it came to one. When ctx
	// ends it ends the job visibly and returns.
	Ingest(ctx context.Context, file string, progress func(report.Progress)) (report.Ingested, error)
}

func (a *app) ingestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ingest FILE…",
		Short: "Store files as new assets",
		Long: `Store each file as a new asset: probe it, encode the renditions of the ladder, publish.

The id of each asset is printed on standard output, alone on its line, when it is published; progress and errors go to
standard error. It works beside a running server on the same data folder. A file that fails does not stop the others.
Ctrl-C ends the job and leaves nothing half done.`,
		Example: "  headwater ingest --data /var/lib/headwater film.mp4 trailer.mov\n" +
			"  id=$(headwater ingest film.mp4)",
		Args: operands("file"),
		RunE: func(cmd *cobra.Command, files []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				return a.ingest(ctx, s, files)
			})
		},
	}
	a.addSettings(cmd, "data", "ingest.")
	return cmd
}

func (a *app) ingest(ctx context.Context, s ingester, files []string) error {
	return each(ctx, files, func(file string) error {
		a.stderr.Start(file)
		result, err := s.Ingest(ctx, file, a.stderr.Update)
		result.File = file
		if err != nil {
			result.Error = explain(err)
		}
		fmt.Fprintln(a.stderr, result)
		switch {
		case a.json:
			return firstError(err, report.JSON(a.stdout, result))
		case err != nil:
			return err
		}
		_, err = fmt.Fprintln(a.stdout, result.Asset)
		return err
	})
}

// firstError returns the first of errs that is one.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
