package wire

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"headwater/cmd/internal/report"
	"headwater/ingest"
	"headwater/ingest/ffmpeg/sandbox"
	"headwater/packager"
)

// Ingest stores the file as a new asset, as intent says, and returns when its last generation is published. On an error the result
// holds the asset of the failed job, if it came to one.
func (s *System) Ingest(ctx context.Context, file string, intent ingest.Intent, progress func(report.Progress)) (done report.Ingested, err error) {
	start := time.Now()
	err = s.withControlPlane(ctx, func(c *controlPlane) error {
		if err := c.reconcile(ctx); err != nil {
			return err
		}
		if err := c.checkPolicy(ctx, intent.Policy); err != nil {
			return err
		}
		s.warnOfSandbox()
		result, err := c.ingester.Ingest(ctx, file, intent, func(p ingest.Progress) { progress(progressOf(p)) })
		done = ingestedOf(result)
		return userError(err)
	})
	done.ElapsedSeconds = time.Since(start).Seconds()
	return done, err
}

func (s *System) warnOfSandbox() {
	if layers := sandbox.Detect(); !layers.Complete() {
		s.log.Warn("ffmpeg is contained less than it could be on another kernel or with other rights", zap.Stringer("layers", layers))
	}
}

func progressOf(p ingest.Progress) report.Progress {
	phase := p.Stage
	if p.Generation > 0 {
		phase += " (plays already as " + string(p.Asset) + ")"
	}
	return report.Progress{Phase: phase, Fraction: p.Fraction, Speed: p.Speed}
}

func ingestedOf(result ingest.Result) report.Ingested {
	done := report.Ingested{Asset: string(result.Asset)}
	if p := result.Presentation; p != nil {
		done.Generation, done.Tracks = p.Generation, len(p.Tracks)
		done.DurationSeconds = float64(p.Grid.End()) / float64(p.Grid.Timescale)
	}
	return done
}

// userError keeps of the failure of a job what its user needs.
func userError(err error) error {
	var failed *ingest.JobError
	if errors.As(err, &failed) {
		return errors.New(failed.Reason)
	}
	return err
}

// Delete takes the asset away from viewers for ever, then removes its objects.
func (s *System) Delete(ctx context.Context, id packager.AssetID) error {
	return s.withControlPlane(ctx, func(c *controlPlane) error { return c.publisher.Delete(ctx, id) })
}

// Reindex writes the presentation index of the asset's current generation again, from its track files.
func (s *System) Reindex(ctx context.Context, id packager.AssetID) error {
	return s.withControlPlane(ctx, func(c *controlPlane) error {
		if err := c.reconcile(ctx); err != nil {
			return err
		}
		_, err := c.ingester.Reindex(ctx, id)
		return userError(err)
	})
}
