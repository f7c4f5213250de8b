package measure

import (
	"sync"
	"sync/atomic"
	"time"
)

// Class is what a request asked for.
type Class uint8

// The classes, in the order of reports.
const (
	Manifest Class = iota // multivariant playlist or MPD
	Playlist              // HLS media playlist
	Init                  // init segment
	Index                 // segment index (sidx)
	Video                 // segment with pictures
	Audio                 // segment with sound alone
	classes
)

// String returns the name of the class in reports.
func (c Class) String() string {
	return [classes]string{"manifest", "playlist", "init", "index", "video", "audio"}[c]
}

// Request is one that was answered whole and as it should be.
type Request struct {
	Class Class
	// Began is when it was sent, or was meant to be, since any fixed moment.
	Began time.Duration
	// FirstByte and LastByte are how long after Began the first and the last byte of the answer were there.
	FirstByte, LastByte time.Duration
	Bytes               int64 // of the body
}

// ClassResult sums up the requests of one class.
type ClassResult struct {
	Class               Class
	Requests, Bytes     int64
	FirstByte, LastByte Histogram
}

// Recorder counts what happens between Begin and End. Safe for concurrent use.
type Recorder struct {
	shards []*Shard
	begun  atomic.Int64 // when the warm-up ended, on the clock of Request.Began; negative before, and after End
	ended  atomic.Bool
	faults faults
	play   sessions
}

// NewRecorder returns a recorder with a number of shards.
func NewRecorder(shards int) *Recorder {
	r := &Recorder{}
	r.begun.Store(-1)
	for range max(shards, 1) {
		r.shards = append(r.shards, &Shard{recorder: r})
	}
	return r
}

// Begin ends the warm-up: what began earlier does not count.
func (r *Recorder) Begin(now time.Duration) {
	r.faults.reset()
	r.play.reset()
	r.begun.Store(int64(now))
}

// End ends the measurement: what comes later does not count.
func (r *Recorder) End() {
	r.ended.Store(true)
	r.begun.Store(-1)
}

// counts reports whether what began then belongs to the measurement.
func (r *Recorder) counts(began time.Duration) bool {
	begun := r.begun.Load()
	return begun >= 0 && int64(began) >= begun
}

// Shard returns one of the parts, the same for the same number.
func (r *Recorder) Shard(n int) *Shard { return r.shards[n%len(r.shards)] }

// Shard is a part of a recorder. Safe for concurrent use.
type Shard struct {
	recorder *Recorder

	mu       sync.Mutex
	byClass  [classes]ClassResult
	interval Interval
	connects Histogram
}

// Interval is what happened since the last Tick, the warm-up included.
type Interval struct {
	Requests, Bytes, Faults int64
	FirstByte               Histogram
}

// Request counts one.
func (s *Shard) Request(q Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.interval.Requests++
	s.interval.Bytes += q.Bytes
	s.interval.FirstByte.Record(q.FirstByte)
	if !s.recorder.counts(q.Began) {
		return
	}
	c := &s.byClass[q.Class]
	c.Requests++
	c.Bytes += q.Bytes
	c.FirstByte.Record(q.FirstByte)
	c.LastByte.Record(q.LastByte)
}

// Connected counts a connection that was made, with what it took; in the warm-up too, when most are made.
func (s *Shard) Connected(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connects.Record(took)
}

// Tick returns what happened since the last one.
func (r *Recorder) Tick() *Interval {
	sum := &Interval{Faults: r.faults.tick()}
	for _, s := range r.shards {
		s.mu.Lock()
		sum.Requests += s.interval.Requests
		sum.Bytes += s.interval.Bytes
		sum.FirstByte.Add(&s.interval.FirstByte)
		s.interval.Requests, s.interval.Bytes = 0, 0
		s.interval.FirstByte.Reset()
		s.mu.Unlock()
	}
	return sum
}

// Result is everything between Begin and End.
type Result struct {
	// Classes are those with requests.
	Classes []*ClassResult
	// Connects are the connections of the warm-up too.
	Connects Histogram
	Faults   []Fault
	Play     Play
}

// Result sums everything up.
func (r *Recorder) Result() *Result {
	result := &Result{Faults: r.faults.list(), Play: r.play.result()}
	var sums [classes]ClassResult
	for _, s := range r.shards {
		s.mu.Lock()
		for i := range sums {
			sums[i].add(&s.byClass[i])
		}
		result.Connects.Add(&s.connects)
		s.mu.Unlock()
	}
	for i := range sums {
		if sums[i].Requests > 0 {
			sums[i].Class = Class(i)
			result.Classes = append(result.Classes, &sums[i])
		}
	}
	return result
}

func (c *ClassResult) add(other *ClassResult) {
	c.Requests += other.Requests
	c.Bytes += other.Bytes
	c.FirstByte.Add(&other.FirstByte)
	c.LastByte.Add(&other.LastByte)
}
