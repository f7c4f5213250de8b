package fetch

import (
	"context"
	"crypto/tls"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"headwater/bench/measure"
	"headwater/bench/traffic"
)

// Config is how requests are made.
type Config struct {
	// Header are lines "Name: value" that go to the hosts of Credentialed.
	Header []string
	// Credentialed are URLs on those hosts, those of the entry manifests.
	Credentialed []string
	// Insecure accepts any certificate.
	Insecure bool
	// Timeout bounds a request, and making a connection.
	Timeout time.Duration
	// Verify is the part of the segments whose bodies are hashed, 0 to 1.
	Verify float64
	// Seed decides which.
	Seed uint64
}

// Pool makes lanes. Safe for concurrent use.
type Pool struct {
	cfg      Config
	ctx      context.Context
	stop     context.CancelFunc
	recorder *measure.Recorder
	start    time.Time
	tls      *tls.Config
	header   string // of all requests
	secret   string // of those to the hosts of credentialed
	hosts    map[string]bool
	table    table
	hashed   atomic.Int64
	open     atomic.Int64

	mu    sync.Mutex
	lanes map[*Lane]struct{}
}

// purpose tells the random numbers of lanes from those of others with the same seed.
const purpose = 1 << 40

// NewPool returns a pool that records what it sees, with times since start.
func NewPool(cfg Config, recorder *measure.Recorder, start time.Time) *Pool {
	ctx, stop := context.WithCancel(context.Background())
	p := &Pool{cfg: cfg, ctx: ctx, stop: stop, recorder: recorder, start: start, hosts: map[string]bool{}, lanes: map[*Lane]struct{}{}}
	p.tls = &tls.Config{
		InsecureSkipVerify: cfg.Insecure,
		NextProtos:         []string{"http/1.1"},
		ClientSessionCache: tls.NewLRUClientSessionCache(0),
	}
	p.header = "User-Agent: headwater-bench\r\nAccept: */*\r\n"
	for _, line := range cfg.Header {
		p.secret += line + "\r\n"
	}
	for _, address := range cfg.Credentialed {
		if u, err := url.Parse(address); err == nil {
			p.hosts[u.Host] = true
		}
	}
	return p
}

// Now returns the time since the start.
func (p *Pool) Now() time.Duration { return time.Since(p.start) }

// Open returns how many connections are open.
func (p *Pool) Open() int64 { return p.open.Load() }

// Verified returns how many bodies were hashed, and of how many URLs the first answer is known.
func (p *Pool) Verified() (hashed int64, urls int) { return p.hashed.Load(), p.table.size() }

// Lane returns a new lane with the random numbers of n.
func (p *Pool) Lane(n int) *Lane {
	l := &Lane{pool: p, shard: p.recorder.Shard(n), random: traffic.Stream(p.cfg.Seed, purpose+uint64(n)), conns: map[string]*held{}}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lanes[l] = struct{}{}
	return l
}

// Close ends all connections. Requests under way return ErrStopped.
func (p *Pool) Close() {
	p.stop()
	p.mu.Lock()
	lanes := make([]*Lane, 0, len(p.lanes))
	for l := range p.lanes {
		lanes = append(lanes, l)
	}
	p.mu.Unlock()
	for _, l := range lanes {
		l.hangUp()
	}
}

func (p *Pool) forget(l *Lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.lanes, l)
}
