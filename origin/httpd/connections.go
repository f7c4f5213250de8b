package httpd

import (
	"errors"
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
	open map[net.Conn]struct{}
}

func newConnections(limit int) *connections {
	return &connections{max: limit, open: map[net.Conn]struct{}{}}
}

func (c *connections) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= c.max {
		return false
	}
	c.open[conn] = struct{}{}
	c.done.Add(1)
	return true
}

func (c *connections) remove(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.open[conn]; ok {
		delete(c.open, conn)
		c.done.Done()
	}
}

func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

// cut closes all connections under their users and returns how many there were.
func (c *connections) cut() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		conn.Close() // the writer of the connection sees and reports the error
	}
	return len(c.open)
}

// cappedListener refuses connections above the cap instead of leaving them in the kernel's queue, where a balancer
// would take the server for alive and slow.
type cappedListener struct {
	net.Listener
	connections *connections
	// wrap makes of an accepted connection the one that is served.
	wrap func(net.Conn) net.Conn
	// refusal is written to a connection that is refused; empty where a client could not read it.
	refusal   string
	closeOnce sync.Once
	closeErr  error
}

// Close stops accepting. It may be called again.
func (l *cappedListener) Close() error {
	l.closeOnce.Do(func() { l.closeErr = l.Listener.Close() })
	return l.closeErr
}

// Accept returns the next connection below the cap. While the system has no resources for one it waits: those who are
// served go on, and their ending is what frees some.
func (l *cappedListener) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if passes(err) {
			l.connections.starved.Add(1)
			time.Sleep(acceptPause)
			continue
		}
		if err != nil {
			return nil, err
		}
		if conn := l.wrap(accepted); l.connections.add(conn) {
			return conn, nil
		}
		l.connections.refused.Add(1)
		refuse(accepted, l.refusal)
	}
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

// refuse answers without reading. The answer fits the socket's buffer, so this does not wait for the client; the
// deadline is for listeners that have none.
func refuse(conn net.Conn, text string) {
	conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	conn.Write([]byte(text)) // best effort: the connection is refused either way
	conn.Close()
}
