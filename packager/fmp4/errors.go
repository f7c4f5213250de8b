package fmp4

import (
	"errors"
	"fmt"
)

// ErrCorrupt is wrapped by every error about bytes that no muxer writes: cut off, contradictory or beyond the limits
// of this package. The wrapping text says where.
var ErrCorrupt = errors.New("corrupt fragmented MP4")

// UnsuitableError says that a sound stream cannot be stored as it is and has to be encoded: an open GOP at a cut,
// interlaced pictures, parameter sets that change. Its text is fit for a job's log.
type UnsuitableError struct{ Reason string }

// Error returns the reason.
func (e *UnsuitableError) Error() string { return "not suitable for storing as it is: " + e.Reason }

func unsuitable(format string, args ...any) error {
	return &UnsuitableError{Reason: fmt.Sprintf(format, args...)}
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
