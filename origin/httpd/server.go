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
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
	"go.uber.org/zap"
)

// maxBodyBytes bounds request bodies: viewers have nothing to send.
const maxBodyBytes = 1 << 10

// Handler answers requests. Its methods run concurrently and must not keep the exchange.
type Handler interface {
	// Serve answers one request. ctx belongs to the server, not to the request: it ends when the server has given up
	// finishing. A panic is recovered and answered with Fail.
	Serve(ctx context.Context, x *Exchange)
	// Fail writes the answer with an error status to a request that could not be read, that did not come the way it must,
	// or whose Serve panicked. The request may be malformed or empty, the response is empty.
	Fail(x *Exchange, status int)
}

// Server is the viewer listener. Make one with New and run it once.
type Server struct {
	cfg     Config
	handler Handler
	observe func(*Record)
	log     *zap.Logger

	base        context.Context // of all requests; set by Run before the first one
	connections *connections
	certificate certificate // with a nil pointer without TLS
	secure      *tls.Config // nil without TLS
	proxies     proxies
	pins        *followed[pins] // nil without a pin
	followers   []follower      // of the files above
	idPrefix    string
	requests    atomic.Uint64
	hits        atomic.Uint64 // of which one in LogHitsEvery is logged
	panics      atomic.Uint64
	unannounced atomic.Uint64
	unsecured   atomic.Uint64
	cuts        cuts
	exchanges   exchanges
	stopping    atomic.Bool
}

// Stats is a reading of a server's counters.
type Stats struct {
	Connections int    // open now
	Refused     uint64 // connections above the cap
	Starved     uint64 // tries to accept a connection that failed for want of descriptors or memory
	Panics      uint64 // requests ended by a panic of the handler
	Unannounced uint64 // connections of trusted proxies without a sound header of the PROXY protocol
	Unsecured   uint64 // TLS handshakes that failed, those without the certificate that clients must show included
	// Responses that did not reach their end.
	Left    uint64 // the viewer closed the connection
	Stalled uint64 // the viewer read too slowly
	Broken  uint64 // what was being sent could not be had, or shutting down took too long
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
		proxies:     newProxies(cfg.TrustedProxies),
		exchanges:   exchanges{maxHeaderBytes: cfg.MaxHeaderBytes},
	}
	if err := s.readFiles(); err != nil {
		return nil, err
	}
	return s, nil
}

// readFiles reads the files that the configuration names and notes that they are to be followed.
func (s *Server) readFiles() (err error) {
	if s.cfg.PinFile != "" {
		if s.pins, err = loadPins(s.cfg.PinFile); err != nil {
			return err
		}
		s.followers = append(s.followers, s.pins)
	}
	if s.cfg.CertificateFile == "" {
		return nil
	}
	if s.certificate, err = loadCertificate(s.cfg.CertificateFile, s.cfg.KeyFile); err != nil {
		return err
	}
	s.followers = append(s.followers, s.certificate)
	s.secure = s.certificate.config()
	if s.cfg.ClientCAFile == "" {
		return nil
	}
	demanding, err := demandCertificates(s.secure.Clone(), s.cfg.ClientCAFile, s.cfg.ClientNames)
	if err != nil {
		return err
	}
	s.followers = append(s.followers, demanding)
	s.secure.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return demanding.current.Load(), nil }
	return nil
}

// Run serves ln until ctx ends, then stops accepting and lets running answers finish within ShutdownTimeout. It returns
// when no connection is left: nil, or an error when the listener broke or connections had to be cut.
func (s *Server) Run(ctx context.Context, ln net.Listener) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s.base = base
	if len(s.followers) > 0 {
		stop := followAll(ctx, s.followers, s.log)
		defer stop()
	}
	served := make(chan error, 1)
	go func() { served <- s.accept(ln) }()

	var broken error
	select {
	case broken = <-served:
		served <- nil
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	ln.Close() // one that is closed already is as good
	<-served
	return errors.Join(broken, s.shutdown(cancel))
}

// shutdown finishes the running answers and cuts those that take too long.
func (s *Server) shutdown(cancel context.CancelFunc) error {
	grace, stop := context.WithTimeout(context.Background(), s.cfg.ShutdownTimeout)
	defer stop()
	s.connections.each((*session).closeIdle)
	err := s.connections.wait(grace)
	if err != nil {
		cancel()
		err = fmt.Errorf("shut down within %s: %d connections cut: %w", s.cfg.ShutdownTimeout, s.connections.cut(), err)
	}
	s.connections.done.Wait()
	return err
}

// Stats reads the counters.
func (s *Server) Stats() Stats {
	stats := Stats{
		Connections: s.connections.count(),
		Refused:     s.connections.refused.Load(),
		Starved:     s.connections.starved.Load(),
		Panics:      s.panics.Load(),
		Left:        s.cuts.left.Load(),
		Stalled:     s.cuts.stalled.Load(),
		Broken:      s.cuts.broken.Load(),
		Unannounced: s.unannounced.Load(),
		Unsecured:   s.unsecured.Load(),
	}
	if s.secure != nil {
		stats.CertificateExpires = s.certificate.expires()
	}
	return stats
}

// serve runs the handler, unless the request did not come the way it must, and turns a panic into an answer.
func (s *Server) serve(x *Exchange) {
	defer func() {
		if value := recover(); value != nil {
			s.panics.Add(1)
			rec := &x.Record
			rec.ErrKind, rec.Err, rec.Stack = "panic", fmt.Errorf("panic: %v", value), debug.Stack()
			x.Reset()
			s.handler.Fail(x, fasthttp.StatusInternalServerError)
		}
	}()
	if !s.pinned(&x.Request.Header) {
		x.Record.ErrKind, x.Record.Err = "wrong_pin", errWrongPin
		s.handler.Fail(x, fasthttp.StatusForbidden)
		return
	}
	s.handler.Serve(s.base, x)
}

// survive is deferred: it lets a panic outside of a handler, in reading a request or in Fail, end a connection only.
func (s *Server) survive() {
	if value := recover(); value != nil {
		s.panics.Add(1)
		s.log.Error("panic", zap.Error(fmt.Errorf("panic beside a handler: %v", value)), zap.ByteString("stack", debug.Stack()))
	}
}

// failUnread answers a request that could not be read.
func (s *Server) failUnread(x *Exchange, err error) {
	unread := classifyUnread(err)
	x.Record.ErrKind, x.Record.Err = "request", unread.cause
	s.handler.Fail(x, unread.status)
}

// unreadKind is a reason why a request could not be read. It holds nothing of the request, which may carry credentials.
type unreadKind struct {
	status int
	cause  error
}

func classifyUnread(err error) unreadKind {
	var tooLong *fasthttp.ErrSmallBuffer
	var timeout net.Error
	switch {
	case errors.As(err, &tooLong):
		return unreadKind{fasthttp.StatusRequestHeaderFieldsTooLarge, errors.New("request line and header are too large")}
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		return unreadKind{fasthttp.StatusRequestEntityTooLarge, errors.New("request has a large body")}
	case errors.As(err, &timeout) && timeout.Timeout():
		return unreadKind{fasthttp.StatusRequestTimeout, errors.New("request did not arrive in time")}
	default:
		return unreadKind{fasthttp.StatusBadRequest, errors.New("request is malformed or was cut")}
	}
}

// report writes the access line and tells the observer.
func (s *Server) report(rec *Record) {
	s.logAccess(rec)
	s.observe(rec)
}
