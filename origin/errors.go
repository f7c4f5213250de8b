package origin

import (
	"context"
	"errors"
	"fmt"

	"headwater/auth"
	"headwater/cache"
	"headwater/packager"
)

// Errors of the protocol, answered from the table below.
var (
	errMethod       = errors.New("method not allowed")
	errPrecondition = errors.New("precondition failed")
)

// rangeError is a range that lies outside of what was asked for.
type rangeError struct{ sizeBytes int64 }

// Error names the size.
func (e *rangeError) Error() string { return fmt.Sprintf("range outside of %d bytes", e.sizeBytes) }

// failureKind is one row of the table from error to answer.
type failureKind struct {
	name   string // in logs and metrics
	status int
	// public is the whole text of the answer: one for each status, without the cause. Empty is the error's own.
	public string
}

const (
	publicUnavailable = "temporarily unavailable"
	publicForbidden   = "forbidden"
	publicNotFound    = "not found"
)

// classify is the one table from error to status. Order matters where an error wraps several kinds: what storage has
// lost is corrupt before it is missing, and what waited too long for its turn is overloaded before it is late.
func classify(err error) failureKind {
	var options *packager.OptionError
	var outside *rangeError
	var panicked *cache.PanicError
	var cause auth.Cause
	var denied *deniedError
	switch {
	case errors.As(err, &denied):
		return denied.kind()
	case errors.As(err, &options):
		return failureKind{"options", 400, ""}
	case errors.Is(err, packager.ErrNoTrack):
		return failureKind{"no_track", 404, publicNotFound}
	case errors.Is(err, packager.ErrNoSegment):
		return failureKind{"no_segment", 404, publicNotFound}
	case errors.Is(err, errDecision):
		return failureKind{"decision", 400, "want the URL in X-Original-URI"}
	case errors.Is(err, auth.NotPublished) && errors.Is(err, ErrNotFound):
		return failureKind{auth.NotPublished.Error(), 404, publicNotFound}
	case errors.As(err, &cause):
		return refusal(cause)
	case errors.Is(err, errMethod):
		return failureKind{"method", 405, "method not allowed"}
	case errors.Is(err, errPath):
		return failureKind{"path", 404, publicNotFound}
	case errors.Is(err, errPrecondition):
		return failureKind{"precondition", 412, "precondition failed"}
	case errors.As(err, &outside):
		return failureKind{"range", 416, "range not satisfiable"}
	case errors.As(err, &panicked):
		return failureKind{"panic", 500, "internal error"}
	case errors.Is(err, ErrCorrupt):
		return failureKind{"corrupt", 500, "internal error"}
	case errors.Is(err, ErrNotFound):
		return failureKind{"not_found", 404, publicNotFound}
	case errors.Is(err, cache.ErrOverloaded):
		return failureKind{"overloaded", 503, publicUnavailable}
	case errors.Is(err, context.DeadlineExceeded):
		return failureKind{"timeout", 504, "took too long"}
	case errors.Is(err, ErrUnavailable):
		return failureKind{"unavailable", 503, publicUnavailable}
	case errors.Is(err, cache.ErrClosed), errors.Is(err, context.Canceled):
		return failureKind{"stopping", 503, publicUnavailable}
	default:
		return failureKind{"internal", 500, "internal error"}
	}
}

// refusal is the answer to whom the rules do not let watch: the same for all, because who is refused is not to learn why.
func refusal(cause auth.Cause) failureKind {
	switch cause {
	case auth.RateExceeded:
		return failureKind{cause.Error(), 429, "too many requests"}
	case auth.OutsideLimits: // what is there, for who asks, ends with the limits
		return failureKind{cause.Error(), 404, publicNotFound}
	case auth.NoRules:
		return failureKind{cause.Error(), 503, publicUnavailable}
	default:
		return failureKind{cause.Error(), 403, publicForbidden}
	}
}

// unreadPublic are the texts for requests that never reached the handler.
var unreadPublic = map[int]string{
	400: "bad request",
	403: publicForbidden,
	408: "took too long",
	413: "request too large",
	431: "request header too large",
	500: "internal error",
}
