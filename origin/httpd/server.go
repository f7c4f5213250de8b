package httpd

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
	"go.uber.org/zap"
)

// maxBodyBytes bounds request bodies: viewers have nothing to send.
const maxBodyBytes = 1 << 10

// Handler answers requests. Its methods run concurrently and must not keep rc or rec.
type Handler interface {
	// Serve answers one request. ctx belongs to the server, not to the request: it ends when the server has given up
	// finishing. A panic is recovered and answered with Fail.
	Serve(ctx context.Context, rc *fasthttp.RequestCtx, rec *Record)
	// Fail writes the answer with an error status to a request that could not be read or whose Serve panicked. The
	// request may be malformed or empty.
	Fail(rc *fasthttp.RequestCtx, rec *Record, status int)
}

// Server is the viewer listener. Make one with New and run it once.
type Server struct {
	cfg     Config
	handler Handler
	observe func(*Record)
	log     *zap.Logger
	http    *fasthttp.Server

	base        context.Context // of all requests; set by Run before the first one
	connections *connections
	certificate *certificate // nil without TLS
	secure      *tls.Config
	idPrefix    string
	requests    atomic.Uint64
	hits        atomic.Uint64 // of which one in LogHitsEvery is logged
	panics      atomic.Uint64
	records     sync.Pool
}

// Stats is a reading of a server's counters.
type Stats struct {
	Connections int    // open now
	Refused     uint64 // connections above the cap
	Starved     uint64 // tries to accept a connection that failed for want of descriptors or memory
	Panics      uint64 // requests ended by a panic of the handler
	// CertificateExpires is when the certificate in use ends; zero without TLS.
	CertificateExpires time.Time
}

// New returns a server that answers with handler and reports every answered request to observe, which must be fast,
// safe for concurrent use, and not keep the Record.
func New(cfg Config, handler Handler, observe func(*Record), log *zap.Logger) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	var prefix [4]byte
	rand.Read(prefix[:]) // never fails
	s := &Server{
		cfg:         cfg,
		handler:     handler,
		observe:     observe,
		log:         log,
		connections: newConnections(cfg.MaxConnections),
		idPrefix:    hex.EncodeToString(prefix[:]),
		records:     sync.Pool{New: func() any { return new(Record) }},
	}
	if cfg.CertificateFile != "" {
		var err error
		if s.certificate, err = loadCertificate(cfg.CertificateFile, cfg.KeyFile); err != nil {
			return nil, err
		}
		s.secure = s.certificate.config()
	}
	s.http = &fasthttp.Server{
		Handler:               s.handle,
		ErrorHandler:          s.handleUnread,
		Concurrency:           cfg.MaxConnections + 1, // the cap itself is the listener's
		ReadBufferSize:        cfg.MaxHeaderBytes,
		ReadTimeout:           cfg.ReadTimeout,
		IdleTimeout:           cfg.IdleTimeout,
		MaxRequestBodySize:    maxBodyBytes,
		ReduceMemoryUsage:     true, // an idle connection holds no buffer, and conn sees to it that this costs nothing
		CloseOnShutdown:       true,
		NoDefaultServerHeader: true,
		NoDefaultContentType:  true,
		SecureErrorLogMessage: true, // URLs may carry credentials
		ConnState:             s.connState,
		Logger:                serverLog{log},
	}
	return s, nil
}

// Run serves ln until ctx ends, then stops accepting and lets running answers finish within ShutdownTimeout. It returns
// when no connection is left: nil, or an error when the listener broke or connections had to be cut.
func (s *Server) Run(ctx context.Context, ln net.Listener) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s.base = base
	if s.certificate != nil {
		stop := s.followCertificate(ctx)
		defer stop()
	}
	capped := s.capped(ln)
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(capped) }()

	var broken error
	select {
	case broken = <-served:
		served <- nil
	case <-ctx.Done():
	}
	capped.Close() // also when Serve has not begun yet, which Shutdown would miss; a listener that is no more is no error
	return errors.Join(broken, s.shutdown(cancel, served))
}

// certificateInterval is how often the files of the certificate are looked at.
const certificateInterval = time.Minute

// followCertificate keeps the certificate fresh until ctx ends or stop is called, which waits.
func (s *Server) followCertificate(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var following sync.WaitGroup
	following.Go(func() { s.certificate.follow(ctx, certificateInterval, s.log) })
	return func() {
		cancel()
		following.Wait()
	}
}

// capped returns ln with our own connections.
func (s *Server) capped(ln net.Listener) *cappedListener {
	capped := &cappedListener{Listener: ln, connections: s.connections, refusal: refusal}
	capped.wrap = func(accepted net.Conn) net.Conn { return newConn(accepted, &s.cfg) }
	if s.secure != nil {
		capped.refusal = ""
		capped.wrap = func(accepted net.Conn) net.Conn { return tls.Server(newConn(accepted, &s.cfg), s.secure) }
	}
	return capped
}

// shutdown finishes the running answers and cuts those that take too long.
func (s *Server) shutdown(cancel context.CancelFunc, served <-chan error) error {
	grace, stop := context.WithTimeout(context.Background(), s.cfg.ShutdownTimeout)
	defer stop()
	err := s.http.ShutdownWithContext(grace)
	if err != nil {
		cancel()
		err = fmt.Errorf("shut down within %s: %d connections cut: %w", s.cfg.ShutdownTimeout, s.connections.cut(), err)
	}
	<-served
	s.connections.done.Wait()
	return err
}

func (s *Server) connState(conn net.Conn, state fasthttp.ConnState) {
	if state == fasthttp.StateClosed || state == fasthttp.StateHijacked {
		s.connections.remove(conn)
	}
}

// Stats reads the counters.
func (s *Server) Stats() Stats {
	stats := Stats{
		Connections: s.connections.count(),
		Refused:     s.connections.refused.Load(),
		Starved:     s.connections.starved.Load(),
		Panics:      s.panics.Load(),
	}
	if s.certificate != nil {
		stats.CertificateExpires = s.certificate.expires()
	}
	return stats
}

// handle answers a request that could be read.
func (s *Server) handle(rc *fasthttp.RequestCtx) {
	rec := s.begin(rc)
	s.serve(rc, rec)
	s.finish(rc, rec)
}

// serve runs the handler and turns its panic into an answer.
func (s *Server) serve(rc *fasthttp.RequestCtx, rec *Record) {
	defer func() {
		if value := recover(); value != nil {
			s.panics.Add(1)
			rec.ErrKind, rec.Err, rec.Stack = "panic", fmt.Errorf("panic: %v", value), debug.Stack()
			s.handler.Fail(rc, rec, fasthttp.StatusInternalServerError)
		}
	}()
	s.handler.Serve(s.base, rc, rec)
}

// handleUnread answers a request that could not be read.
func (s *Server) handleUnread(rc *fasthttp.RequestCtx, err error) {
	rec := s.begin(rc)
	rec.ErrKind, rec.Err = "request", err
	s.handler.Fail(rc, rec, unreadStatus(err))
	s.finish(rc, rec)
}

// unreadStatus tells why a request could not be read.
func unreadStatus(err error) int {
	var tooLong *fasthttp.ErrSmallBuffer
	var timeout net.Error
	switch {
	case errors.As(err, &tooLong):
		return fasthttp.StatusRequestHeaderFieldsTooLarge
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		return fasthttp.StatusRequestEntityTooLarge
	case errors.As(err, &timeout) && timeout.Timeout():
		return fasthttp.StatusRequestTimeout
	default:
		return fasthttp.StatusBadRequest
	}
}

func (s *Server) begin(rc *fasthttp.RequestCtx) *Record {
	rec := s.records.Get().(*Record)
	*rec = Record{
		idPrefix: s.idPrefix,
		number:   s.requests.Add(1),
		Start:    time.Now(),
		ClientIP: rc.RemoteIP(),
	}
	return rec
}

// finish sets what the server adds to every answer, and reports it.
func (s *Server) finish(rc *fasthttp.RequestCtx, rec *Record) {
	response := &rc.Response
	var id [32]byte
	response.Header.SetBytesV("X-Request-Id", rec.AppendRequestID(id[:0]))
	rec.Status = response.StatusCode()
	switch {
	case rc.IsHead():
	case response.IsBodyStream():
		rec.Bytes = int64(response.Header.ContentLength())
	default:
		rec.Bytes = int64(len(response.Body()))
	}
	now := time.Now()
	rec.Duration = now.Sub(rec.Start)
	if c := connOf(rc.Conn()); c != nil {
		c.allow(rec.Bytes, now)
	}
	s.logAccess(rec)
	s.observe(rec)
	s.records.Put(rec)
}
