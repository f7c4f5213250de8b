package fetch

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/url"

	"github.com/cespare/xxhash/v2"

	"headwater/bench/client"
	"headwater/bench/manifest"
	"headwater/bench/measure"
)

// immutable reports whether what has this class never changes under its URL. Manifests may.
func immutable(class measure.Class) bool {
	return class != measure.Manifest && class != measure.Playlist
}

// redirect returns where the answer leads; nil when it is no redirect.
func (l *Lane) redirect(t *Target) (*Target, *Failure) {
	switch l.resp.Status {
	case 301, 302, 303, 307, 308:
	default:
		return nil, nil
	}
	base, err := url.Parse(t.resource.URL)
	if err != nil {
		return nil, &Failure{BadURL, "cannot be read"}
	}
	to, err := base.Parse(string(l.resp.Field("Location")))
	if err != nil || len(l.resp.Field("Location")) == 0 {
		return nil, &Failure{Redirects, "to nowhere"}
	}
	resource := t.resource
	resource.URL = to.String()
	elsewhere, err := NewTarget(resource, t.class)
	if err != nil {
		return nil, &Failure{Redirects, err.Error()}
	}
	return elsewhere, nil
}

// judge returns what is wrong with the answer; nil when nothing is.
func (l *Lane) judge(t *Target) *Failure {
	want := 200
	if t.resource.Length > 0 {
		want = 206
	}
	switch {
	case l.resp.Status == 200 && want == 206:
		return &Failure{NoRange, "the whole file came"}
	case l.resp.Status != want:
		return status(l.resp.Status)
	case want == 206 && l.resp.BodyBytes != t.resource.Length:
		return &Failure{Length, fmt.Sprintf("%d bytes of a range of %d", l.resp.BodyBytes, t.resource.Length)}
	case !immutable(t.class):
		return nil
	}
	now := received{length: l.resp.BodyBytes, hash: l.resp.Hash, hashed: l.req.Use == client.Hash}
	if etag := l.resp.Field("ETag"); len(etag) > 0 {
		now.etag = xxhash.Sum64(etag)
	}
	if now.hashed {
		l.pool.hashed.Add(1)
	}
	return l.pool.table.compare(t.key, now)
}

// decode returns the body without its Content-Encoding.
func (l *Lane) decode() ([]byte, *Failure) {
	switch encoding := l.resp.Field("Content-Encoding"); {
	case len(encoding) == 0 || bytes.EqualFold(encoding, []byte("identity")):
		return l.resp.Body, nil
	case !bytes.EqualFold(encoding, []byte("gzip")):
		return nil, &Failure{Encoding, fmt.Sprintf("%.40q was not asked for", encoding)}
	}
	reader, err := gzip.NewReader(bytes.NewReader(l.resp.Body))
	if err != nil {
		return nil, &Failure{Encoding, err.Error()}
	}
	into := bytes.NewBuffer(l.inflow[:0])
	n, err := io.Copy(into, io.LimitReader(reader, manifest.MaxBytes+1))
	l.inflow = into.Bytes()
	switch {
	case err != nil:
		return nil, &Failure{Encoding, err.Error()}
	case n > manifest.MaxBytes:
		return nil, &Failure{Encoding, fmt.Sprintf("more than %d bytes", manifest.MaxBytes)}
	}
	return l.inflow, nil
}
