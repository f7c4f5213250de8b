package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
	"headwater/ingest"
	"headwater/ingest/catalog"
)

// ingester stores files.
type ingester interface {
	// Ingest stores the file as a new asset, as intent says, and returns when its last generation is published. It calls progress from
	// one goroutine at a time. On an error the result holds the asset of the failed job, if it came to one. When ctx
	// ends it ends the job visibly and returns.
	Ingest(ctx context.Context, file string, intent ingest.Intent, progress func(report.Progress)) (report.Ingested, error)
}

func (a *app) ingestCommand() *cobra.Command {
	var intent ingest.Intent
	draft := false
	cmd := &cobra.Command{
		Use:   "ingest FILE…",
		Short: "Store files as new assets",
		Long: `Store each file as a new asset: probe it, encode the renditions of the ladder, publish.

The id of each asset is printed on standard output, alone on its line, when it is published; progress and errors go to
standard error. It works beside a running server on the same data folder. A file that fails does not stop the others.
Ctrl-C ends the job and leaves nothing half done.

Viewers may watch an asset as soon as it plays, as its policy says, unless it is a draft: see "headwater asset publish".`,
		Example: "  headwater ingest --data /var/lib/headwater film.mp4 trailer.mov\n" +
			"  id=$(headwater ingest film.mp4)\n  headwater ingest --draft --policy members film.mp4",
		Args: func(cmd *cobra.Command, files []string) error {
			if draft {
				intent.Visibility = catalog.Draft
			}
			return firstError(operands("file")(cmd, files), checkPolicyName(cmd, intent.Policy))
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				return a.ingest(ctx, s, files, intent)
			})
		},
	}
	addProject(cmd.Flags(), &intent.Project, "`NAME` of the project that the assets belong to; the default one without it")
	cmd.Flags().StringVar(&intent.Policy, "policy", "", "`NAME` of a policy of their own")
	cmd.Flags().BoolVar(&draft, "draft", false, "show them only by preview link until they are published")
	a.addSettings(cmd, "data", "ingest.")
	return cmd
}

func (a *app) ingest(ctx context.Context, s ingester, files []string, intent ingest.Intent) error {
	return each(ctx, files, func(file string) error {
		a.stderr.Start(file)
		result, err := s.Ingest(ctx, file, intent, a.stderr.Update)
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
