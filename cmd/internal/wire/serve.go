package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"headwater/auth"
	"headwater/cache"
	"headwater/cache/disk"
	"headwater/ingest"
	"headwater/ingest/storage"
	"headwater/origin"
	"headwater/origin/console"
	"headwater/origin/httpd"
	"headwater/origin/metrics"
)

// Serve runs the viewer and the control listener until ctx ends, then finishes the running responses and returns nil.
// ready is called once, when both listeners accept. What viewers need is there by then; the catalogue is opened and
// reconciled beside serving, and whatever is wrong with it keeps nothing from them.
func (s *System) Serve(ctx context.Context, ready func(viewer, control net.Addr)) error {
	viewerListener, err := listen(ctx, "listen", s.cfg.Listen)
	if err != nil {
		return err
	}
	defer viewerListener.Close()
	controlListener, err := listen(ctx, "control", s.cfg.Control)
	if err != nil {
		return err
	}
	defer controlListener.Close()
	plane, err := s.newViewerPlane()
	if err != nil {
		return err
	}
	defer plane.close()
	if err := plane.metrics.Register(s.upkeep.collectors()...); err != nil {
		return err
	}
	control, err := s.controlHandler(plane, viewerListener.Addr())
	if err != nil {
		return err
	}
	s.warnOfDescriptors()
	s.readRules(ctx, plane)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { plane.poller.Run(ctx); return nil })
	group.Go(func() error { plane.handler.Run(ctx); return nil })
	group.Go(func() error { plane.rules.run(ctx); return nil })
	group.Go(func() error { return plane.server.Run(ctx, viewerListener) })
	group.Go(func() error { return s.serveControl(ctx, controlListener, control) })
	group.Go(func() error { s.upkeep.run(ctx); return nil })
	s.log.Info("serving", zap.Stringer("viewer", viewerListener.Addr()), zap.Stringer("control", controlListener.Addr()))
	ready(viewerListener.Addr(), controlListener.Addr())
	err = group.Wait()
	s.log.Info("stopped", zap.Error(err))
	return err
}

// listen opens a listener. Its connections have deadlines for all that they wait for, so the kernel need not probe whether
// their clients live: thousands of probes at once, as after a burst of requests, are lost in full queues, and a
// connection whose probes are lost nine times is ended although nothing is wrong with it.
func listen(ctx context.Context, setting, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{KeepAlive: -1}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another address with --%s", err, setting)
	}
	return l, nil
}

// viewerPlane is what answers viewers. It reads storage and nothing else.
type viewerPlane struct {
	answers *cache.Cache
	engine  *auth.Engine
	rules   *ruleKeeper
	tier    *disk.Tier // nil for none
	table   *origin.Table
	handler *origin.Handler
	poller  *origin.Poller
	server  *httpd.Server
	metrics *metrics.Metrics
}

func (s *System) newViewerPlane() (*viewerPlane, error) {
	p := &viewerPlane{}
	if err := s.joinViewerPlane(p); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (s *System) joinViewerPlane(p *viewerPlane) (err error) {
	ports := viewer{s.store}
	source, err := s.source(p)
	if err != nil {
		return err
	}
	if p.answers, err = cache.New(s.cfg.Cache); err != nil {
		return err
	}
	if p.table, err = origin.NewTable(s.cfg.Origin, ports); err != nil {
		return err
	}
	if p.engine, err = auth.NewEngine(auth.NewLocalCoordinator(time.Now), newWebHook()); err != nil {
		return err
	}
	p.rules = newRuleKeeper(s, p.engine)
	if p.handler, err = origin.New(s.cfg.Origin, p.engine, p.table, source, p.answers); err != nil {
		return err
	}
	if p.poller, err = origin.NewPoller(s.cfg.Origin, ports, p.table, p.rules, s.log); err != nil {
		return err
	}
	sources := metrics.Sources{
		Cache: p.answers.Stats, Handler: p.handler.Stats, Table: p.table.Stats, Poller: p.poller.Stats,
		Server: func() httpd.Stats { return p.server.Stats() },
		Ready:  p.ready(s.ready), Version: s.version,
	}
	if p.tier != nil {
		sources.Disk = p.tier.Stats
	}
	if p.metrics, err = metrics.New(metrics.NewDefaultConfig(), sources); err != nil {
		return err
	}
	p.server, err = httpd.New(s.cfg.Viewer, p.handler, p.metrics.Observe, s.log)
	return err
}

// ready adds to what others know whether anybody is answered.
func (p *viewerPlane) ready(others func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if !p.engine.Ready() {
			return errors.New("the rules of who may watch could not be read yet: the log says why")
		}
		return others(ctx)
	}
}

func (p *viewerPlane) close() {
	if p.table != nil {
		p.table.Close()
	}
	if p.answers != nil {
		p.answers.Close()
	}
	if p.tier != nil {
		p.tier.Close() // its files are copies
	}
}

// readRules reads who may watch before the first viewer asks. When that fails the poller goes on trying, and until it
// succeeds nobody is answered.
func (s *System) readRules(ctx context.Context, p *viewerPlane) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Origin.LoadTimeout)
	defer cancel()
	if err := p.rules.Refresh(ctx); err != nil {
		s.log.Error("the rules of who may watch cannot be read, nobody is answered until they can", zap.Error(err))
	}
}

// ready reports whether storage answers, which is all that viewers need, and then how the library is kept up.
func (s *System) ready(ctx context.Context) error {
	if _, err := s.store.Stat(ctx, ingest.FeedHeadKey); err != nil && !errors.Is(err, storage.ErrNotExist) {
		return err
	}
	return s.upkeep.health()
}

// controlHandler joins the pages and endpoints of the control listener.
func (s *System) controlHandler(p *viewerPlane, viewerAddr net.Addr) (http.Handler, error) {
	watch := console.Config{
		Library: watchLibrary{s.upkeep, p.rules}, Log: s.log,
		ViewerPort: viewerAddr.(*net.TCPAddr).Port, ViewerTLS: s.cfg.ViewerScheme() == "https",
	}
	if s.cfg.PublicURL != "" {
		public, err := url.Parse(s.cfg.PublicURL)
		if err != nil {
			return nil, fmt.Errorf("public_url: %w", err)
		}
		watch.ViewerURL = public
	}
	pages := console.Handler(watch)
	mux := http.NewServeMux()
	mux.Handle("/watch/", pages)
	mux.Handle("/console/", pages)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.Handle("/", p.metrics.Handler())
	return mux, nil
}

// Limits of the control listener, whose clients are few and near.
const (
	controlHeaderTimeout  = 10 * time.Second
	controlRequestTimeout = time.Minute
	controlMaxHeaderBytes = 64 << 10
)

func (s *System) serveControl(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: controlHeaderTimeout,
		ReadTimeout:       controlRequestTimeout,
		WriteTimeout:      controlRequestTimeout,
		IdleTimeout:       2 * controlRequestTimeout,
		MaxHeaderBytes:    controlMaxHeaderBytes,
		ErrorLog:          zap.NewStdLog(s.log.Named("control")),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Viewer.ShutdownTimeout)
		defer cancel()
		stopped <- server.Shutdown(deadline)
	})
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control listener: %w", err)
	}
	return <-stopped
}
