package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"headwater/bench/client"
)

// idlers are connections that ask a few times in a long while.
type idlers struct {
	conns    []*client.Conn
	paths    []string
	failures *failures
	answered atomic.Int64 // as they should be
}

// idleTimes is how often each asks: at the start, in the middle and near the end.
const idleTimes = 3

// How many connections are opened or used at once, and how long one answer may take.
const (
	idleWorkers  = 64
	idlePatience = 30 * time.Second
)

// openIdlers opens connections, each of which asks at once: servers have no patience with new ones that say nothing.
// Those that fail are counted and missing.
func openIdlers(ctx context.Context, target client.Target, count int, paths []string) *idlers {
	all := &idlers{conns: make([]*client.Conn, count), paths: paths, failures: newFailures()}
	all.each(func(i int) {
		ctx, cancel := context.WithTimeout(ctx, idlePatience)
		defer cancel()
		conn, err := client.Dial(ctx, target)
		if err != nil {
			all.failures.add(fmt.Sprintf("open: %v", plainly(err)))
			return
		}
		all.conns[i] = conn
		all.askOn(i)
	})
	return all
}

// ask has every connection ask once more.
func (all *idlers) ask(ctx context.Context) {
	all.each(func(i int) {
		if all.conns[i] != nil && ctx.Err() == nil {
			all.askOn(i)
		}
	})
}

func (all *idlers) askOn(i int) {
	if err := askOnce(all.conns[i], all.paths[i%len(all.paths)]); err != nil {
		all.failures.add(plainly(err).Error())
		return
	}
	all.answered.Add(1)
}

func askOnce(conn *client.Conn, path string) error {
	var response client.Response
	if err := conn.Do(&client.Request{Path: path, Deadline: time.Now().Add(idlePatience)}, &response); err != nil {
		return err
	}
	if response.Status != 200 || response.BodyBytes == 0 {
		return fmt.Errorf("status %d with %d bytes", response.Status, response.BodyBytes)
	}
	if !conn.Reusable() {
		return fmt.Errorf("the server ends the connection")
	}
	return nil
}

func (all *idlers) close() {
	all.each(func(i int) {
		if conn := all.conns[i]; conn != nil {
			_ = conn.Close() // it has nothing left to say
		}
	})
}

// each calls work for every connection, some at once.
func (all *idlers) each(work func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range idleWorkers {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all.conns)); i = next.Add(1) - 1 {
				work(int(i))
			}
		})
	}
	workers.Wait()
}

// failures counts what went wrong, by kind. Safe for concurrent use.
type failures struct {
	mu     sync.Mutex
	counts map[string]int64
}

func newFailures() *failures { return &failures{counts: map[string]int64{}} }

// maxKinds bounds the kinds that are told apart.
const maxKinds = 30

func (f *failures) add(kind string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.counts[kind]; !known && len(f.counts) >= maxKinds {
		kind = "others"
	}
	f.counts[kind]++
}

func (f *failures) total() (sum int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range f.counts {
		sum += n
	}
	return sum
}
