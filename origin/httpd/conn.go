package httpd

import (
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// conn is an accepted connection. It does for a TCP connection what the standard library does not: while it waits for a
// request it holds no buffer, and its timers are moved only when they matter. One goroutine uses it; Close may be called
// by any.
type conn struct {
	net.Conn
	raw syscall.RawConn // nil when it is no TCP connection; then it does nothing special

	read, write deadline

	received *[]byte // a buffer that holds what was received and not yet read; nil for none
	rest     []byte  // the unread part of it
	into     []byte  // where receiveInto reads to; nil for a buffer
	got      int
	err      error
	try      func(fd uintptr) bool // receiveInto, made once
}

// receiveBuffers hold what came while a connection waited, until the request is parsed.
var receiveBuffers = sync.Pool{New: func() any { b := make([]byte, receiveBytes); return &b }}

const receiveBytes = 4096

func newConn(accepted net.Conn) *conn {
	c := &conn{Conn: accepted}
	if tcp, ok := accepted.(*net.TCPConn); ok {
		c.raw, _ = tcp.SyscallConn() // fails for a closed connection only, which the first read finds out
		c.try = c.receiveInto
	}
	return c
}

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	c.read.set(t)
	c.write.set(t)
	return nil
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

// await waits until there is something to read, or nothing will ever be. On a TCP connection no buffer is held
// meanwhile.
func (c *conn) await() error {
	if c.received != nil {
		return nil
	}
	_, err := c.fill(nil)
	return err
}

// Read reads what has come.
func (c *conn) Read(p []byte) (int, error) {
	if c.received != nil {
		return c.takeRest(p), nil
	}
	return c.fill(p)
}

func (c *conn) takeRest(p []byte) int {
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	if len(c.rest) == 0 {
		receiveBuffers.Put(c.received)
		c.received, c.rest = nil, nil
	}
	return n
}

// fill reads into p, or into a buffer when p is nil.
func (c *conn) fill(p []byte) (int, error) {
	if p != nil && len(p) == 0 {
		return 0, nil
	}
	if c.raw == nil {
		return c.fillBlocking(p)
	}
	if err := c.armRead(false); err != nil {
		return 0, err
	}
	c.into, c.got, c.err = p, 0, nil
	err := c.raw.Read(c.try)
	c.into = nil
	if err == nil {
		err = c.err
	}
	return c.got, err
}

func (c *conn) fillBlocking(p []byte) (int, error) {
	if err := c.armRead(true); err != nil {
		return 0, err
	}
	if p != nil {
		return c.Conn.Read(p)
	}
	buffer := receiveBuffers.Get().(*[]byte)
	n, err := c.Conn.Read(*buffer)
	return c.keep(buffer, n), err
}

// keep holds n received bytes until they are read.
func (c *conn) keep(buffer *[]byte, n int) int {
	if n == 0 {
		receiveBuffers.Put(buffer)
		return 0
	}
	c.received, c.rest = buffer, (*buffer)[:n]
	return n
}

// receiveInto is one try to read without waiting; false when there is nothing yet.
func (c *conn) receiveInto(fd uintptr) bool {
	p := c.into
	var buffer *[]byte
	if p == nil {
		buffer = receiveBuffers.Get().(*[]byte)
		p = *buffer
	}
	n, errno := readSocket(int(fd), p)
	if buffer != nil {
		c.keep(buffer, n)
	}
	switch {
	case errno == unix.EAGAIN:
		c.err = c.armRead(true)
		return c.err != nil
	case errno != 0:
		c.err = &net.OpError{Op: "read", Net: "tcp", Addr: c.RemoteAddr(), Err: errno}
	case n == 0:
		c.err = io.EOF
	default:
		c.got = n
	}
	return true
}

// Write writes p.
func (c *conn) Write(p []byte) (int, error) {
	if err := c.armWrite(true); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
