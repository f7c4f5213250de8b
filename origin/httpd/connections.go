package httpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// connections counts the open connections, caps them, and can cut them.
type connections struct {
	max     int
	refused atomic.Uint64
	starved atomic.Uint64
	done    sync.WaitGroup // one for each open connection

	mu   sync.Mutex
	open map[*session]struct{}
}

func newConnections(limit int) *connections {
	return &connections{max: limit, open: map[*session]struct{}{}}
}

func (c *connections) add(s *session) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= c.max {
		return false
	}
	c.open[s] = struct{}{}
	c.done.Add(1)
	return true
}

func (c *connections) remove(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, s)
	c.done.Done()
}

func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

// each calls f for every open connection.
func (c *connections) each(f func(*session)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for s := range c.open {
		f(s)
	}
}

// cut closes all connections under their users and returns how many there were.
func (c *connections) cut() (n int) {
	c.each(func(s *session) {
		s.conn.Conn.Close() // the writer of the connection sees and reports the error
		n++
	})
	return n
}

// wait waits until no connection is open, or ctx ends.
func (c *connections) wait(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		c.done.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// accept serves every connection of ln below the cap until ln is closed, and returns nil, or breaks. A connection above
// the cap is refused instead of left in the kernel's queue, where a balancer would take the server for alive and slow.
// While the system has no resources for one, accept waits: those who are served go on, and their ending frees some.
func (s *Server) accept(ln net.Listener) error {
	for {
		accepted, err := ln.Accept()
		switch {
		case passes(err):
			s.connections.starved.Add(1)
			time.Sleep(acceptPause)
		case err == io.EOF || errors.Is(err, net.ErrClosed) || s.stopping.Load():
			return nil
		case err != nil:
			return fmt.Errorf("accept connections: %w", err)
		default:
			s.admit(accepted)
		}
	}
}

func (s *Server) admit(accepted net.Conn) {
	n := newSession(s, accepted)
	if s.connections.add(n) {
		go n.run()
		return
	}
	s.connections.refused.Add(1)
	refuse(accepted, n.secure)
}

// acceptPause is how long a listener without resources waits until it tries again.
const acceptPause = 50 * time.Millisecond

// passes reports the errors of accept(2) that say nothing of the listener: descriptors or memory have run out, or the
// client has left already.
func passes(err error) bool {
	for _, temporary := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, temporary) {
			return true
		}
	}
	return false
}

const refusal = "HTTP/1.1 503 Service Unavailable\r\n" +
	"Connection: close\r\nRetry-After: 1\r\nAccess-Control-Allow-Origin: *\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 11\r\n\r\noverloaded\n"

// refuse answers without reading, unless the client could not read it. The answer fits the socket's buffer, so this does
// not wait for the client; the deadline is for listeners that have none.
func refuse(conn net.Conn, secure bool) {
	if !secure {
		conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		io.WriteString(conn, refusal) // best effort: the connection is refused either way
	}
	conn.Close()
}
