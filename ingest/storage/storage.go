package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Kinds of failure. Backends wrap them; test with errors.Is.
var (
	// ErrNotExist: no object has that key.
	ErrNotExist = errors.New("no such object")
	// ErrFull: there is no room for the object. What was stored before is untouched; try again when there is room.
	ErrFull = errors.New("storage is full")
	// ErrInvalidKey: the key breaks the rules of [CheckKey], or is the folder of another key where the backend keeps
	// objects as files.
	ErrInvalidKey = errors.New("invalid key")
	// ErrUnavailable: the backend did not answer or could not read its medium. The outcome of a write is unknown; every
	// operation may be repeated.
	ErrUnavailable = errors.New("storage is unavailable")
)

// ToEnd is the length of a range that reads to the end of the object.
const ToEnd = -1

// MaxList is the largest number of objects that one List returns.
const MaxList = 1000

// Info describes an object.
type Info struct {
	Key       string
	SizeBytes int64
	// ModTime is when the object was put, by the clock of the backend, with the resolution that it has. UTC.
	ModTime time.Time
}

// Store keeps objects. All methods are safe for concurrent use, also by several processes on one backend, and return an
// error of the context when it ends first. Keys follow the rules of [CheckKey].
type Store interface {
	// Put stores exactly sizeBytes bytes of body under key and replaces what was there. It is atomic: a reader, and a
	// start after a crash, finds the old object or the new one whole. When Put returns nil the object survives a loss of
	// power. A body of another length is an error and changes nothing. Errors wrap ErrFull, ErrInvalidKey, ErrUnavailable
	// or what body returned.
	Put(ctx context.Context, key string, body io.Reader, sizeBytes int64) error

	// Open returns the bytes of an object from offset (0 or more) on: length of them (1 or more), or all with [ToEnd]. A
	// range that reaches past the end yields the bytes that there are, perhaps none; a caller who knows the size reads
	// with io.ReadFull. The reader keeps the bytes that the object had when it was opened, whatever is put or deleted
	// meanwhile; it must be closed and is not safe for concurrent use. Errors wrap ErrNotExist.
	Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)

	// Stat describes an object. Errors wrap ErrNotExist.
	Stat(ctx context.Context, key string) (Info, error)

	// List returns up to limit (1 to [MaxList]) objects whose keys begin with prefix and come after the key after, in
	// the order of their bytes. Fewer than limit means that there are no more. Objects put or deleted while pages are
	// being read may be missed or seen; all others are seen once.
	List(ctx context.Context, prefix, after string, limit int) ([]Info, error)

	// Delete removes an object, for good when it returns nil. That there is none is no error.
	Delete(ctx context.Context, key string) error
}

// FileImporter is the capability of a store on a local disk to take a file over without copying it.
type FileImporter interface {
	// ImportFile stores the regular file at path under key, with the promises of Put, and removes it from path. The
	// caller must not write to it any more. It returns [ErrOtherDisk], and leaves the file, when the store cannot take
	// it over from where it is.
	ImportFile(ctx context.Context, key, path string) error
}

// ErrOtherDisk says that a file lies where it can only be copied from.
var ErrOtherDisk = errors.New("file is on another disk than the storage")

// Filer is the capability of a store on a local disk to hand out the file of an object, for sendfile.
type Filer interface {
	// File opens the object for reading, with the promises of Open. The caller closes it. Errors wrap ErrNotExist.
	File(key string) (*os.File, error)
}

// PutFile moves the regular file at path into s under key: taken over where s can do that, else copied and removed. The
// promises are those of Put; after an error the file is still at path, unless the error is about removing it.
func PutFile(ctx context.Context, s Store, key, path string) error {
	if importer, ok := s.(FileImporter); ok {
		if err := importer.ImportFile(ctx, key, path); !errors.Is(err, ErrOtherDisk) {
			return err
		}
	}
	if err := copyFile(ctx, s, key, path); err != nil {
		return err
	}
	return os.Remove(path)
}

func copyFile(ctx context.Context, s Store, key, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("put %s: %s is not a regular file", key, path)
	}
	return s.Put(ctx, key, f, info.Size())
}
