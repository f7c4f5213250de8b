package sqlite

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"headwater/ingest/catalog"
)

// isDuplicate reports whether err is about a row that a unique index excludes.
func isDuplicate(err error) bool {
	code := codeOf(err)
	return code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// classify adds the kinds of failure of package catalog, and the errno of a full disk, to errors of SQLite.
func classify(err error) error {
	code := codeOf(err)
	if code == sqlite3.SQLITE_IOERR_SHMSIZE { // a file beside the database cannot grow
		return fmt.Errorf("%w: %w", syscall.ENOSPC, err)
	}
	const primary = 0xff
	switch code & primary {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", catalog.ErrDamaged, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: %w", catalog.ErrLocked, err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", syscall.ENOSPC, err)
	default:
		return err
	}
}

// codeOf returns the extended result code of SQLite; 0 when err is none of its errors.
func codeOf(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return sqlite3.SQLITE_OK
	}
	return e.Code()
}

// explainOpen adds why the file cannot be opened, which SQLite keeps to itself.
func explainOpen(err error, path string) error {
	if codeOf(err) == sqlite3.SQLITE_OK {
		return err
	}
	f, cause := os.OpenFile(path, os.O_RDWR, 0)
	if cause != nil {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return errors.Join(classify(err), f.Close())
}
