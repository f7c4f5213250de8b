package origin

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"headwater/cache"
)

// maxBacklog is how many changes are read one by one; a poller that is further behind flushes the table instead.
const maxBacklog = 1000

// Poller follows the change feed and keeps a Table fresh: it refreshes the assets that changes name, flushes the table
// when it has missed some, and flushes it when the feed has been out of reach for so long that its records are no
// longer to be trusted.
type Poller struct {
	cfg   Config
	feed  Feed
	table *Table
	log   *zap.Logger

	following bool // applied means something; only Run's goroutine uses it

	applied, head atomic.Uint64
	failing       atomic.Bool
	failures      atomic.Uint64
	flushes       atomic.Uint64
	contact       atomic.Pointer[time.Time]
}

// PollerStats is a reading of a poller's state.
type PollerStats struct {
	Head     uint64    // number of the last change known
	Applied  uint64    // number of the last change applied
	Stale    bool      // the feed is out of reach: what is served may be old
	Contact  time.Time // when the feed was last read to its end; before that, when polling began
	Failures uint64
	Flushes  uint64 // times that the whole table was dropped
}

// NewPoller returns a poller of feed for table. Its work is done by Run.
func NewPoller(cfg Config, feed Feed, table *Table, log *zap.Logger) (*Poller, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	p := &Poller{cfg: cfg, feed: feed, table: table, log: log}
	p.touch()
	return p, nil
}

// Run polls until ctx ends, at once and then every PollInterval.
func (p *Poller) Run(ctx context.Context) {
	ticker := time.NewTicker(p.cfg.PollInterval)
	defer ticker.Stop()
	p.touch()
	for {
		p.note(p.poll(ctx))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// poll applies what is new in the feed. What could not be applied is tried again by the next poll.
func (p *Poller) poll(ctx context.Context) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &cache.PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, p.cfg.LoadTimeout)
	defer cancel()
	head, err := p.feed.Head(ctx)
	if err != nil {
		return fmt.Errorf("head of the feed: %w", err)
	}
	p.head.Store(head)
	if applied := p.applied.Load(); !p.following || head < applied || head-applied > maxBacklog {
		p.restart(head)
		return nil
	}
	return p.apply(ctx, head)
}

// apply applies the changes up to head in their order.
func (p *Poller) apply(ctx context.Context, head uint64) error {
	for seq := p.applied.Load() + 1; seq <= head; seq++ {
		change, err := p.feed.Entry(ctx, seq)
		if lasting(err) {
			p.restart(head)
			return nil
		}
		if err != nil {
			return fmt.Errorf("entry %d of the feed: %w", seq, err)
		}
		if err := p.table.Refresh(ctx, change.Asset); err != nil {
			return fmt.Errorf("entry %d of the feed: %w", seq, err)
		}
		p.applied.Store(seq)
	}
	return nil
}

// restart forgets what the table holds, because changes to it may have been missed, and goes on behind head.
func (p *Poller) restart(head uint64) {
	p.flush()
	p.applied.Store(head)
	p.following = true
}

func (p *Poller) flush() {
	p.flushes.Add(1)
	p.table.Flush()
}

// note keeps account of whether the feed is in reach and logs when that changes.
func (p *Poller) note(err error) {
	if err == nil {
		p.touch()
		if p.failing.Swap(false) {
			p.log.Info("change feed is back", zap.Uint64("applied", p.applied.Load()))
		}
		return
	}
	if errors.Is(err, context.Canceled) {
		return // Run ends
	}
	p.failures.Add(1)
	if !p.failing.Swap(true) {
		p.log.Error("change feed is out of reach, serving what is known", zap.Duration("for", p.cfg.StaleFor), zap.Error(err))
	}
	if time.Since(*p.contact.Load()) > p.cfg.StaleFor {
		p.flush()
	}
}

func (p *Poller) touch() {
	now := time.Now()
	p.contact.Store(&now)
}

// Stats reads the state.
func (p *Poller) Stats() PollerStats {
	return PollerStats{
		Head:     p.head.Load(),
		Applied:  p.applied.Load(),
		Stale:    p.failing.Load(),
		Contact:  *p.contact.Load(),
		Failures: p.failures.Load(),
		Flushes:  p.flushes.Load(),
	}
}
