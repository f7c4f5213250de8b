package httpd

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// conn is an accepted connection. It does for a TCP connection what the HTTP server on top cannot know of: while it is
// idle it holds no buffer, its deadlines are moved only when they matter, and a body is sent from where it lies together
// with the header that the server writes. One goroutine uses it; Close may be called by any.
type conn struct {
	net.Conn
	raw syscall.RawConn // nil when it is no TCP connection; then it does nothing special

	limits      *Config
	read, write deadline

	request *[]byte // what has been received beyond what was asked for; nil for nothing
	rest    []byte  // the unread part of request
	into    []byte  // where receive reads to
	got     int
	err     error
	receive func(fd uintptr) bool // receiveInto, made once

	out      outgoing
	transmit func(fd uintptr) bool // out.transmit, made once
}

// requestBuffers hold what a connection has received with the first byte of a request until the server reads it.
var requestBuffers = sync.Pool{New: func() any { b := make([]byte, 4096); return &b }}

func newConn(accepted net.Conn, limits *Config) *conn {
	c := &conn{Conn: accepted, limits: limits}
	c.out.conn = c
	c.allow(0, time.Now())
	if tcp, ok := accepted.(*net.TCPConn); ok {
		c.raw, _ = tcp.SyscallConn() // fails for a closed connection only, which the first read finds out
		c.receive = c.receiveInto
		c.transmit = c.out.transmit
	}
	return c
}

// connOf returns the conn below what the HTTP server knows; nil where there is none.
func connOf(c net.Conn) *conn {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	own, _ := c.(*conn)
	return own
}

// allow gives the next response the time that its body may take.
func (c *conn) allow(bodyBytes int64, now time.Time) {
	c.write.set(now.Add(c.limits.WriteTimeout + time.Duration(bodyBytes/c.limits.MinBytesPerSecond)*time.Second))
}

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	c.read.set(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline notes t; it is armed by the read that needs it.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.read.set(t)
	return nil
}

// SetWriteDeadline notes t; it is armed by the write that needs it.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.write.set(t)
	return nil
}

func (c *conn) armRead(blocks bool) error {
	if !c.read.rearm(blocks) {
		return nil
	}
	return c.Conn.SetReadDeadline(c.read.armed)
}

func (c *conn) armWrite(blocks bool) error {
	if !c.write.rearm(blocks) {
		return nil
	}
	return c.Conn.SetWriteDeadline(c.write.armed)
}

// Read reads what has come. The server waits for a request by reading one byte: then all that comes with it is kept, in
// a buffer that is taken only when it has come.
func (c *conn) Read(p []byte) (int, error) {
	if c.request != nil {
		return c.takeRest(p), nil
	}
	if c.raw == nil {
		if err := c.armRead(true); err != nil {
			return 0, err
		}
		return c.Conn.Read(p)
	}
	if err := c.armRead(false); err != nil {
		return 0, err
	}
	c.into, c.got, c.err = p, 0, nil
	err := c.raw.Read(c.receive)
	c.into = nil
	if err == nil {
		err = c.err
	}
	return c.got, err
}

func (c *conn) takeRest(p []byte) int {
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	if len(c.rest) == 0 {
		c.dropRequest()
	}
	return n
}

func (c *conn) dropRequest() {
	if c.request != nil {
		requestBuffers.Put(c.request)
		c.request, c.rest = nil, nil
	}
}

// receiveInto is one try to read without waiting; false when there is nothing yet.
func (c *conn) receiveInto(fd uintptr) bool {
	p := c.into
	var request *[]byte
	if len(p) == 1 {
		request = requestBuffers.Get().(*[]byte)
		p = *request
	}
	n, err := ignoringInterrupts(func() (int, error) { return unix.Read(int(fd), p) })
	if request != nil {
		c.keepRest(request, n)
		n = min(n, 1)
	}
	switch {
	case err == unix.EAGAIN:
		c.err = c.armRead(true)
		return c.err != nil
	case err != nil:
		c.err = &net.OpError{Op: "read", Net: "tcp", Addr: c.RemoteAddr(), Err: err}
	case n == 0 && len(p) > 0:
		c.err = io.EOF
	default:
		c.got = n
	}
	return true
}

// keepRest delivers the first of n received bytes and keeps the others.
func (c *conn) keepRest(request *[]byte, n int) {
	if n <= 1 {
		if n == 1 {
			c.into[0] = (*request)[0]
		}
		requestBuffers.Put(request)
		return
	}
	c.into[0] = (*request)[0]
	c.request, c.rest = request, (*request)[1:n]
}

// Write sends p. When it ends the header of a response whose body is to be sent from where it lies, the body follows
// at once: no other bytes of a header contain the empty line.
func (c *conn) Write(p []byte) (int, error) {
	if c.out.follows(p) {
		return len(p), c.out.send(p)
	}
	if err := c.armWrite(true); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// ignoringInterrupts repeats a call that a signal has interrupted.
func ignoringInterrupts(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != unix.EINTR {
			return max(n, 0), err
		}
	}
}
