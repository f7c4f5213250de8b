package origin

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/valyala/fasthttp"

	"headwater/cache"
	"headwater/origin/httpd"
	"headwater/packager"
)

// Handler answers viewers. It is an [httpd.Handler].
type Handler struct {
	cfg    Config
	table  *Table
	source Source
	cache  *cache.Cache
	alerts atomic.Uint64
}

// Stats is a reading of a handler's counters.
type Stats struct {
	Alerts uint64 // track files found damaged
}

// New returns a handler that serves the assets of table with the bytes of source through answers.
func New(cfg Config, table *Table, source Source, answers *cache.Cache) (*Handler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Handler{cfg: cfg, table: table, source: source, cache: answers}, nil
}

// Stats reads the counters.
func (h *Handler) Stats() Stats { return Stats{Alerts: h.alerts.Load()} }

// Serve answers one request.
func (h *Handler) Serve(ctx context.Context, rc *fasthttp.RequestCtx, rec *httpd.Record) {
	if err := h.serve(ctx, rc, rec); err != nil {
		h.refuse(rc, rec, err)
		return
	}
	setSharing(&rc.Response.Header)
}

func (h *Handler) serve(ctx context.Context, rc *fasthttp.RequestCtx, rec *httpd.Record) error {
	switch {
	case rc.IsOptions():
		rec.Route = "preflight"
		preflight(rc)
		return nil
	case !rc.IsGet() && !rc.IsHead():
		return errMethod
	}
	path := rawPath(rc.RequestURI())
	t, err := parseTarget(string(path))
	if err != nil {
		return err
	}
	describe(rec, t)
	a, err := h.plan(ctx, t, path, &rc.Request.Header)
	if err != nil {
		return err
	}
	rec.Generation = a.generation
	return a.send(ctx, rc, rec)
}

// describe notes what the request names.
func describe(rec *httpd.Record, t target) {
	rec.Route = routeNames[t.resource.Kind]
	rec.Protocol = protocolNames[t.resource.Kind]
	rec.AssetID = string(t.asset)
	rec.Track = string(t.resource.Track)
	rec.Segment = t.resource.Number
}

// plan finds what t names and says how it will be answered. path is that of the request, which is canonical.
func (h *Handler) plan(ctx context.Context, t target, path []byte, header *fasthttp.RequestHeader) (*answer, error) {
	record, err := h.table.asset(ctx, t.asset)
	if err != nil {
		return nil, err
	}
	p, err := h.find(ctx, t, record)
	if err != nil {
		return nil, err
	}
	switch t.resource.Kind {
	case packager.InitSegment:
		return h.planInit(p, t.resource)
	case packager.MediaSegment:
		return h.planSegment(p, t.resource, path)
	default:
		return h.planManifest(p, t, path, header)
	}
}

// find returns the current presentation, or, for what belongs to a track, the newest one that has the track: players
// go on with the tracks of the manifest that they began with.
func (h *Handler) find(ctx context.Context, t target, record Asset) (*packager.Presentation, error) {
	current, err := h.table.presentation(ctx, t.asset, record.Generation)
	if err != nil || t.resource.Track == "" || current.Track(t.resource.Track) != nil {
		return current, err
	}
	var damaged error // no reason to keep the tracks of other generations from players
	for _, generation := range record.Retained {
		p, err := h.table.presentation(ctx, t.asset, generation)
		if errors.Is(err, ErrCorrupt) {
			damaged = err
			continue
		}
		if err != nil {
			return nil, err
		}
		if p.Track(t.resource.Track) != nil {
			return p, nil
		}
	}
	return current, damaged // current says that it has no such track; a damaged one may have had it
}

// fetch gets a copy of a body from the cache, or makes it for all who wait. What finds no room there is made for this
// caller alone.
func (h *Handler) fetch(ctx context.Context, key []byte, sizeBytes int64, fill cache.Fill) ([]byte, cache.Outcome, error) {
	if entry, ok := h.cache.Get(key); ok {
		return takeBody(entry), cache.Hit, nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.cfg.RequestTimeout)
	defer cancel()
	entry, outcome, err := h.cache.Fetch(ctx, key, sizeBytes, fill)
	if errors.Is(err, cache.ErrNoRoom) {
		body, err := fill(ctx, make([]byte, 0, sizeBytes))
		return body, outcome, err
	}
	if err != nil {
		return nil, outcome, err
	}
	return takeBody(entry), outcome, nil
}

// takeBody copies the body, because the connection writes it after the handler has ended, and gives the entry back.
func takeBody(entry *cache.Entry) []byte {
	defer entry.Release()
	return bytes.Clone(entry.Body())
}

// refuse answers with an error.
func (h *Handler) refuse(rc *fasthttp.RequestCtx, rec *httpd.Record, err error) {
	kind := classify(err)
	rec.ErrKind, rec.Err = kind.name, err
	text := kind.public
	var panicked *cache.PanicError
	if errors.As(err, &panicked) {
		rec.Stack = panicked.Stack
	}
	if kind.name == kindOptions {
		text = err.Error()
	}
	writeError(rc, kind.status, text)
	header := &rc.Response.Header
	switch kind.name {
	case kindMethod:
		header.Set(fasthttp.HeaderAllow, allowedMethods)
	case kindOverloaded:
		header.Set(fasthttp.HeaderRetryAfter, "1")
	case kindRange:
		var outside *rangeError
		errors.As(err, &outside)
		header.Set(fasthttp.HeaderContentRange, "bytes */"+strconv.FormatInt(outside.sizeBytes, 10))
	}
}

// Fail answers a request that never reached Serve, or whose Serve panicked.
func (h *Handler) Fail(rc *fasthttp.RequestCtx, _ *httpd.Record, status int) {
	writeError(rc, status, unreadPublic[status])
}
