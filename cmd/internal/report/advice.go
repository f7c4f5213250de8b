package report

import (
	"errors"
	"io/fs"
	"os/exec"
	"syscall"

	"headwater/ingest/catalog"
)

// Advice returns what an operator can do about err, as a part of a sentence; empty where that is not known.
func Advice(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "make room on the disk and try again"
	case errors.Is(err, syscall.EROFS):
		return "mount the disk writable, and look into the kernel's log: a disk with errors is made read-only"
	case errors.Is(err, catalog.ErrDamaged):
		return "put a backup of the catalogue in its place and remove the -wal and -shm files beside it; " +
			"objects that are stored stay as they are"
	case errors.Is(err, catalog.ErrLocked):
		return "find the process that has the catalogue open, such as with fuser, and end it"
	case errors.Is(err, fs.ErrPermission):
		return "check the owner and mode of what is named, or choose another folder with --data"
	case errors.Is(err, exec.ErrNotFound):
		return "install ffmpeg with ffprobe, where PATH finds them"
	default:
		return ""
	}
}
