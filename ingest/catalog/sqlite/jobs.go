package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"headwater/ingest/catalog"
	"headwater/packager"
)

const jobColumns = "id, asset, kind, state, stage, permille, reason, created_ms, updated_ms"

func scanJob(r row) (catalog.Job, error) {
	var j catalog.Job
	var created, updated int64
	err := r.Scan(&j.ID, &j.Asset, &j.Kind, &j.State, &j.Progress.Stage, &j.Progress.Permille, &j.Reason, &created, &updated)
	j.CreatedAt, j.UpdatedAt = timeOf(created), timeOf(updated)
	return j, err
}

func getJob(ctx context.Context, q querier, id catalog.JobID) (catalog.Job, error) {
	j, err := scanJob(q.QueryRowContext(ctx, "SELECT "+jobColumns+" FROM jobs WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		err = catalog.ErrNotFound
	}
	if err != nil {
		return catalog.Job{}, fmt.Errorf("job %s: %w", id, classify(err))
	}
	return j, nil
}

// runningJob returns a job that has not ended.
func runningJob(ctx context.Context, q querier, id catalog.JobID) (catalog.Job, error) {
	j, err := getJob(ctx, q, id)
	if err == nil && j.State != catalog.JobRunning {
		err = fmt.Errorf("job %s: %w: it is %s", id, catalog.ErrConflict, j.State)
	}
	return j, err
}

// insertJob relies on the indexes of the table for the rules.
func insertJob(ctx context.Context, tx *sql.Tx, asset packager.AssetID, job catalog.NewJob, now int64) error {
	if !packager.ValidID(string(job.ID)) {
		return fmt.Errorf("job id %q", job.ID)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO jobs (id, asset, kind, state, created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, ?)",
		job.ID, asset, job.Kind, catalog.JobRunning, now, now)
	if isDuplicate(err) {
		return fmt.Errorf("%w: the asset has a running job, or the id of job %s was used before", catalog.ErrConflict, job.ID)
	}
	return err
}

// CreateJob implements [catalog.Catalog].
func (c *Catalog) CreateJob(ctx context.Context, id packager.AssetID, job catalog.NewJob) (catalog.Job, error) {
	var created catalog.Job
	err := c.update(ctx, func(tx *sql.Tx) error {
		asset, err := getAsset(ctx, tx, id)
		if err != nil {
			return err
		}
		if asset.State == catalog.Deleted {
			return fmt.Errorf("asset %s: %w: it is deleted", id, catalog.ErrConflict)
		}
		now := c.nowMillis()
		if err := insertJob(ctx, tx, id, job, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE assets SET state = ?, updated_ms = ? WHERE id = ? AND state = ?",
			catalog.Ingesting, now, id, catalog.Failed); err != nil {
			return err
		}
		created, err = getJob(ctx, tx, job.ID)
		return err
	})
	if err != nil {
		return catalog.Job{}, fmt.Errorf("create job for asset %s: %w", id, err)
	}
	return created, nil
}

// Job implements [catalog.Catalog].
func (c *Catalog) Job(ctx context.Context, id catalog.JobID) (catalog.Job, error) {
	return getJob(ctx, c.read, id)
}

// Jobs implements [catalog.Catalog].
func (c *Catalog) Jobs(ctx context.Context, filter catalog.JobFilter) ([]catalog.Job, error) {
	if err := checkLimit(filter.Limit); err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	conditions, args := []string{"1 = 1"}, []any{}
	if filter.Asset != "" {
		conditions, args = append(conditions, "asset = ?"), append(args, filter.Asset)
	}
	if filter.State != "" {
		conditions, args = append(conditions, "state = ?"), append(args, filter.State)
	}
	jobs, err := collect(ctx, c.read, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE "+
		strings.Join(conditions, " AND ")+" ORDER BY created_ms DESC, id DESC LIMIT ?", append(args, filter.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return jobs, nil
}

// RunningJobs implements [catalog.Catalog].
func (c *Catalog) RunningJobs(ctx context.Context) ([]catalog.Job, error) {
	// Left to itself SQLite reads all jobs there ever were by age, to save the sorting of a few.
	jobs, err := collect(ctx, c.read, scanJob, "SELECT "+jobColumns+
		" FROM jobs INDEXED BY jobs_running WHERE state = 'running' ORDER BY created_ms, id")
	if err != nil {
		return nil, fmt.Errorf("list running jobs: %w", err)
	}
	return jobs, nil
}

// SetProgress implements [catalog.Catalog].
func (c *Catalog) SetProgress(ctx context.Context, id catalog.JobID, progress catalog.Progress) error {
	return c.update(ctx, func(tx *sql.Tx) error {
		if _, err := runningJob(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE jobs SET stage = ?, permille = ?, updated_ms = ? WHERE id = ?",
			progress.Stage, progress.Permille, c.nowMillis(), id)
		if err != nil {
			return fmt.Errorf("progress of job %s: %w", id, err)
		}
		return nil
	})
}

// FailJob implements [catalog.Catalog].
func (c *Catalog) FailJob(ctx context.Context, id catalog.JobID, reason string) error {
	return c.update(ctx, func(tx *sql.Tx) error {
		job, err := runningJob(ctx, tx, id)
		if err != nil {
			return err
		}
		now := c.nowMillis()
		if err := endJob(ctx, tx, id, catalog.JobFailed, reason, now); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE assets SET state = ?, updated_ms = ? WHERE id = ? AND state = ?",
			catalog.Failed, now, job.Asset, catalog.Ingesting)
		return err
	})
}

func endJob(ctx context.Context, tx *sql.Tx, id catalog.JobID, state catalog.JobState, reason string, now int64) error {
	_, err := tx.ExecContext(ctx, "UPDATE jobs SET state = ?, reason = ?, updated_ms = ? WHERE id = ?", state, reason, now, id)
	if err != nil {
		return fmt.Errorf("end job %s: %w", id, err)
	}
	return nil
}
