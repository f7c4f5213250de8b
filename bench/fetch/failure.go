package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strconv"

	"headwater/bench/client"
)

// The kinds of faults, as reports show them. A status has its number: "status 404".
const (
	Connect   = "cannot connect"
	TLS       = "TLS handshake"
	Timeout   = "timeout"
	Lost      = "connection lost"   // before the answer
	CutOff    = "answer cut off"    // the body is shorter than announced
	Malformed = "malformed answer"  // or longer than announced
	Length    = "wrong length"      // of a range, or not that of before
	NoRange   = "range ignored"     // 200 for a range
	Body      = "changed body"      // not the bytes of before
	ETag      = "changed ETag"      // not the ETag of before
	Encoding  = "bad encoding"      // Content-Encoding that cannot be decoded
	Redirects = "redirect"          // too many, or nowhere
	BadURL    = "bad URL"           // in a manifest
	Unread    = "bad manifest"      // cannot be parsed
	Live      = "live presentation" // cannot be played here
	Unsent    = "not sent"          // no connection was free for too long
)

// Failure is a request that did not end as it should. It has been recorded.
type Failure struct {
	Kind   string
	Detail string
}

// Error says what was wrong.
func (f *Failure) Error() string {
	if f.Detail == "" {
		return f.Kind
	}
	return f.Kind + ": " + f.Detail
}

// ErrStopped says that the pool was closed before the answer; nothing is recorded.
var ErrStopped = errors.New("the load test is over")

func status(code int) *Failure { return &Failure{Kind: "status " + strconv.Itoa(code)} }

// classifyDial gives a failure to connect its kind.
func classifyDial(err error) *Failure {
	var (
		record   tls.RecordHeaderError
		verified *tls.CertificateVerificationError
		unknown  x509.UnknownAuthorityError
		alert    tls.AlertError
	)
	kind := Connect
	switch {
	case errors.As(err, &verified), errors.As(err, &unknown):
		return &Failure{TLS, err.Error() + "; --insecure accepts any certificate"}
	case errors.As(err, &record), errors.As(err, &alert):
		kind = TLS
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		kind = Timeout
	}
	return &Failure{kind, err.Error()}
}

// classify gives a failed request its kind.
func classify(err error) *Failure {
	kind := Lost
	switch {
	case errors.Is(err, client.ErrRequest):
		return &Failure{BadURL, "a space or a control character in it"}
	case errors.Is(err, client.ErrMalformed):
		kind = Malformed
	case errors.Is(err, os.ErrDeadlineExceeded):
		kind = Timeout
	case errors.Is(err, client.ErrTruncated):
		kind = CutOff
	}
	return &Failure{kind, fmt.Sprint(err)}
}
