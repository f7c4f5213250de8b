package origin

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"headwater/origin/httpd"
)

// sendLinked sends a manifest whose URLs are signed one by one, made for one request. It has no entity tag and no ranges,
// because its bytes are others each time.
func (h *Handler) sendLinked(ctx context.Context, x *httpd.Exchange, a *answer) error {
	expires, err := a.childrenExpire(ctx)
	if err != nil {
		return err
	}
	path := a.target.appendPath(nil) // not the one that was requested: limits have become options
	l := linker{answer: a, base: path[:bytes.LastIndexByte(path, '/')+1], expires: expires}
	body, err := a.manifest.make(nil, a.presentation, a.target, a.gzipped, l.link)
	if err == nil {
		err = l.err
	}
	if err != nil {
		return fmt.Errorf("sign the URLs of a manifest: %w", err)
	}
	return a.sendMade(x, body, nil)
}

// childrenExpire returns until when the URLs of a manifest are good: as long as what was shown for the manifest, or the
// session that it would have been exchanged for, so that nobody watches for longer by asking on.
func (a *answer) childrenExpire(ctx context.Context) (time.Time, error) {
	session, claims, video := a.visit.Session(), a.visit.Claims(), duration(a.presentation)
	switch {
	case session != nil:
		return time.Unix(session.Expires, 0), nil
	case claims == nil:
		return a.visit.Now.Add(a.visit.SessionLife(video)), nil
	case !a.target.resource.Kind.Entry():
		return claims.Expires, nil
	}
	exchanged, err := a.visit.Exchange(ctx, video) // all that counts exchanges counts this one
	return time.Unix(exchanged.Expires, 0), err
}

// linker makes the URLs of one manifest.
type linker struct {
	*answer
	base    []byte // of relative URLs, ends with a slash
	expires time.Time
	scratch []byte
	err     error // the first one
}

// link appends a relative URL resolved and signed. It is a packager.Link.
func (l *linker) link(dst, relative []byte) []byte {
	l.scratch = appendResolved(l.scratch[:0], l.base, relative)
	dst, err := l.visit.AppendSigned(dst, l.scratch, l.expires, l.limits.Preview) // previews are options of the path
	if l.err == nil {
		l.err = err
	}
	return dst
}

// appendResolved appends the path that a relative one names below base (RFC 3986 §5.2.4).
func appendResolved(dst, base, relative []byte) []byte {
	base = base[:len(base)-1]
	for {
		rest, up := bytes.CutPrefix(relative, []byte("../"))
		if !up {
			return append(append(append(dst, base...), '/'), relative...)
		}
		relative, base = rest, base[:max(bytes.LastIndexByte(base, '/'), 0)]
	}
}
