package ffmpeg

import (
	"errors"
	"fmt"
)

// Kinds of failure. Errors of this package wrap one of them, or a context's cause, where the kind is known.
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

// Error returns "over the size limit: …".
func (e *LimitError) Error() string { return fmt.Sprintf("over the %s limit: %s", e.Limit, e.Detail) }

// Unwrap returns ErrLimit.
func (e *LimitError) Unwrap() error { return ErrLimit }
