package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"headwater/ingest/catalog"
)

// patience is how long is waited for another process that writes or migrates. Both take milliseconds.
const patience = 20 * time.Second

// readers is how many queries run at once in one process.
const readers = 4

// Catalog is a catalogue in a file. Safe for concurrent use.
type Catalog struct {
	path  string
	now   func() time.Time
	write *sql.DB // one connection, whose transactions take the write lock at their start
	read  *sql.DB
}

var _ catalog.Catalog = (*Catalog)(nil)

// Open opens the catalogue in the file at path, makes it where it is missing and brings it to the present schema. now is
// the clock. A file that a newer program has migrated is an error. Waiting for another process ends with ctx, or with
// [catalog.ErrLocked].
func Open(ctx context.Context, path string, now func() time.Time) (*Catalog, error) {
	c, err := open(ctx, path, now)
	if err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", path, err)
	}
	return c, nil
}

func open(ctx context.Context, path string, now func() time.Time) (*Catalog, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	c := &Catalog{path: path, now: now}
	// Of several processes that begin at once, one makes the file a WAL database and migrates it; the others wait.
	unlock, err := lockForMigration(ctx, path)
	if err != nil {
		return nil, err
	}
	err = explainOpen(c.connect(ctx), path)
	if err := errors.Join(err, unlock()); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Catalog) connect(ctx context.Context) error {
	c.write = sql.OpenDB(connector{dataSource(c.path, url.Values{"_txlock": {"immediate"}})})
	c.write.SetMaxOpenConns(1)
	if err := migrate(ctx, c.write); err != nil {
		return err
	}
	c.read = sql.OpenDB(connector{dataSource(c.path, url.Values{"_query_only": {"1"}})})
	c.read.SetMaxOpenConns(readers)
	c.read.SetMaxIdleConns(readers)
	return nil
}

// Close closes the file. No call may be running.
func (c *Catalog) Close() error {
	var errs []error
	for _, db := range []*sql.DB{c.read, c.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// update runs f in a transaction that is alone in writing from its start, so that what it reads stays true.
func (c *Catalog) update(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := c.write.BeginTx(ctx, nil)
	if err != nil {
		return classify(err)
	}
	if err := f(tx); err != nil {
		return classify(errors.Join(err, tx.Rollback()))
	}
	return classify(tx.Commit())
}

// execute runs one statement that writes.
func (c *Catalog) execute(ctx context.Context, statement string, args ...any) error {
	_, err := c.write.ExecContext(ctx, statement, args...)
	return classify(err)
}

// nowMillis reads the clock as it is stored.
func (c *Catalog) nowMillis() int64 { return c.now().UnixMilli() }

func timeOf(millis int64) time.Time { return time.UnixMilli(millis).UTC() }

// querier is what reads: a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// row is what one row of a result is scanned from.
type row interface{ Scan(dest ...any) error }

// collect scans all rows of a query.
func collect[T any](ctx context.Context, q querier, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, classify(err)
		}
		all = append(all, one)
	}
	return all, classify(rows.Err())
}

// checkLimit returns an error unless limit is the size of a page.
func checkLimit(limit int) error {
	if limit < 1 || limit > catalog.MaxPage {
		return fmt.Errorf("page of %d: want 1 to %d", limit, catalog.MaxPage)
	}
	return nil
}
