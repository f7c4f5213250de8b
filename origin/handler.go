package origin

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/valyala/fasthttp"

	"headwater/auth"
	"headwater/cache"
	"headwater/origin/httpd"
	"headwater/packager"
)

// Handler answers viewers. It is an [httpd.Handler].
type Handler struct {
	cfg     Config
	table   *Table
	source  Source
	files   *trackFiles // nil where segments do not go straight from files
	cache   *cache.Cache
	engine  *auth.Engine
	options *optionsTable
	streams chan struct{} // one for each response that is being read as it is sent
	alerts  atomic.Uint64
}

// Stats is a reading of a handler's counters and gauges.
type Stats struct {
	Alerts  uint64 // track files found damaged
	Files   int    // track files held open
	Streams int    // responses that are read from storage as they are sent
}

// New returns a handler that serves the assets of table, to whom engine lets it, with the bytes of source through answers.
// Where source is an [Opener], clear segments go straight from its files unless cfg says otherwise.
func New(cfg Config, engine *auth.Engine, table *Table, source Source, answers *cache.Cache) (*Handler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	h := &Handler{
		cfg: cfg, engine: engine, table: table, source: source, cache: answers,
		options: newOptionsTable(),
		streams: make(chan struct{}, cfg.MaxStreams),
	}
	if opener, ok := source.(Opener); ok && cfg.Sendfile {
		h.files = newTrackFiles(opener, cfg.MaxOpenFiles, func() { h.alerts.Add(1) })
	}
	return h, nil
}

// Run closes track files that are no longer asked for, until ctx ends; then it closes all.
func (h *Handler) Run(ctx context.Context) {
	if h.files != nil {
		h.files.run(ctx)
	}
}

// Stats reads the counters.
func (h *Handler) Stats() Stats {
	stats := Stats{Alerts: h.alerts.Load(), Streams: len(h.streams)}
	if h.files != nil {
		stats.Files = h.files.len()
	}
	return stats
}

// Serve answers one request.
func (h *Handler) Serve(ctx context.Context, x *httpd.Exchange) {
	a := newAnswer()
	defer answers.Put(a)
	if err := h.serve(ctx, x, a); err != nil {
		h.refuse(x, a, err)
	}
}

func (h *Handler) serve(ctx context.Context, x *httpd.Exchange, a *answer) error {
	if err := h.begin(x, a); err != nil {
		return err
	}
	header := &x.Request.Header
	switch _, path, _ := splitTarget(header.RequestURI()); {
	case header.IsOptions():
		a.preflight(x)
		return nil
	case !header.IsGet() && !header.IsHead():
		return errMethod
	case string(path) == decisionPath:
		return h.decide(ctx, x, a)
	}
	record, err := h.admit(ctx, x, a, header.RequestURI())
	if err != nil {
		return err
	}
	if err := h.present(ctx, x, a, record); err != nil {
		return err
	}
	if a.exchanges(header) {
		return h.exchange(ctx, x, a)
	}
	if err := a.plan(); err != nil {
		return err
	}
	return h.send(ctx, x, a)
}

// describe notes what the request names.
func describe(rec *httpd.Record, a *answer) {
	t := a.target
	rec.Project = a.visit.Project()
	rec.Route = routeNames[t.resource.Kind]
	rec.Protocol = protocolNames[t.resource.Kind]
	rec.AssetID = string(t.asset)
	rec.Track = string(t.resource.Track)
	rec.Segment = t.resource.Number
}

// plan says how what the target names will be answered.
func (a *answer) plan() (err error) {
	if err := a.within(); err != nil {
		return err
	}
	switch a.target.resource.Kind {
	case packager.InitSegment, packager.MediaSegment, packager.TSSegment:
		err = a.planMedia()
	case packager.OnDemandFile:
		err = a.planOnDemand()
	case packager.Download:
		err = a.planDownload()
	default:
		err = a.planManifest()
	}
	a.cacheControl = a.bounded(a.cacheControl)
	return err
}

// present finds the presentation that has what the target names.
func (h *Handler) present(ctx context.Context, x *httpd.Exchange, a *answer, record *Asset) (err error) {
	a.presentation, err = h.find(ctx, a.asset(), a.target, record)
	if err == nil {
		x.Record.Generation = a.presentation.Generation
	}
	return err
}

// find returns the current presentation, or, for what belongs to tracks, the newest one that has them: players go on with
// the tracks of the manifest that they began with.
func (h *Handler) find(ctx context.Context, id packager.AssetID, t target, record *Asset) (*packager.Presentation, error) {
	current, err := h.table.presentation(ctx, id, record.Generation)
	if err != nil || holds(current, t.resource) {
		return current, err
	}
	var damaged error // no reason to keep the tracks of other generations from players
	for _, generation := range record.Retained {
		p, err := h.table.retainedWith(ctx, id, generation, t.resource.Track)
		if errors.Is(err, ErrCorrupt) {
			damaged = err
			continue
		}
		if err != nil || p != nil && holds(p, t.resource) {
			return p, err
		}
	}
	return current, damaged // current says that it has no such track; a damaged one may have had it
}

// holds reports whether p has the tracks that r belongs to.
func holds(p *packager.Presentation, r packager.Resource) bool {
	return (r.Track == "" || p.Track(r.Track) != nil) && (r.Audio == "" || p.Track(r.Audio) != nil)
}

// Values of [httpd.Record.Cache].
var (
	outcomeHit  = cache.Hit.String()
	outcomeMiss = cache.Miss.String()
)

// fetch makes a body for all who wait for it. The caller releases the entry.
func (h *Handler) fetch(ctx context.Context, rec *httpd.Record, key []byte, sizeBytes int64, fill cache.Fill) (*cache.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.RequestTimeout)
	defer cancel()
	entry, outcome, err := h.cache.Fetch(ctx, key, sizeBytes, fill)
	rec.Cache = outcome.String()
	return entry, err
}

// refuse answers with an error.
func (h *Handler) refuse(x *httpd.Exchange, a *answer, err error) {
	kind := classify(err)
	rec := &x.Record
	rec.ErrKind, rec.Err = kind.name, err
	text := kind.public
	var panicked *cache.PanicError
	if errors.As(err, &panicked) {
		rec.Stack = panicked.Stack
	}
	if text == "" {
		text = err.Error()
	}
	x.Reset()
	writeError(&x.Response, kind.status, text)
	header := &x.Response.Header
	a.shareError(header)
	if a.personal() {
		header.Set(fasthttp.HeaderCacheControl, cacheNotStored)
	}
	switch kind.status {
	case fasthttp.StatusMethodNotAllowed:
		header.Set(fasthttp.HeaderAllow, allowedMethods)
	case fasthttp.StatusTooManyRequests, fasthttp.StatusServiceUnavailable:
		header.Set(fasthttp.HeaderRetryAfter, "1")
	case fasthttp.StatusRequestedRangeNotSatisfiable:
		var outside *rangeError
		errors.As(err, &outside)
		header.Set(fasthttp.HeaderContentRange, "bytes */"+strconv.FormatInt(outside.sizeBytes, 10))
	}
}

// Fail answers a request that never reached Serve, or whose Serve panicked.
func (h *Handler) Fail(x *httpd.Exchange, status int) {
	writeError(&x.Response, status, unreadPublic[status])
	setSharing(&x.Response.Header, "*")
}
