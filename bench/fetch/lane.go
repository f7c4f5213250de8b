package fetch

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"headwater/bench/client"
	"headwater/bench/measure"
)

// Lane asks one thing after the other, over one connection to each host that it keeps alive. Only hangUp may be called
// beside the goroutine that owns it.
type Lane struct {
	pool   *Pool
	shard  *measure.Shard
	random *rand.Rand
	req    client.Request
	resp   client.Response
	inflow []byte // what was decompressed

	mu    sync.Mutex // for conns, between the owner and hangUp
	conns map[string]*held
}

// held is a connection with whether it has served.
type held struct {
	conn *client.Conn
	used bool
}

// maxHosts bounds the connections of a lane.
const maxHosts = 8

// Close ends the connections of the lane.
func (l *Lane) Close() {
	l.hangUp()
	l.pool.forget(l)
}

func (l *Lane) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for address, h := range l.conns {
		_ = h.conn.Close() // nothing is left to be written
		l.pool.open.Add(-1)
		delete(l.conns, address)
	}
}

// Answer is a good answer. Body is valid until the next Fetch of the lane.
type Answer struct {
	// URL is where it came from, after redirects.
	URL  string
	Body []byte // decoded; nil unless it was to be kept
	// Bytes is the length of the body as it was sent.
	Bytes               int64
	FirstByte, LastByte time.Duration
}

// Options say how to ask.
type Options struct {
	// Keep keeps the body, and lets the server compress it.
	Keep bool
	// Due is when the request should have been sent, since the start; its times count from there. 0 means now.
	Due time.Duration
}

// maxRedirects bounds how often a request is sent elsewhere.
const maxRedirects = 5

// Fetch asks for a target. The error is a *Failure that has been recorded, or ErrStopped.
func (l *Lane) Fetch(t *Target, o Options) (Answer, error) {
	began := l.pool.Now()
	if o.Due > 0 {
		began = o.Due
	}
	for range maxRedirects {
		answer, elsewhere, failure := l.once(t, o, began)
		switch {
		case l.pool.ctx.Err() != nil:
			return Answer{}, ErrStopped
		case failure != nil:
			l.pool.recorder.Fault(began, t.class, failure.Kind, t.display, Scrub(failure.Detail))
			return Answer{}, failure
		case elsewhere == nil:
			return answer, nil
		}
		t = elsewhere
	}
	failure := &Failure{Redirects, "more than " + strconv.Itoa(maxRedirects)}
	l.pool.recorder.Fault(began, t.class, failure.Kind, t.display, failure.Detail)
	return Answer{}, failure
}

// Fault records what the caller found wrong with the answer of a target.
func (l *Lane) Fault(t *Target, kind, detail string) {
	l.pool.recorder.Fault(l.pool.Now(), t.class, kind, t.display, Scrub(detail))
}

// once asks once. elsewhere is where a redirect leads.
func (l *Lane) once(t *Target, o Options, began time.Duration) (answer Answer, elsewhere *Target, failure *Failure) {
	l.prepare(t, o)
	sent, failure := l.do(t)
	if failure != nil {
		return Answer{}, nil, failure
	}
	delay := time.Duration(0)
	if o.Due > 0 {
		delay = max(sent-began, 0)
	}
	answer = Answer{URL: t.resource.URL, Bytes: l.resp.BodyBytes, FirstByte: l.resp.FirstByte + delay, LastByte: l.resp.LastByte + delay}
	if elsewhere, failure = l.redirect(t); failure != nil || elsewhere != nil {
		return Answer{}, elsewhere, failure
	}
	if failure = l.judge(t); failure != nil {
		return Answer{}, nil, failure
	}
	if o.Keep {
		if answer.Body, failure = l.decode(); failure != nil {
			return Answer{}, nil, failure
		}
	}
	l.shard.Request(measure.Request{
		Class: t.class, Began: began, FirstByte: answer.FirstByte, LastByte: answer.LastByte, Bytes: answer.Bytes,
	})
	return answer, nil, nil
}

func (l *Lane) prepare(t *Target, o Options) {
	l.req = client.Request{Path: t.path, Header: l.pool.header, Deadline: time.Now().Add(l.pool.cfg.Timeout)}
	if l.pool.hosts[t.host] {
		l.req.Header += l.pool.secret
	}
	if t.resource.Length > 0 {
		first, last := t.resource.Offset, t.resource.Offset+t.resource.Length-1
		l.req.Header += "Range: bytes=" + strconv.FormatInt(first, 10) + "-" + strconv.FormatInt(last, 10) + "\r\n"
	}
	switch {
	case o.Keep:
		l.req.Use = client.Keep
		if t.resource.Length == 0 {
			l.req.Header += "Accept-Encoding: gzip\r\n"
		}
	case immutable(t.class) && l.random.Float64() < l.pool.cfg.Verify:
		l.req.Use = client.Hash
	}
}

// do sends the request, once more when an idle connection turns out to have ended.
func (l *Lane) do(t *Target) (sent time.Duration, failure *Failure) {
	for {
		h, err := l.connection(t)
		if err != nil {
			return 0, classifyDial(err)
		}
		sent = l.pool.Now()
		err = h.conn.Do(&l.req, &l.resp)
		if !h.conn.Reusable() {
			l.drop(t)
		}
		switch {
		case err == nil:
			h.used = true
			return sent, nil
		case h.used && errors.Is(err, client.ErrStale) && l.pool.ctx.Err() == nil:
			continue // the next one has not been used
		default:
			return sent, classify(err)
		}
	}
}

// connection returns the open connection to the target's host, or a new one.
func (l *Lane) connection(t *Target) (*held, error) {
	name := t.name()
	l.mu.Lock()
	h, hosts := l.conns[name], len(l.conns)
	l.mu.Unlock()
	if h != nil {
		return h, nil
	}
	if hosts >= maxHosts {
		l.hangUp()
	}
	target := client.Target{Address: t.address, Host: t.host}
	if t.secure {
		target.TLS = l.pool.tls
	}
	ctx, cancel := context.WithTimeout(l.pool.ctx, l.pool.cfg.Timeout)
	defer cancel()
	began := l.pool.Now()
	conn, err := client.Dial(ctx, target)
	if err != nil {
		return nil, err
	}
	l.shard.Connected(l.pool.Now() - began)
	h = &held{conn: conn}
	l.mu.Lock()
	l.conns[name] = h
	l.pool.open.Add(1)
	l.mu.Unlock()
	if l.pool.ctx.Err() != nil { // closed meanwhile, and this one was not there yet
		l.hangUp()
	}
	return h, nil
}

func (l *Lane) drop(t *Target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.conns[t.name()]; h != nil {
		_ = h.conn.Close() // it has failed or is no longer wanted
		l.pool.open.Add(-1)
		delete(l.conns, t.name())
	}
}

// name tells connections apart.
func (t *Target) name() string {
	if t.secure {
		return "https://" + t.host
	}
	return "http://" + t.host
}
