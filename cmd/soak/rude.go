package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
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

// visit is one client's time with the server.
type visit struct {
	net.Conn
	plain     *net.TCPConn
	ctx       context.Context
	catalogue *catalogue
	random    *rand.Rand
	host      string
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

func (v *visit) prepare(settings *tls.Config) error {
	if err := v.SetDeadline(time.Now().Add(visitPatience)); err != nil {
		return err
	}
	if settings != nil {
		v.Conn = tls.Client(v.Conn, settings)
	}
	return nil
}

// pause waits for some time up to longest.
func (v *visit) pause(longest time.Duration) {
	timer := time.NewTimer(time.Duration(v.random.Int64N(int64(longest))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-v.ctx.Done():
	}
}

func (v *visit) pick(paths []string) string { return paths[v.random.IntN(len(paths))] }

// any picks a segment of any size, large ones the least.
func (v *visit) any() string {
	c := v.catalogue
	return v.pick([][]string{c.large, c.middling, c.middling, c.middling, c.small, c.small}[v.random.IntN(6)])
}

// ask sends a request with further lines and reads the head of the answer.
func (v *visit) ask(path, lines string) (*http.Response, error) {
	if _, err := fmt.Fprintf(v, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, v.host, lines); err != nil {
		return nil, fmt.Errorf("send a request: %w", plainly(err))
	}
	response, err := http.ReadResponse(bufio.NewReaderSize(v, 4096), nil)
	if err != nil {
		return nil, fmt.Errorf("read an answer: %w", plainly(err))
	}
	return response, nil
}

// want asks and demands a status.
func (v *visit) want(status int, path, lines string) (*http.Response, error) {
	response, err := v.ask(path, lines)
	if err == nil && response.StatusCode != status {
		err = fmt.Errorf("status %d instead of %d", response.StatusCode, status)
	}
	return response, err
}

// plainly takes the addresses out of an error of the network, so that equal ones look equal.
func plainly(err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return fmt.Errorf("%s: %w", op.Op, op.Err)
	}
	return err
}

// leave reads a part of a segment and is gone, now and then with a reset.
func (v *visit) leave() error {
	response, err := v.want(http.StatusOK, v.any(), "")
	if err != nil {
		return err
	}
	part := v.random.Int64N(response.ContentLength)
	if _, err := io.CopyN(io.Discard, response.Body, part); err != nil {
		return fmt.Errorf("read a body: %w", plainly(err))
	}
	if v.random.IntN(2) == 0 {
		return v.plain.SetLinger(0)
	}
	return nil
}

// nothing is a scan of ports, or a client whose handshake never comes.
func (v *visit) nothing() error {
	v.pause(8 * time.Second)
	return nil
}

func (v *visit) absent() error {
	path := []string{"/", "/v/absent/hls/master.m3u8", v.pick(v.catalogue.small) + "0000", "/favicon.ico"}[v.random.IntN(4)]
	response, err := v.ask(path, "")
	if err == nil && (response.StatusCode < 400 || response.StatusCode > 499) {
		err = fmt.Errorf("status %d for what is not there", response.StatusCode)
	}
	return err
}

// stall reads the head of an answer and no more, with a small window so that the server has to wait.
func (v *visit) stall() error {
	if err := v.plain.SetReadBuffer(4096); err != nil {
		return err
	}
	_, err := v.want(http.StatusOK, v.any(), "")
	if err == nil {
		v.pause(75 * time.Second)
	}
	return err
}

// slow reads a whole segment at some 64 KiB a second, four times what the server demands.
func (v *visit) slow() error {
	response, err := v.want(http.StatusOK, v.pick(v.catalogue.middling), "")
	if err != nil {
		return err
	}
	const step = 16 << 10
	tick := time.NewTicker(time.Second / 4)
	defer tick.Stop()
	for {
		_, err := io.CopyN(io.Discard, response.Body, step)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("an honest client is cut: %w", plainly(err))
		}
		<-tick.C
	}
}
