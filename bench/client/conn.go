package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Target says where to connect.
type Target struct {
	// Address is "host:port".
	Address string
	// Host is sent as Host; Address when empty.
	Host string
	// TLS makes it a TLS connection, with these settings; plain TCP when nil. An empty ServerName is filled in.
	TLS *tls.Config
}

// Conn is one connection. It serves one request at a time; only Close may be called beside Do, and ends it.
type Conn struct {
	conn net.Conn
	host string
	in   input
	out  []byte // the request as sent
	// kernel drops bodies in the kernel; nil on TLS.
	kernel *drain
	digest xxhash.Digest
	// spent says that the connection cannot take another request.
	spent bool
	timed bool // a deadline is set
}

// Dial connects to target and, with TLS, shakes hands, before ctx ends.
func Dial(ctx context.Context, target Target) (*Conn, error) {
	// No probes of the kernel: requests have deadlines, and those of many idle connections would be load of their own.
	plain, err := (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", target.Address)
	if err != nil {
		return nil, err
	}
	c, err := newConn(ctx, plain, target)
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	return c, nil
}

func newConn(ctx context.Context, plain net.Conn, target Target) (*Conn, error) {
	c := &Conn{conn: plain, host: target.Host, in: input{from: plain}}
	if c.host == "" {
		c.host = target.Address
	}
	if !validHost(c.host) {
		return nil, fmt.Errorf("%w: host %q", ErrRequest, c.host)
	}
	if target.TLS == nil {
		raw, err := plain.(syscall.Conn).SyscallConn()
		c.kernel = newDrain(raw)
		return c, err
	}
	settings := target.TLS
	if settings.ServerName == "" {
		settings = settings.Clone()
		settings.ServerName, _, _ = net.SplitHostPort(target.Address)
	}
	secure := tls.Client(plain, settings)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS with %s: %w", target.Address, err)
	}
	c.conn, c.in.from = secure, secure
	return c, nil
}

func validHost(host string) bool {
	return !bytes.ContainsAny([]byte(host), " \t/\\@") && !hasControl([]byte(host))
}

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Reusable reports whether the connection takes another request. It does not after a failure, and after an answer that
// said that it would be the last.
func (c *Conn) Reusable() bool { return !c.spent }

var errSpent = errors.New("the connection has ended or lost its place: dial a new one")

// Do sends req and reads the answer into resp. The error is an [*Error]; resp then holds what had come. A status is no
// error, whatever it says.
func (c *Conn) Do(req *Request, resp *Response) error {
	resp.reset()
	if c.spent {
		return &Error{Op: "write", Missing: -1, Err: errSpent}
	}
	if err := req.validate(); err != nil {
		return &Error{Op: "write", Missing: -1, Reusable: true, Err: err}
	}
	c.spent = true // until the answer is whole
	start := time.Now()
	last, err := c.exchange(req, resp, start)
	resp.LastByte = time.Since(start)
	c.spent = last || err != nil
	return err
}

// exchange is one request and its answer; last says that the connection ends with it.
func (c *Conn) exchange(req *Request, resp *Response, start time.Time) (last bool, err error) {
	if err := c.write(req); err != nil {
		return true, &Error{Op: "write", Missing: -1, Err: err}
	}
	frame, err := c.readHead(resp, start)
	if err != nil {
		return true, &Error{Op: "read head", Missing: -1, Err: err}
	}
	resp.Status, resp.ContentLength = frame.status, frame.contentLength
	if !frame.bodyless(req.method()) {
		err = c.readBody(frame, req.Use, resp)
	}
	if err == nil && len(c.in.buffered()) > 0 {
		err = malformed("%d bytes follow the end of the answer", len(c.in.buffered()))
	}
	if err != nil {
		return true, &Error{Op: "read body", BodyBytes: resp.BodyBytes, Missing: missing(frame, resp), Err: err}
	}
	return frame.last(req.method()), nil
}

func missing(frame framing, resp *Response) int64 {
	if frame.contentLength < 0 {
		return -1
	}
	return max(frame.contentLength-resp.BodyBytes, 0)
}

func (c *Conn) write(req *Request) error {
	if c.timed || !req.Deadline.IsZero() {
		c.timed = !req.Deadline.IsZero()
		if err := c.conn.SetDeadline(req.Deadline); err != nil {
			return err
		}
	}
	c.out = req.append(c.out[:0], c.host)
	if _, err := c.conn.Write(c.out); err != nil {
		return ended(ErrStale, err)
	}
	return nil
}

// maxInterim bounds the interim answers before the final one.
const maxInterim = 8

// readHead reads heads up to the final one into resp.
func (c *Conn) readHead(resp *Response, start time.Time) (framing, error) {
	for range maxInterim + 1 {
		end, err := c.in.headEnd(resp, start)
		if err != nil {
			return framing{}, err
		}
		resp.head = append(resp.head[:0], c.in.buffered()[:end-len(crlf)]...)
		c.in.skip(end)
		frame, err := parseHead(resp.head)
		if err != nil || !frame.interim() {
			return frame, err
		}
		if frame.status == 101 {
			return framing{}, malformed("101 without being asked to switch protocols")
		}
	}
	return framing{}, malformed("more than %d interim answers", maxInterim)
}

// ended gives the end of a connection its kind, and leaves other errors as they are.
func ended(kind, err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return kind
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fmt.Errorf("%w: %w", kind, err)
	default:
		return err
	}
}
