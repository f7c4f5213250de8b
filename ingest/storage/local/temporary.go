package local

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// temporaryFolder holds files that are being written. No key begins with a dot.
const temporaryFolder = ".tmp"

// temporary is a file that is being written, locked for as long as it is open.
type temporary struct {
	root *os.Root
	name string
	file *os.File
}

func (s *Store) createTemporary() (*temporary, error) {
	if err := s.root.MkdirAll(temporaryFolder, folderMode); err != nil {
		return nil, err
	}
	for {
		name := path.Join(temporaryFolder, rand.Text())
		f, err := s.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
		if err != nil {
			return nil, err
		}
		t := &temporary{s.root, name, f}
		locked, err := tryLock(f)
		if err != nil {
			return nil, errors.Join(err, t.close())
		}
		// A process that cleans may have found the file before it was locked.
		if _, err := s.root.Lstat(name); locked && err == nil {
			return t, nil
		}
		if err := t.close(); err != nil {
			return nil, err
		}
	}
}

// close removes the file, unless it was renamed to a key by now, and lets go of the lock.
func (t *temporary) close() error {
	err := t.root.Remove(t.name)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, t.file.Close())
}

// Clean removes the temporary files whose writers are dead. Every process that writes calls it at its start; doing it at
// any other time does no harm.
func (s *Store) Clean() error {
	if err := s.cleanTemporary(); err != nil {
		return fmt.Errorf("storage %s: remove temporary files: %w", s.root.Name(), classifyWrite(err))
	}
	return nil
}

func (s *Store) cleanTemporary() error {
	folder, err := s.root.Open(temporaryFolder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer folder.Close()
	for {
		entries, err := folder.ReadDir(256)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := s.removeAbandoned(path.Join(temporaryFolder, e.Name())); err != nil {
				return err
			}
		}
	}
}

// removeAbandoned removes a temporary file if nobody holds its lock. Names are never used twice, so that the name cannot
// mean another file by then; at worst the file was given its key meanwhile and the name is gone.
func (s *Store) removeAbandoned(name string) error {
	f, err := s.root.Open(name)
	if err == nil {
		defer f.Close()
		var locked bool
		if locked, err = tryLock(f); err == nil && locked {
			err = s.root.Remove(name)
		}
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
