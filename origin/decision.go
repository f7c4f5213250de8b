package origin

import (
	"context"
	"errors"

	"github.com/valyala/fasthttp"

	"headwater/origin/httpd"
)

// decisionPath is where a network in front asks whether it may answer a request out of what it keeps, as nginx does with
// auth_request: the target of the request stands in originalURIHeader, everything else is as the viewer sent it.
const (
	decisionPath      = "/auth"
	originalURIHeader = "X-Original-URI"
)

// errDecision says that a decision was asked for without saying on what, or on several things at once.
var errDecision = errors.New("no single URL to decide on")

// decisionLines let a network keep a yes. With the time that revocations take to get here it stays within 5 s.
const decisionLines = "Cache-Control: max-age=2\r\n"

// byVisitor keeps a yes from other requests: it names all that decisions look at. nginx keeps nothing where that is longer
// than 128 characters.
var byVisitor = variance{visitorLine, visitorLine}

const visitorLine = "Vary: X-Original-URI, Host, X-Forwarded-For, Authorization, " + catHeader + ", Cookie, Referer, Origin, User-Agent\r\n"

// deniedError is why a request would not be answered.
type deniedError struct{ err error }

// Error tells the reason.
func (e *deniedError) Error() string { return "denied: " + e.err.Error() }

// Unwrap returns it.
func (e *deniedError) Unwrap() error { return e.err }

// kind is that of the reason, answered as a refusal if it is no fault of the server: those who ask know 403, and take
// every other error for a failure of the origin.
func (e *deniedError) kind() failureKind {
	kind := classify(e.err)
	if kind.status < fasthttp.StatusInternalServerError {
		kind.status, kind.public = fasthttp.StatusForbidden, publicForbidden
	}
	return kind
}

// decide answers whether a request would be answered: 204 or 403. Nothing is exchanged or used up.
func (h *Handler) decide(ctx context.Context, x *httpd.Exchange, a *answer) error {
	uris := x.Request.Header.PeekAll(originalURIHeader)
	if len(uris) != 1 || len(uris[0]) == 0 { // of two, one is the viewer's own
		x.Record.Route = decisionRoute
		return errDecision
	}
	err := h.wouldAnswer(ctx, x, a, uris[0])
	x.Record.Route = decisionRoute
	if err != nil {
		return &deniedError{err}
	}
	head := x.Head(fasthttp.StatusNoContent)
	head.Lines(decisionLines)
	a.share(head, byVisitor)
	return nil
}

// decisionRoute is the class of the URL in logs and metrics, whatever is decided on.
const decisionRoute = "decision"

// wouldAnswer reports why a request for a target would not be answered.
func (h *Handler) wouldAnswer(ctx context.Context, x *httpd.Exchange, a *answer, requestTarget []byte) error {
	record, err := h.admit(ctx, x, a, requestTarget)
	if err != nil {
		return err
	}
	if err := h.present(ctx, x, a, record); err != nil {
		return err
	}
	return a.plan()
}
