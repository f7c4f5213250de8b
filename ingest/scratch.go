package ingest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"headwater/ingest/catalog"
	"headwater/packager"
)

// ErrLocked says that a living process works in a scratch folder.
var ErrLocked = errors.New("a running job holds the scratch folder")

// lockName is the file of a scratch folder that its process keeps locked. The kernel frees it when the process ends, in
// whatever way.
const lockName = "lock"

// scratchMode lets another user, as whom ffmpeg may run, reach a file that it was told of, but not list what there is.
const scratchMode = 0o711

// Scratch is the folder where jobs keep files that nobody else sees. Each job has a folder in it, named as the job, and
// holds a lock there for as long as it lives; cleaning takes the lock first. Safe for concurrent use, also by several
// processes on one folder. The folder must lie on a local disk: its locks say which jobs of this machine live.
type Scratch struct{ dir string }

// OpenScratch makes the folder where it is missing.
func OpenScratch(dir string) (*Scratch, error) {
	if err := os.MkdirAll(dir, scratchMode); err != nil {
		return nil, fmt.Errorf("scratch: %w", err)
	}
	return &Scratch{dir}, nil
}

// Workdir is the scratch folder of one job, locked. Its holder is the only one who may work on the job.
type Workdir struct {
	job  catalog.JobID
	dir  string
	lock *os.File
}

// Create makes a locked folder for a new job and thereby names the job. Call it before the job enters the catalogue: a
// running job whose folder is not locked counts as interrupted.
func (s *Scratch) Create() (*Workdir, error) {
	for {
		w, err := s.Lock(catalog.JobID(strings.ToLower(rand.Text())))
		// A process that cleans may find the folder before it is locked, and then removes it.
		if !errors.Is(err, ErrLocked) {
			return w, err
		}
	}
}

// Lock locks the folder of a job, and makes it where it is missing. The error is [ErrLocked] when another holds it.
func (s *Scratch) Lock(job catalog.JobID) (*Workdir, error) {
	if !packager.ValidID(string(job)) {
		return nil, fmt.Errorf("scratch: job id %q", job)
	}
	w := &Workdir{job: job, dir: filepath.Join(s.dir, string(job))}
	for {
		held, err := w.tryLock()
		if err != nil {
			return nil, fmt.Errorf("scratch of job %s: %w", job, err)
		}
		if held {
			return w, nil
		}
	}
}

// tryLock returns false when the folder was removed while it was being locked.
func (w *Workdir) tryLock() (bool, error) {
	if err := w.mkdir(); err != nil {
		return false, err
	}
	lock, err := os.OpenFile(w.Path(lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return false, ErrLocked
		}
		return false, err
	}
	if !isStill(lock, w.Path(lockName)) {
		return false, lock.Close()
	}
	w.lock = lock
	return true, nil
}

func (w *Workdir) mkdir() error {
	err := os.Mkdir(w.dir, scratchMode)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(w.dir, scratchMode); !errors.Is(err, os.ErrNotExist) { // Mkdir obeys the umask
		return err
	}
	return nil
}

// isStill reports whether f is the file that path names.
func isStill(f *os.File, path string) bool {
	named, err := os.Stat(path)
	if err != nil {
		return false
	}
	open, err := f.Stat()
	return err == nil && os.SameFile(named, open)
}

// Job returns the job that the folder belongs to.
func (w *Workdir) Job() catalog.JobID { return w.job }

// Path returns the path of a file in the folder.
func (w *Workdir) Path(name string) string { return filepath.Join(w.dir, name) }

// Clear removes everything from the folder and keeps the lock.
func (w *Workdir) Clear() error {
	entries, err := os.ReadDir(w.dir)
	for _, e := range entries {
		if e.Name() != lockName {
			err = errors.Join(err, os.RemoveAll(w.Path(e.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("scratch of job %s: %w", w.job, err)
	}
	return nil
}

// Remove removes the folder and lets go of the lock, also when it returns an error. Call it last: when it returns, the
// job counts as not worked on.
func (w *Workdir) Remove() error {
	defer w.lock.Close()
	if err := w.Clear(); err != nil {
		return err
	}
	// The lock goes last, so that whoever finds the folder without it finds nothing else in it either. They may put a
	// lock of their own there to clean it; then the folder is theirs to remove.
	if err := os.Remove(w.Path(lockName)); err != nil {
		return fmt.Errorf("scratch of job %s: %w", w.job, err)
	}
	if err := os.Remove(w.dir); err != nil && !errors.Is(err, unix.ENOTEMPTY) && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("scratch of job %s: %w", w.job, err)
	}
	return nil
}

// Clean removes the folders that no living process holds. It goes on after an error and returns all of them.
func (s *Scratch) Clean() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("scratch: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if !e.IsDir() || !packager.ValidID(e.Name()) {
			continue
		}
		w, err := s.Lock(catalog.JobID(e.Name()))
		if err == nil {
			err = w.Remove()
		}
		if err != nil && !errors.Is(err, ErrLocked) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
