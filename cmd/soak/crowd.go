package main

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"headwater/bench/client"
)

// crowd are clients of one server that misbehave, and some that only look as if.
type crowd struct {
	target    client.Target
	catalogue *catalogue
	random    *rand.Rand
	tallies   map[string]*tally
	open      atomic.Int64 // connections
}

// tally counts what one kind of client did.
type tally struct {
	done       atomic.Int64
	unexpected *failures // what it got beyond what it deserves, or not
}

// act is what one kind of client does on a connection. An error is an answer that no server should give.
type act struct {
	name   string
	weight int
	do     func(*visit) error
}

// acts are all kinds. The weights add up to 100.
var acts = []act{
	{"leaves in the middle of a body", 30, (*visit).leave},
	{"asks for ranges", 26, (*visit).ranges},
	{"sends garbage", 16, (*visit).garbage},
	{"sends half a request", 10, (*visit).half},
	{"connects and says nothing", 8, (*visit).nothing},
	{"asks for what is not there", 4, (*visit).absent},
	{"stalls", 2, (*visit).stall},
	{"reads slowly, but reads", 4, (*visit).slow},
}

const (
	// visitsEach is the distance between two visits.
	visitsEach = 100 * time.Millisecond
	// visitPatience bounds waiting for anything; the server's own limits are a fraction of it.
	visitPatience = 90 * time.Second
)

func newCrowd(target client.Target, c *catalogue, seed uint64) *crowd {
	all := &crowd{target: target, catalogue: c, random: rand.New(rand.NewPCG(seed, 0)), tallies: map[string]*tally{}}
	for _, a := range acts {
		all.tallies[a.name] = &tally{unexpected: newFailures()}
	}
	return all
}

// run sends clients until ctx ends, and returns when all are gone.
func (c *crowd) run(ctx context.Context) {
	var visits sync.WaitGroup
	defer visits.Wait()
	tick := time.NewTicker(visitsEach)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a, random := c.draw(), rand.New(rand.NewPCG(c.random.Uint64(), 0))
			visits.Go(func() { c.visit(ctx, a, random) })
		}
	}
}

func (c *crowd) draw() act {
	n := c.random.IntN(100)
	for _, a := range acts {
		if n -= a.weight; n < 0 {
			return a
		}
	}
	panic("the weights of acts do not add up to 100")
}

// visit connects and acts. What happens after the end of ctx is nobody's fault.
func (c *crowd) visit(ctx context.Context, a act, random *rand.Rand) {
	t := c.tallies[a.name]
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.target.Address)
	if err == nil {
		c.open.Add(1)
		defer c.open.Add(-1)
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		v := &visit{conn, conn.(*net.TCPConn), ctx, c.catalogue, random, c.target.Address}
		if err = v.prepare(c.target.TLS); err == nil {
			err = a.do(v)
		}
	}
	if ctx.Err() != nil {
		return
	}
	t.done.Add(1)
	if err != nil {
		t.unexpected.add(err.Error())
	}
}
