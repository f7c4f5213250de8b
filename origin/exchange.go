package origin

import (
	"bytes"
	"context"
	"math/big"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"headwater/auth"
	"headwater/origin/httpd"
	"headwater/packager"
)

// exchanges reports whether the answer is a session in exchange for the credential that was shown. HEAD exchanges nothing,
// because it must not use up what is for one use; manifests whose URLs are signed one by one need no session.
func (a *answer) exchanges(header *fasthttp.RequestHeader) bool {
	return a.visit.Claims() != nil && a.target.resource.Kind.Entry() && header.IsGet() && !a.visit.SignsChildren()
}

// exchange answers with a redirect into the session that the credential is exchanged for.
func (h *Handler) exchange(ctx context.Context, x *httpd.Exchange, a *answer) error {
	if err := a.target.options.Check(a.presentation, a.target.resource.Kind.Format()); err != nil { // before anything is used up
		return err
	}
	session, err := a.visit.Exchange(ctx, duration(a.presentation))
	if err != nil {
		return err
	}
	if err := session.SetLimits(a.limits.String()); err != nil {
		return err
	}
	_, requested, _ := splitTarget(x.Request.Header.RequestURI())
	location, err := a.location(&session, requested)
	if err != nil {
		return err
	}
	head := x.Head(fasthttp.StatusFound)
	head.Field(fasthttp.HeaderLocation, view(location))
	head.Lines("Cache-Control: " + cachePrivate + "\r\n")
	a.share(head, byNothing)
	head.SetLength(0)
	return nil
}

// duration returns how long a presentation lasts.
func duration(p *packager.Presentation) time.Duration {
	ns := new(big.Int).Mul(big.NewInt(int64(p.Grid.End())), big.NewInt(int64(time.Second)))
	ns.Quo(ns, big.NewInt(int64(p.Grid.Timescale)))
	if !ns.IsInt64() {
		return auth.MaxSessionLife
	}
	return time.Duration(ns.Int64())
}

// location returns the URL of the manifest in a session, relative to the path that was requested, so that whatever a
// network in front has put before both stays there. Of the latter it has nothing but the number of its elements.
func (a *answer) location(session *auth.Session, requested []byte) ([]byte, error) {
	url := []byte(strings.Repeat("../", bytes.Count(requested, []byte("/"))-1))
	url = append(url, sessionPrefix[1:]...)
	url, err := a.visit.AppendSession(url, session)
	if err != nil {
		return nil, err
	}
	return a.target.appendPath(url), nil
}
