package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"headwater/bench/client"
)

// session is a number of connections to one server.
type session struct {
	target  client.Target
	objects []object
	conns   []*client.Conn
	stalled []net.Conn // those that do not read on
}

// close closes all connections, but for those that are closed because the server could not be reached any more.
func (s *session) close() error {
	var failures []error
	closed := func(err error) {
		if !errors.Is(err, net.ErrClosed) {
			failures = append(failures, err)
		}
	}
	for _, conn := range s.conns {
		closed(conn.Close())
	}
	for _, conn := range s.stalled {
		closed(conn.Close())
	}
	return errors.Join(failures...)
}

// loadTimeout ends a load that does not come to its end.
const loadTimeout = 2 * time.Minute

// run loads the server until all requests have their answer, so that before and after nothing is under way.
func (s *session) run(l load) outcome {
	r := &loop{session: s, load: l, order: l.order(len(s.objects)), failures: map[string]int{}}
	start := time.Now()
	r.deadline = start.Add(loadTimeout)
	var running sync.WaitGroup
	for i := range s.conns {
		running.Go(func() { s.conns[i] = r.follow(s.conns[i]) })
	}
	running.Wait()
	if unasked := int64(len(r.order)) - r.next.Load(); unasked > 0 {
		r.failures["not asked for: no connection left"] += int(unasked)
	}
	return outcome{Bytes: r.bytes.Load(), Wall: time.Since(start), Failures: r.failures}
}

// order returns which object each request asks for.
func (l *load) order(objects int) []int32 {
	random := rand.New(rand.NewPCG(l.Seed, 0))
	ranked := rand.New(rand.NewPCG(1, 0)).Perm(objects) // the popular ones are the same in every round
	order := make([]int32, l.Requests)
	if l.Zipf == 0 {
		inTurn := random.Perm(objects)
		for i := range order {
			order[i] = int32(inTurn[i%objects])
		}
		return order
	}
	sums := zipfSums(objects, l.Zipf)
	for i := range order {
		rank, _ := slices.BinarySearch(sums, random.Float64()*sums[objects-1])
		order[i] = int32(ranked[min(rank, objects-1)])
	}
	return order
}

// zipfSums returns the running sums of 1/rank^exponent.
func zipfSums(n int, exponent float64) []float64 {
	sums, sum := make([]float64, n), 0.0
	for i := range sums {
		sum += math.Pow(float64(i+1), -exponent)
		sums[i] = sum
	}
	return sums
}

// loop is one load under way.
type loop struct {
	session  *session
	load     load
	order    []int32
	deadline time.Time

	next, bytes atomic.Int64
	mu          sync.Mutex
	failures    map[string]int
}

// follow asks over one connection until no request is left, or once, and over a new one when the old one ends. It
// returns the connection to go on with.
func (r *loop) follow(conn *client.Conn) *client.Conn {
	var response client.Response
	rested := true // since the last load; the server may have ended the connection meanwhile
	for again := true; again; again = !r.load.Once {
		n := r.next.Add(1) - 1
		if n >= int64(len(r.order)) {
			return conn
		}
		err := r.ask(conn, int(n), &response)
		if rested && errors.Is(err, client.ErrStale) {
			if conn = r.redial(conn); conn.Reusable() {
				err = r.ask(conn, int(n), &response)
			}
		}
		rested = false
		r.bytes.Add(response.BodyBytes)
		if err != nil {
			r.fail(failureKind(err))
		}
		if !conn.Reusable() {
			if conn = r.redial(conn); !conn.Reusable() {
				return conn
			}
		}
	}
	return conn
}

// redial returns a new connection in place of one that has ended, or that one when there is none to be had.
func (r *loop) redial(conn *client.Conn) *client.Conn {
	conn.Close() // what is wrong with it is counted, or it has said that it would end
	fresh, err := r.session.dial()
	if err != nil {
		r.fail(fmt.Sprintf("connect: %v", err))
		return conn
	}
	return fresh
}

// Answers that are not as they must be.
var (
	errLength = errors.New("another length")
	errBody   = errors.New("another body")
)

// ask makes one request and returns what was wrong with its answer, if anything.
func (r *loop) ask(conn *client.Conn, n int, response *client.Response) error {
	o := &r.session.objects[r.order[n]]
	request := client.Request{Path: o.Path, Header: o.header(), Deadline: r.deadline}
	if n%r.load.HashEvery == 0 {
		request.Use = client.Hash
	}
	err := conn.Do(&request, response)
	switch {
	case err != nil:
		return err
	case response.Status != 200:
		return fmt.Errorf("status %d", response.Status)
	case response.BodyBytes != o.SizeBytes:
		return errLength
	case request.Use == client.Hash && response.Hash != o.Hash:
		return errBody
	default:
		return nil
	}
}

// stall asks for the first object over new connections and stops reading after one byte of the answer.
func (s *session) stall(connections int) error {
	request := []byte("GET " + s.objects[0].Path + " HTTP/1.1\r\nHost: " + s.target.Address + "\r\n\r\n")
	for range connections {
		conn, err := net.DialTimeout("tcp", s.target.Address, dialTimeout)
		if err != nil {
			return err
		}
		s.stalled = append(s.stalled, conn)
		if _, err := conn.Write(request); err != nil {
			return err
		}
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			return err
		}
	}
	return nil
}

// failureKind sorts errors into few enough kinds to list.
func failureKind(err error) string {
	for _, kind := range []error{client.ErrTruncated, client.ErrStale, client.ErrMalformed} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return err.Error()
}

func (r *loop) fail(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures[what]++
}
