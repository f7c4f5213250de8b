package measure

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestHistogram(t *testing.T) {
	var h Histogram
	if h.Count() != 0 || h.Quantile(50) != 0 || h.Mean() != 0 || h.Buckets() != nil {
		t.Error("an empty histogram is not")
	}
	for i := 1; i <= 1000; i++ {
		h.Record(time.Duration(i) * time.Millisecond)
	}
	f := func(percent float64, want time.Duration) {
		t.Helper()
		if got := h.Quantile(percent); (got - want).Abs() > want/500 {
			t.Errorf("p%g: got %s, want %s", percent, got, want)
		}
	}
	f(50, 500*time.Millisecond)
	f(99, 990*time.Millisecond)
	f(99.9, 999*time.Millisecond)
	f(100, time.Second)
	if got := h.Mean(); got != 500500*time.Microsecond {
		t.Errorf("mean %s", got)
	}
	h.Record(-time.Second)
	h.Record(time.Hour)
	if h.Count() != 1002 || h.Max() < 9*time.Minute {
		t.Errorf("%d recorded, longest %s", h.Count(), h.Max())
	}
}

func TestBuckets(t *testing.T) {
	var h Histogram
	for range 3 {
		h.Record(100 * time.Microsecond)
	}
	h.Record(1020 * time.Microsecond)
	buckets := h.Buckets()
	sum := int64(0)
	for i, b := range buckets {
		sum += b.Count
		if i > 0 && b.UpTo <= buckets[i-1].UpTo {
			t.Errorf("bucket %d ends at %s, the one before at %s", i, b.UpTo, buckets[i-1].UpTo)
		}
	}
	if sum != 4 || buckets[0].Count != 3 || buckets[0].UpTo != 100*time.Microsecond || buckets[len(buckets)-1].UpTo < time.Millisecond || len(buckets) != 10 {
		t.Errorf("%v", buckets)
	}
}

// TestPhases forgets what began before Begin, also when it ends afterwards, and what comes after End.
func TestPhases(t *testing.T) {
	r := NewRecorder(2)
	request := func(began time.Duration) {
		r.Shard(int(began)).Request(Request{Class: Video, Began: began, FirstByte: time.Millisecond, LastByte: time.Second, Bytes: 10})
		r.Shard(0).Connected(time.Millisecond)
		r.Fault(began, Video, "timeout", "http://h/x", "")
	}
	request(1)
	r.Session(func(p *Play) { p.Stalls++ })
	r.Begin(5)
	request(4)
	for began := range time.Duration(3) {
		request(5 + began)
	}
	r.Session(func(p *Play) { p.Stalls++ })
	r.End()
	request(9)
	r.Session(func(p *Play) { p.Stalls++ })
	got := r.Result()
	if len(got.Classes) != 1 || got.Classes[0].Requests != 3 || got.Classes[0].Bytes != 30 || got.Classes[0].LastByte.Count() != 3 ||
		got.Connects.Count() != 6 || len(got.Faults) != 1 || got.Faults[0].Count != 3 || got.Play.Stalls != 1 {
		t.Errorf("%+v", got)
	}
	if tick := r.Tick(); tick.Requests != 6 || tick.Bytes != 60 || tick.Faults != 6 || tick.FirstByte.Count() != 6 {
		t.Errorf("the interval has %+v", tick)
	}
	if tick := r.Tick(); tick.Requests != 0 || tick.Faults != 0 || tick.FirstByte.Count() != 0 {
		t.Errorf("the next interval has %+v", tick)
	}
}

func TestBounds(t *testing.T) {
	r := NewRecorder(1)
	r.Begin(0)
	for i := range 10 * maxFaults {
		r.Fault(1, Init, fmt.Sprintf("status %d", i), "", "")
		r.Session(func(p *Play) { p.Fetched(Video, fmt.Sprint(i), 1, time.Second, 1) })
	}
	got := r.Result()
	if len(got.Faults) != maxFaults+1 || got.Faults[0].Kind != "others" || got.Faults[0].Count != 9*maxFaults {
		t.Errorf("%d rows, the first %+v", len(got.Faults), got.Faults[0])
	}
	if n := len(got.Play.Renditions); n != maxRenditions+1 {
		t.Errorf("%d renditions", n)
	}
}

func TestConcurrent(t *testing.T) {
	r := NewRecorder(3)
	r.Begin(0)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for range 1000 {
				r.Shard(n).Request(Request{Class: Audio, Bytes: 1})
				r.Fault(0, Audio, "timeout", "", "")
				r.Session(func(p *Play) { p.Began++ })
			}
		})
	}
	ticked := int64(0)
	for range 10 {
		ticked += r.Tick().Requests
	}
	wg.Wait()
	got := r.Result()
	if ticked+r.Tick().Requests != 8000 || got.Classes[0].Requests != 8000 || got.Faults[0].Count != 8000 || got.Play.Began != 8000 {
		t.Errorf("%+v", got)
	}
}

func BenchmarkShard_Request(b *testing.B) {
	r := NewRecorder(8)
	r.Begin(0)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		s := r.Shard(3)
		for pb.Next() {
			s.Request(Request{Class: Video, FirstByte: time.Millisecond, LastByte: time.Second, Bytes: 10})
		}
	})
}
