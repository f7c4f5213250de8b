package sqlite

import (
	"context"
	"database/sql"
)

// MigrateTo makes the schema of db what an earlier program made of it.
func MigrateTo(ctx context.Context, db *sql.DB, version int64) error {
	provider, err := migrator(db)
	if err == nil {
		_, err = provider.UpTo(ctx, version)
	}
	return err
}

// Pools returns the connections by what they do.
func (c *Catalog) Pools() map[string]*sql.DB {
	return map[string]*sql.DB{"write": c.write, "read": c.read}
}
