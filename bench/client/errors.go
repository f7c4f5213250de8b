package client

import (
	"errors"
	"fmt"
)

// Kinds of failure, beside those of the network, of which [os.ErrDeadlineExceeded] is one.
var (
	// ErrRequest says that the request cannot be written as HTTP; nothing was sent.
	ErrRequest = errors.New("request is not valid HTTP")
	// ErrMalformed says that the answer is not the HTTP/1.1 that RFC 9112 describes, or goes beyond the limits here.
	ErrMalformed = errors.New("malformed answer")
	// ErrTruncated says that the connection ended before the answer did.
	ErrTruncated = errors.New("answer cut off")
	// ErrStale says that the connection ended before any byte of the answer. On a connection that had been used before
	// that is no fault of the server, which may end an idle connection at any time: ask again on a new one.
	ErrStale = errors.New("connection ended before the answer")
)

// Error is a request that failed. It wraps its kind or the error of the network.
type Error struct {
	// Op is what was being done: "write", "read head" or "read body".
	Op string
	// BodyBytes is how much of the body had come.
	BodyBytes int64
	// Missing is how many bytes of the body were still to come; -1 when the server had not said how long it is.
	Missing int64
	// Reusable says that nothing was sent, so that the connection is as it was.
	Reusable bool
	Err      error
}

// Error tells what was missing, too.
func (e *Error) Error() string {
	switch {
	case e.Missing > 0:
		return fmt.Sprintf("%s: %v: %d bytes came, %d are missing", e.Op, e.Err, e.BodyBytes, e.Missing)
	case e.BodyBytes > 0:
		return fmt.Sprintf("%s: %v: %d bytes came", e.Op, e.Err, e.BodyBytes)
	default:
		return e.Op + ": " + e.Err.Error()
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}
