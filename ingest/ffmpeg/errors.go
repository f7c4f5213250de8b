package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"headwater/ingest/ffmpeg/sandbox"
)

// Kinds of failure. Errors of this package wrap one of them where the kind is known.
var (
	// ErrNotMedia marks a file that cannot be read as media: unknown, damaged beyond use, or of a kind that may refer
	// to other files.
	ErrNotMedia = errors.New("not a media file that can be read")
	// ErrNoStreams marks a media file without any playable video or audio.
	ErrNoStreams = errors.New("no playable video or audio")
	// ErrUnplayable marks a media file whose pictures neither most players nor our tools can show in their colours.
	ErrUnplayable = errors.New("cannot be shown in its colours")
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
	// Reason is one line for the user, the most telling one of the program where it failed by itself. Parts of it
	// may come from the file: escape it.
	Reason string
	// Tail is the end of the program's standard error, at most 4 KiB, for logs.
	Tail string
	// Err is the first real cause: a *LimitError, an error of an output, ErrCanceled or an *exec.ExitError.
	Err error
}

// Error returns the program and the reason on one line.
func (e *RunError) Error() string { return e.Program + ": " + e.Reason }

// Exited reports whether the program ended by itself, by its own judgement of the file.
func (e *RunError) Exited() bool {
	var exit *exec.ExitError
	return errors.As(e.Err, &exit) && exit.Exited() && exit.ExitCode() != sandbox.ExitCode
}

// Unwrap returns Err.
func (e *RunError) Unwrap() error { return e.Err }

// newRunError describes a run that ended for the given cause.
func newRunError(program, text string, cause error) *RunError {
	e := &RunError{Program: program, Tail: text, Err: cause}
	e.Reason = meaningfulLine(text)
	var exited *exec.ExitError
	if e.Reason == "" || !errors.As(e.Err, &exited) {
		e.Reason = strings.ReplaceAll(e.Err.Error(), "\n", " ")
	}
	return e
}

// exitCause recognises the limits that the kernel enforces in how a program ended.
func exitCause(exit error, text string, limits Limits) error {
	var exited *exec.ExitError
	if !errors.As(exit, &exited) {
		return exit
	}
	switch {
	case endedForTime(exited, limits.CPU):
		return &LimitError{"cpu", fmt.Sprintf("took more than %s of processor time", limits.CPU)}
	case signalOf(exited) == syscall.SIGKILL:
		return &LimitError{"memory", "ended by the system, which does so when memory runs out"}
	case outOfMemory.MatchString(text):
		return &LimitError{"memory", fmt.Sprintf("needs more than %d bytes", limits.MemoryBytes)}
	default:
		return exit
	}
}

// endedForTime reports whether the limit of processor time ended the program. ffmpeg catches SIGXCPU and exits with
// 255, as after any signal. The kernel enforces the limit by sampling and reports the time used exactly, so these two
// differ by some per cent.
func endedForTime(exited *exec.ExitError, limit time.Duration) bool {
	if signalOf(exited) == syscall.SIGXCPU {
		return true
	}
	stopped := signalOf(exited) == syscall.SIGKILL || exited.ExitCode() == 255
	return stopped && exited.UserTime()+exited.SystemTime() > limit/2
}

// signalOf returns the signal that ended a program; 0 if none did.
func signalOf(exited *exec.ExitError) syscall.Signal {
	if status, ok := exited.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal()
	}
	return 0
}

// outOfMemory is what ffmpeg and its encoders say when an allocation fails, and Go's runtime, in which the guard is already
// under the limit before it becomes ffmpeg.
var outOfMemory = regexp.MustCompile(`(?i)cannot allocate memory|malloc of size|std::bad_alloc|out of memory|failed to create new OS thread`)

// canceled wraps the cause of a context that was ended from outside.
func canceled(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ErrCanceled, context.Cause(ctx))
}
