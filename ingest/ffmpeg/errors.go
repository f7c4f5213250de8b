package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
)

// Kinds of failure. Errors of this package wrap one of them where the kind is known.
var (
	// ErrNotMedia marks a file that cannot be read as media: unknown, damaged beyond use, or of a kind that may refer
	// to other files.
	ErrNotMedia = errors.New("not a media file that can be read")
	// ErrNoStreams marks a media file without any playable video or audio.
	ErrNoStreams = errors.New("no playable video or audio")
	// ErrLimit marks a file or a run that went past a limit; [LimitError] says which.
	ErrLimit = errors.New("over a limit")
	// ErrCanceled marks a run that ended because its context did. The context's cause is wrapped too.
	ErrCanceled = errors.New("canceled")
)

// LimitError says which limit was passed. It wraps ErrLimit, and its text is one line for the user.
type LimitError struct {
	// Limit is "time", "stall", "memory", "cpu", "size", "streams", "dimensions", "duration" or "packets".
	Limit  string
	Detail string // measured and allowed, for people
}

// Error returns a text such as "over the size limit: more than 1000 bytes".
func (e *LimitError) Error() string { return fmt.Sprintf("over the %s limit: %s", e.Limit, e.Detail) }

// Unwrap returns ErrLimit.
func (e *LimitError) Unwrap() error { return ErrLimit }

// RunError is the failure of a run of ffmpeg or ffprobe.
type RunError struct {
	Program string // "ffmpeg" or "ffprobe"
	// Reason is one line for the user, the last meaningful one of the program where it failed by itself. Parts of it
	// may come from the file: escape it.
	Reason string
	// Tail is the end of the program's standard error, at most 4 KiB, for logs.
	Tail string
	// Err is the first real cause: a *LimitError, an error of an output, ErrCanceled or an *exec.ExitError.
	Err error
}

// Error returns the program and the reason on one line.
func (e *RunError) Error() string { return e.Program + ": " + e.Reason }

// Unwrap returns Err.
func (e *RunError) Unwrap() error { return e.Err }

// newRunError describes a run that was ended for the given cause, or, without one, failed by itself.
func newRunError(program, text string, cause, exit error) *RunError {
	e := &RunError{Program: program, Tail: text, Err: cause}
	if cause == nil {
		e.Err = exitCause(exit, text)
	}
	e.Reason = lastMeaningfulLine(text)
	var exited *exec.ExitError
	if e.Reason == "" || !errors.As(e.Err, &exited) {
		e.Reason = strings.ReplaceAll(e.Err.Error(), "\n", " ")
	}
	return e
}

// exitCause recognises the limits that the kernel enforces.
func exitCause(exit error, text string) error {
	var exited *exec.ExitError
	if !errors.As(exit, &exited) {
		return exit
	}
	status, ok := exited.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled() && status.Signal() == syscall.SIGXCPU:
		return &LimitError{"cpu", "took too much processor time"}
	case ok && status.Signaled() && status.Signal() == syscall.SIGKILL:
		return &LimitError{"memory", "ended by the system, which does so when memory runs out"}
	case strings.Contains(text, "Cannot allocate memory"), strings.Contains(text, "std::bad_alloc"),
		strings.Contains(text, "malloc of size"):
		return &LimitError{"memory", "needs more memory than is allowed"}
	default:
		return exit
	}
}

// canceled wraps the cause of a context that was ended from outside.
func canceled(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ErrCanceled, context.Cause(ctx))
}
