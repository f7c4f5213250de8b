package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	lockName  = "disk-cache.lock"
	newName   = "new"
	hashBytes = 16 // digits of a hash: two name the sub-folder, the others the file
)

// lockFolder makes folder and claims it until the file is closed.
func lockFolder(folder string) (*os.File, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("disk cache: %w", err)
	}
	if err := checkOurs(folder); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(folder, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("disk cache: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("disk cache: folder %s is in use: give each process a folder of its own", folder)
		}
		return nil, fmt.Errorf("disk cache: lock %s: %w", folder, err)
	}
	return lock, nil
}

// checkOurs refuses a folder with files of somebody else, which a tier would count or remove.
func checkOurs(folder string) error {
	names, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("disk cache: %w", err)
	}
	if len(names) == 0 {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(folder, lockName)); err != nil {
		return fmt.Errorf("disk cache: folder %s is not empty and has no %s: give it an empty folder", folder, lockName)
	}
	return nil
}

// makeFolders makes the sub-folders and removes what was left half written.
func makeFolders(folder string) error {
	fresh := filepath.Join(folder, newName)
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("disk cache: %w", err)
	}
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return fmt.Errorf("disk cache: %w", err)
	}
	for i := range 256 {
		if err := os.Mkdir(subFolder(folder, i), 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("disk cache: %w", err)
		}
	}
	return nil
}

func subFolder(folder string, i int) string { return filepath.Join(folder, fmt.Sprintf("%02x", i)) }

// path returns where the file of a hash is.
func (t *Tier) path(hash uint64) string {
	digits := fmt.Sprintf("%016x", hash)
	return t.cfg.Folder + "/" + digits[:2] + "/" + digits[2:]
}

// parseName is the inverse of path.
func parseName(sub int, name string) (hash uint64, ok bool) {
	if len(name) != hashBytes-2 {
		return 0, false
	}
	rest, err := strconv.ParseUint(name, 16, 64)
	hash = uint64(sub)<<56 | rest
	return hash, err == nil && fmt.Sprintf("%014x", rest) == name
}
