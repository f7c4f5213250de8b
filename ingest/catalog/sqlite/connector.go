package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"time"

	"modernc.org/sqlite"

	"headwater/ingest/catalog"
)

// connector opens connections. The driver alone waits for a locked file without heeding the context.
type connector struct{ dataSource string }

// openPause is how long a connection waits for a locked file before it looks at its context.
const openPause = 20 * time.Millisecond

func dataSource(path string, query url.Values) string {
	query.Set("_busy_timeout", fmt.Sprint(openPause.Milliseconds()))
	query.Set("_journal_mode", "WAL")
	query.Set("_synchronous", "FULL")
	query.Set("_foreign_keys", "1")
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

// Driver implements [driver.Connector].
func (connector) Driver() driver.Driver { return new(sqlite.Driver) }

// Connect implements [driver.Connector].
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	deadline := time.Now().Add(patience)
	for {
		conn, err := c.Driver().Open(c.dataSource)
		if err == nil {
			return conn, setPatience(ctx, conn)
		}
		if !errors.Is(classify(err), catalog.ErrLocked) || time.Now().After(deadline) {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
	}
}

// setPatience makes statements wait for a lock; that wait heeds their context.
func setPatience(ctx context.Context, conn driver.Conn) error {
	pragma := fmt.Sprintf("PRAGMA busy_timeout = %d", patience.Milliseconds())
	_, err := conn.(driver.ExecerContext).ExecContext(ctx, pragma, nil)
	return err
}
