package storagetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"headwater/ingest/storage"
)

// Line says how slow and how bad the line to a store is. The zero value is a perfect one.
type Line struct {
	// Latency is the median of what each call waits before anything happens. Its logarithm is normally distributed; one
	// wait in a hundred exceeds LatencyP99. Where that is not above Latency, every wait is Latency.
	Latency, LatencyP99 time.Duration
	// BytesPerSecond is how fast bodies come and go: the wait for each byte, beside Latency. 0 is at once.
	BytesPerSecond int64
	// MaxReadBytes makes every Read of a body return 1 to so many bytes, chosen at random. 0 leaves reads alone.
	MaxReadBytes int

	// ErrorRate is the share of calls (0 to 1) that fail with an error that wraps [storage.ErrUnavailable]. Of the writes
	// that fail, every second one on average has been done, as it is when an answer gets lost.
	ErrorRate float64
	// BreakRate is the share of readers that fail likewise before their last byte.
	BreakRate float64
	// CutRate is the share of readers that end (io.EOF) before their last byte.
	CutRate float64
	// Fail, unless nil, is asked before each call, which fails with the error that it returns. It must be safe for
	// concurrent use.
	Fail func(Call) error
}

// Call is one call to a store.
type Call struct {
	Op  Op
	Key string // of List the prefix
	// Number counts the calls with the same Op and Key from 1.
	Number int
}

// Op is a method of [storage.Store].
type Op string

// The methods.
const (
	OpPut    Op = "put"
	OpOpen   Op = "open"
	OpStat   Op = "stat"
	OpList   Op = "list"
	OpDelete Op = "delete"
)

// Slow is a store behind a [Line], such as one in another town. It offers none of the capabilities of a local disk. What
// happens to a call derives from the seed and the [Call], so that it does not depend on how goroutines interleave. Every
// wait ends with the context of its call. Safe for concurrent use.
type Slow struct {
	store storage.Store
	seed  uint64
	sleep func(context.Context, time.Duration) error

	mu    sync.Mutex
	line  Line
	calls map[Call]int // by calls of Number 0
}

var _ storage.Store = (*Slow)(nil)

// NewSlow returns store behind line. sleep waits for a time or until the context ends, whose error it then returns; nil
// is [Sleep].
func NewSlow(store storage.Store, seed uint64, line Line, sleep func(context.Context, time.Duration) error) *Slow {
	if sleep == nil {
		sleep = Sleep
	}
	return &Slow{store: store, seed: seed, sleep: sleep, line: line, calls: map[Call]int{}}
}

// Sleep waits for d or until ctx ends, whose error it then returns.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Change makes line the one that holds for calls and readers that begin later: a store may fail and come back.
func (s *Slow) Change(line Line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = line
}

// passage is one call on its way.
type passage struct {
	Call
	line   Line
	random *rand.Rand
	sleep  func(context.Context, time.Duration) error
}

// begin numbers a call and lets it wait. The error is why it goes no further.
func (s *Slow) begin(ctx context.Context, op Op, key string) (*passage, error) {
	p := s.passage(op, key)
	if err := p.wait(ctx); err != nil {
		return nil, err
	}
	if p.line.Fail != nil {
		if err := p.line.Fail(p.Call); err != nil {
			return nil, fmt.Errorf("%s %s: %w", op, key, err)
		}
	}
	return p, nil
}

func (s *Slow) passage(op Op, key string) *passage {
	s.mu.Lock()
	defer s.mu.Unlock()
	call := Call{Op: op, Key: key}
	s.calls[call]++
	call.Number = s.calls[call]
	own := xxhash.Sum64String(fmt.Sprint(op, " ", key, " ", call.Number))
	return &passage{call, s.line, rand.New(rand.NewPCG(s.seed, own)), s.sleep}
}

func (p *passage) wait(ctx context.Context) error {
	d := p.line.Latency
	if tail := p.line.LatencyP99; tail > d && d > 0 {
		const normalP99 = 2.3263 // of the standard normal distribution
		spread := math.Log(float64(tail)/float64(d)) / normalP99
		d = time.Duration(float64(d) * math.Exp(spread*p.random.NormFloat64()))
	}
	return p.pause(ctx, d)
}

// pause waits unless there is nothing to wait for.
func (p *passage) pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	return p.sleep(ctx, d)
}

// happens decides about something that happens to a share of all.
func (p *passage) happens(rate float64) bool { return p.random.Float64() < rate }

// read runs a call that changes nothing.
func (p *passage) read(f func() error) error {
	if p.happens(p.line.ErrorRate) {
		return p.unavailable()
	}
	return f()
}

// write runs a call that changes something. Where it fails it may have done so.
func (p *passage) write(f func() error) error {
	fails, done := p.happens(p.line.ErrorRate), p.happens(0.5)
	if fails && !done {
		return p.unavailable()
	}
	if err := f(); err != nil || !fails {
		return err
	}
	return p.unavailable()
}

var errLine = errors.New("the line broke")

func (p *passage) unavailable() error {
	return fmt.Errorf("%s %s: %w: %w", p.Op, p.Key, storage.ErrUnavailable, errLine)
}

// Put implements [storage.Store].
func (s *Slow) Put(ctx context.Context, key string, body io.Reader, sizeBytes int64) error {
	p, err := s.begin(ctx, OpPut, key)
	if err != nil {
		return err
	}
	return p.write(func() error { return s.store.Put(ctx, key, &slowReader{passage: p, ctx: ctx, body: body}, sizeBytes) })
}

// Open implements [storage.Store].
func (s *Slow) Open(ctx context.Context, key string, offset, length int64) (body io.ReadCloser, err error) {
	p, err := s.begin(ctx, OpOpen, key)
	if err != nil {
		return nil, err
	}
	err = p.read(func() error {
		body, err = s.store.Open(ctx, key, offset, length)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.reader(ctx, body)
}

// Stat implements [storage.Store].
func (s *Slow) Stat(ctx context.Context, key string) (info storage.Info, err error) {
	p, err := s.begin(ctx, OpStat, key)
	if err != nil {
		return storage.Info{}, err
	}
	err = p.read(func() error {
		info, err = s.store.Stat(ctx, key)
		return err
	})
	return info, err
}

// List implements [storage.Store].
func (s *Slow) List(ctx context.Context, prefix, after string, limit int) (infos []storage.Info, err error) {
	p, err := s.begin(ctx, OpList, prefix)
	if err != nil {
		return nil, err
	}
	err = p.read(func() error {
		infos, err = s.store.List(ctx, prefix, after, limit)
		return err
	})
	return infos, err
}

// Delete implements [storage.Store].
func (s *Slow) Delete(ctx context.Context, key string) error {
	p, err := s.begin(ctx, OpDelete, key)
	if err != nil {
		return err
	}
	return p.write(func() error { return s.store.Delete(ctx, key) })
}
