// Package local is the storage backend for objects in files below a folder of a local disk.
//
// An object is a file whose path below the folder is its key. A Put writes a temporary file, flushes it to the disk,
// renames it into place and flushes the folders, so that a crash leaves the old object or the new one, and one that was
// acknowledged survives a loss of power. Every path is resolved below the folder by the kernel ([os.Root]): neither a
// key nor a symbolic link inside leads out of it.
//
// Temporary files lie in a folder of their own whose name no key can have. The writer holds a lock on its file;
// [Store.Clean] removes those whose lock it gets, because their writers are dead. So several processes may use one folder.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"headwater/ingest/storage"
)

// Modes of what is made: the group may read, so that a backup need not run as the server's user.
const (
	folderMode = 0o750
	fileMode   = 0o444 // objects are replaced, never written to; the folders keep others out
)

// Store keeps objects in files. Safe for concurrent use, also by several processes on one folder.
type Store struct{ root *os.Root }

var (
	_ storage.Store        = (*Store)(nil)
	_ storage.FileImporter = (*Store)(nil)
	_ storage.Filer        = (*Store)(nil)
)

// Open opens the store in dir and makes the folder where it is missing. Where it is there nothing is written, so that a
// disk that is full or read-only can be read from.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	return &Store{root}, nil
}

// Close lets go of the folder. Open readers stay valid; no other call may be running or follow.
func (s *Store) Close() error { return s.root.Close() }

// Put implements [storage.Store].
func (s *Store) Put(ctx context.Context, key string, body io.Reader, sizeBytes int64) error {
	if err := s.put(ctx, key, body, sizeBytes); err != nil {
		return fmt.Errorf("put %s: %w", key, classifyWrite(err))
	}
	return nil
}

func (s *Store) put(ctx context.Context, key string, body io.Reader, sizeBytes int64) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	t, err := s.createTemporary()
	if err != nil {
		return err
	}
	defer t.close()
	if err := storage.CopyBody(ctx, t.file, body, sizeBytes); err != nil {
		return err
	}
	if err := t.file.Sync(); err != nil {
		return err
	}
	return s.place(key, func() error { return s.root.Rename(t.name, key) })
}

// ImportFile implements [storage.FileImporter]. It renames the file, so that nothing of it is read or written.
func (s *Store) ImportFile(ctx context.Context, key, path string) error {
	if err := s.importFile(ctx, key, path); err != nil {
		return fmt.Errorf("put %s: import %s: %w", key, path, classifyWrite(err))
	}
	return nil
}

func (s *Store) importFile(ctx context.Context, key, file string) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if err := prepareImport(file); err != nil {
		return err
	}
	return s.place(key, func() error {
		folder, err := s.root.Open(path.Dir(key))
		if err != nil {
			return err
		}
		defer folder.Close()
		err = unix.Renameat(unix.AT_FDCWD, file, int(folder.Fd()), path.Base(key))
		if errors.Is(err, unix.EXDEV) {
			return storage.ErrOtherDisk
		}
		return err
	})
}

// prepareImport flushes a file that is about to become an object.
func prepareImport(file string) error {
	f, err := os.OpenFile(file, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if err := f.Chmod(fileMode); err != nil {
		return err
	}
	return f.Sync()
}

// placeAttempts is how often a folder may vanish between its making and its use.
const placeAttempts = 100

// place calls rename, which gives a finished file the name key, in a folder that exists, and flushes the folders.
func (s *Store) place(key string, rename func() error) error {
	folder := path.Dir(key)
	var err error
	for range placeAttempts {
		if err = s.root.MkdirAll(folder, folderMode); err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrExist) {
			return err
		}
		// A Delete may have removed the folder, which was empty until now, or while it was looked at because it existed. Where
		// a file has its name, rename tells.
		if err = rename(); !errors.Is(err, os.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return err
	}
	return s.syncFolders(folder)
}

// syncFolders flushes folder and those above it. All of them, because another process may have made one a moment ago
// without having flushed it yet; where nothing has changed it costs next to nothing.
func (s *Store) syncFolders(folder string) error {
	for ; ; folder = path.Dir(folder) {
		if err := s.syncFolder(folder); err != nil {
			return err
		}
		if folder == "." {
			return nil
		}
	}
}

// syncFolder flushes the entries of a folder. One that is gone has none.
func (s *Store) syncFolder(folder string) error {
	f, err := s.root.Open(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Open implements [storage.Store].
func (s *Store) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := errors.Join(ctx.Err(), storage.CheckRange(offset, length)); err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	f, err := s.File(key)
	if err != nil {
		return nil, err
	}
	if length == storage.ToEnd {
		length = 1<<63 - 1 - offset
	}
	return rangeReader{io.NewSectionReader(f, offset, length), f}, nil
}

// rangeReader reads a range of a file and closes it.
type rangeReader struct {
	*io.SectionReader
	file *os.File
}

func (r rangeReader) Close() error { return r.file.Close() }

// File implements [storage.Filer].
func (s *Store) File(key string) (*os.File, error) {
	f, _, err := s.file(key)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, classifyRead(err))
	}
	return f, nil
}

func (s *Store) file(key string) (*os.File, os.FileInfo, error) {
	if err := storage.CheckKey(key); err != nil {
		return nil, nil, err
	}
	f, err := s.root.OpenFile(key, os.O_RDONLY|unix.O_NONBLOCK, 0) // what is not a file must not block
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = storage.ErrNotExist
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// Stat implements [storage.Store].
func (s *Store) Stat(ctx context.Context, key string) (storage.Info, error) {
	info, err := s.stat(ctx, key)
	if err != nil {
		return storage.Info{}, fmt.Errorf("stat %s: %w", key, classifyRead(err))
	}
	return infoOf(key, info), nil
}

func (s *Store) stat(ctx context.Context, key string) (os.FileInfo, error) {
	if err := check(ctx, key); err != nil {
		return nil, err
	}
	info, err := s.root.Lstat(key)
	if err == nil && !info.Mode().IsRegular() {
		err = storage.ErrNotExist
	}
	return info, err
}

func infoOf(key string, info os.FileInfo) storage.Info {
	return storage.Info{Key: key, SizeBytes: info.Size(), ModTime: info.ModTime().UTC()}
}

// Delete implements [storage.Store]. Folders that it leaves empty go as well.
func (s *Store) Delete(ctx context.Context, key string) error {
	_, err := s.stat(ctx, key)
	if err == nil {
		err = s.remove(key)
	}
	if err = classifyRead(err); err != nil && !errors.Is(err, storage.ErrNotExist) {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

func (s *Store) remove(key string) error {
	if err := s.root.Remove(key); err != nil {
		return err
	}
	folder := path.Dir(key)
	if err := s.syncFolder(folder); err != nil {
		return err
	}
	for folder != "." && s.root.Remove(folder) == nil {
		folder = path.Dir(folder)
	}
	return nil
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return storage.CheckKey(key)
}

// classifyRead adds the kinds of failure of package storage to errors of reading.
func classifyRead(err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return fmt.Errorf("%w: %w", storage.ErrNotExist, err)
	}
	return classify(err)
}

// classifyWrite adds the kinds of failure of package storage to errors of writing.
func classifyWrite(err error) error {
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.EISDIR) || errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w: it is the folder of another key, or the other way round: %w", storage.ErrInvalidKey, err)
	}
	return classify(err)
}

func classify(err error) error {
	switch {
	case errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT):
		return fmt.Errorf("%w: %w", storage.ErrFull, err)
	case errors.Is(err, unix.EIO) || errors.Is(err, unix.ESTALE):
		return fmt.Errorf("%w: %w", storage.ErrUnavailable, err)
	default:
		return err
	}
}
