package httpd

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// session serves the requests of one connection, one after the other.
type session struct {
	server *Server
	conn   *conn    // the TCP connection
	net    net.Conn // what is read and written: conn, or TLS over it
	secure bool
	state  atomic.Int32

	client  netip.Addr // who has connected: the peer, or whom a trusted proxy has announced
	trusted bool       // the client is a proxy that says for whom it asks

	first    [1]byte // of the next request, where waiting has to take it
	hasFirst bool
}

// States of a session. An idle one may be closed by anybody, a busy one only by its own goroutine.
const (
	idle int32 = iota
	busy
	closed
)

func newSession(s *Server, accepted net.Conn) *session {
	c := newConn(accepted)
	n := &session{server: s, conn: c, net: c}
	if s.secure != nil {
		n.net, n.secure = tls.Server(c, s.secure), true
	}
	n.connected(addressOf(accepted.RemoteAddr()))
	return n
}

// connected notes who has connected.
func (s *session) connected(client netip.Addr) {
	s.client, s.trusted = client, s.server.proxies.trust(client)
}

// run serves requests until the connection ends.
func (s *session) run() {
	defer s.server.connections.remove(s)
	defer s.net.Close() // a failure to close tells nothing that anybody needs
	defer s.server.survive()
	now := time.Now()
	s.conn.read.after(now, s.server.cfg.ReadTimeout)
	s.conn.write.after(now, s.server.cfg.WriteTimeout)
	if s.server.cfg.ProxyProtocol && s.trusted && !s.announced() {
		return
	}
	if s.secure && !s.handshake() {
		return
	}
	for s.await() && s.serveAll() {
		s.conn.read.after(time.Now(), s.server.cfg.IdleTimeout)
		// Others' turn: by the time that they have had it, a busy client has often sent its next request, and reading it
		// needs no wait, for which the kernel would be called three times.
		runtime.Gosched()
	}
}

// announced reads for whom a trusted proxy has connected; false when the connection is to be closed. One that ends before
// its first byte is the probe of a balancer.
func (s *session) announced() bool {
	client, err := s.conn.readProxyHeader()
	switch {
	case err == errProxyHeader:
		s.server.unannounced.Add(1)
		s.server.log.Debug("connection was closed", zap.Stringer("client_ip", s.client), zap.Error(err))
		return false
	case err != nil:
		return false
	case client.IsValid():
		s.connected(client)
	}
	return true
}

// handshake begins the encryption. It needs a deep stack, which a goroutine keeps: one that ends with it leaves the
// connection with little.
func (s *session) handshake() bool {
	done := make(chan bool)
	go func() {
		ok := false
		defer func() {
			if recover() != nil {
				s.server.panics.Add(1)
			}
			done <- ok
		}()
		err := s.net.(*tls.Conn).Handshake() // a client that speaks no TLS is told so by it
		ok = err == nil
		if !ok && err != io.EOF { // which is one that has said nothing
			s.server.unsecured.Add(1)
		}
	}()
	return <-done
}

// await waits for the first byte of a request; false when there will be none.
func (s *session) await() bool {
	if !s.secure {
		return s.conn.await() == nil && s.begin()
	}
	n, err := s.net.Read(s.first[:])
	s.hasFirst = n > 0
	return err == nil && s.begin()
}

// begin makes the session busy; false when it was closed at the same time.
func (s *session) begin() bool { return s.state.CompareAndSwap(idle, busy) }

// closeIdle closes the connection unless it is busy.
func (s *session) closeIdle() {
	if s.state.CompareAndSwap(idle, closed) {
		s.conn.Conn.Close()
	}
}

// Read reads what comes next on the connection.
func (s *session) Read(p []byte) (int, error) {
	if s.hasFirst && len(p) > 0 {
		p[0], s.hasFirst = s.first[0], false
		return 1, nil
	}
	return s.net.Read(p)
}

// serveAll serves the request that has begun to come and those that follow it closely. It returns false when the
// connection is to be closed.
func (s *session) serveAll() bool {
	x := s.server.exchanges.begin(s)
	defer s.server.exchanges.end(x)
	for {
		if !s.serveOne(x) {
			return false
		}
		if x.reader.Buffered() == 0 {
			s.state.Store(idle)
			return !s.server.stopping.Load() // which was set before idle sessions were closed
		}
	}
}

// serveOne reads one request and sends its response.
func (s *session) serveOne(x *Exchange) (goesOn bool) {
	now := time.Now()
	s.conn.read.after(now, s.server.cfg.ReadTimeout)
	x.Record.begin(s.server, now, s.client)
	x.Reset() // a panic may have left anything
	closes := false
	if err := s.readRequest(x); err != nil {
		if err == io.EOF {
			return false // nothing came, or less than a header
		}
		s.server.failUnread(x, err)
		closes = true
	} else {
		s.server.serve(x)
		closes = s.closesAfter(x)
	}
	err := s.respond(x, closes)
	x.Request.Reset()
	if err != nil {
		s.server.noteCut(x, err)
	}
	return err == nil && !closes
}

// readRequest reads a header, and a body that is small enough to be skipped. Who asks is taken from the header before a
// body is read: its trailer, which becomes a part of the header, is not the proxy's.
func (s *session) readRequest(x *Exchange) error {
	if err := x.Request.Header.Read(x.reader); err != nil {
		return err
	}
	if s.trusted {
		x.Record.ClientIP = s.server.proxies.client(s.client, x.Request.Header.PeekAll(forwardedFor))
	}
	if x.Request.MayContinue() {
		return nil // the body is never asked for
	}
	return x.Request.ContinueReadBody(x.reader, maxBodyBytes, false)
}

// closesAfter reports whether the connection ends with this response: because the client or the handler wants so,
// because the server stops, or because a body was announced that is not going to be read.
func (s *session) closesAfter(x *Exchange) bool {
	header := &x.Request.Header
	return header.ConnectionClose() || !header.IsHTTP11() || x.Request.MayContinue() ||
		x.Response.ConnectionClose() || s.server.stopping.Load()
}

// respond reports the exchange and sends the response.
func (s *session) respond(x *Exchange, closes bool) (err error) {
	defer func() {
		x.body.set(source{})
		if value := recover(); value != nil {
			s.server.panics.Add(1)
			err = fmt.Errorf("panic while sending: %v\n%s", value, debug.Stack())
		}
	}()
	rec := &x.Record
	rec.Status, rec.Bytes = x.Status(), x.bodyBytes()
	now := time.Now()
	rec.Duration = now.Sub(rec.Start)
	s.conn.write.after(now, s.server.cfg.patience(rec.Bytes))
	s.server.report(rec)
	if !x.head.active {
		return s.respondPlainly(x, closes)
	}
	header := x.head.finish(rec, closes)
	if x.Request.Header.IsHead() {
		x.body.set(source{})
	}
	if s.secure {
		return x.body.sendSecure(s.net, header)
	}
	return x.body.send(header, now)
}

var responseWriters = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 4096) }}

// respondPlainly sends a response that the handler made of fasthttp's parts.
func (s *session) respondPlainly(x *Exchange, closes bool) error {
	response := &x.Response
	response.SkipBody = x.Request.Header.IsHead()
	response.Header.Set("X-Request-Id", x.Record.RequestID())
	if closes {
		response.SetConnectionClose()
	}
	w := responseWriters.Get().(*bufio.Writer)
	defer responseWriters.Put(w)
	w.Reset(s.net)
	defer w.Reset(nil)
	if err := response.Write(w); err != nil {
		return err
	}
	return w.Flush()
}
