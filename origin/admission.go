package origin

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/valyala/fasthttp"

	"headwater/auth"
	"headwater/origin/httpd"
	"headwater/packager"
)

// sessionPrefix begins the paths inside of a playback session, whose token follows. At an entry manifest a credential may
// stand in the token's place.
const sessionPrefix = "/s/"

// admission is what a request shows of who asks, and what came of it.
type admission struct {
	visit  auth.Visit
	token  []byte // that stood in the path; a view
	query  []byte // likewise
	signed bool   // the URL has a signature
	facts  auth.Asset
	// limits are those under which the viewer may watch, if limited.
	limits  packager.Options
	limited bool
}

// begin starts the visit of a request.
func (h *Handler) begin(x *httpd.Exchange, a *answer) error {
	header := &x.Request.Header
	a.fields = readFields(header)
	return h.engine.Begin(&a.visit, auth.Request{
		Now:       x.Record.Start,
		Client:    x.Record.ClientIP,
		Host:      view(host(header)),
		Referer:   a.fields.referer.value,
		Origin:    a.fields.origin.value,
		UserAgent: view(header.UserAgent()),
		Secure:    x.Secure(),
	})
}

// host returns the host that a request is for: the one of its target where that has one, which outweighs the header
// (RFC 9112 §3.2.2).
func host(header *fasthttp.RequestHeader) []byte {
	if authority, _, _ := splitTarget(header.RequestURI()); len(authority) > 0 {
		return authority
	}
	return header.Host()
}

// admit decides whether the viewer may have what a request target names, before anything of it is read but the record of
// the asset, which it returns. The order is that of DESIGN §5: syntax, credential, asset and policy.
func (h *Handler) admit(ctx context.Context, x *httpd.Exchange, a *answer, requestTarget []byte) (*Asset, error) {
	err := h.route(a, requestTarget)
	describe(&x.Record, a)
	if err != nil {
		return nil, err
	}
	if err := a.identify(&x.Request.Header); err != nil {
		return nil, err
	}
	if err := a.visit.Hopeless(); err != nil {
		return nil, err
	}
	record, err := h.judge(ctx, a)
	if err != nil {
		return nil, err
	}
	return record, h.limit(a)
}

// route finds what a request target names, and takes off what it shows beside.
func (h *Handler) route(a *answer, requestTarget []byte) (err error) {
	_, a.path, a.query = splitTarget(requestTarget)
	if rest, ok := bytes.CutPrefix(a.path, []byte(sessionPrefix)); ok {
		slash := bytes.IndexByte(rest, '/')
		if slash <= 0 {
			return errPath
		}
		a.token, a.path = rest[:slash], rest[slash:]
	} else if a.visit.Guarded() {
		var plain string
		if plain, a.signed, err = a.visit.SplitURL(view(a.path), view(a.query)); err != nil {
			return err
		}
		a.path = a.path[len(a.path)-len(plain):] // signatures in a path stand before it
	}
	a.target, err = h.options.parse(view(a.path))
	return err
}

// identify takes what a request shows: a session, a signature of the URL, or at an entry a credential of any
// form. The first that is there counts, whatever else there is.
func (a *answer) identify(header *fasthttp.RequestHeader) error {
	v, asset, entry := &a.visit, string(a.target.asset), a.target.resource.Kind.Entry()
	switch {
	case len(a.token) > 0:
		err := v.OpenSession(a.token, asset)
		if !entry || !errors.Is(err, auth.Malformed) {
			return err
		}
		return v.Present(string(a.token), asset, string(a.path))
	case a.signed:
		return v.PresentURL(asset)
	case !entry || !v.Guarded():
		return nil
	}
	token, err := findCredential(header, a.query)
	if err != nil || token == "" {
		return err
	}
	return v.Present(token, asset, string(a.path))
}

// judge reads the record of the asset and has the rules judge it. What strangers may not know of is refused like what they
// may not watch.
func (h *Handler) judge(ctx context.Context, a *answer) (*Asset, error) {
	v := &a.visit
	concealed := v.Conceals() // by the policy of assets that there are not
	record, err := h.table.asset(ctx, a.asset())
	switch {
	case errors.Is(err, ErrNotFound) && concealed:
		return nil, fmt.Errorf("%w: %w", auth.NoAsset, err)
	case err != nil:
		return nil, err
	}
	a.facts = auth.Asset{
		Published: record.Visibility == Published,
		PublishAt: record.PublishAt, Expire: record.ExpireAt,
		Policy: record.Policy,
	}
	err = v.Decide(&a.facts)
	if errors.Is(err, auth.NotPublished) && !concealed {
		err = fmt.Errorf("asset %s: %w: %w", a.target.asset, err, ErrNotFound)
	}
	return record, err
}

// asset returns the id of the asset within all projects.
func (a *answer) asset() packager.AssetID {
	project := a.visit.Project()
	if project == "" {
		return a.target.asset
	}
	id := append(a.idScratch[:0], project...)
	id = append(id, '/')
	return packager.AssetID(view(append(id, a.target.asset...)))
}

// personal reports whether even the errors of the answer depend on who asks. A network leaves the session out of the key of
// what it keeps, so that it must not keep for all what one viewer was told.
func (a *answer) personal() bool { return a.limited || a.visit.Claims() != nil || a.draft() }

// draft reports whether the viewer may see what is not published.
func (a *answer) draft() bool {
	session, claims := a.visit.Session(), a.visit.Claims()
	return session != nil && session.Draft || claims != nil && claims.Draft
}
