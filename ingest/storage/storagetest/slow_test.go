package storagetest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"headwater/ingest/storage"
	"headwater/ingest/storage/mem"
	"headwater/ingest/storage/storagetest"
)

// waits are the times that a store slept for, without sleeping.
type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
	return ctx.Err()
}

func (w *waits) sum() (sum time.Duration) {
	for _, d := range w.all {
		sum += d
	}
	return sum
}

func slow(line storagetest.Line) (*storagetest.Slow, *waits) {
	w := &waits{}
	return storagetest.NewSlow(new(mem.Store), 1, line, w.sleep), w
}

// TestSlow_Suite: a line that only delays and divides keeps every promise of a store.
func TestSlow_Suite(t *testing.T) {
	for name, line := range map[string]storagetest.Line{
		"perfect":     {},
		"late":        {Latency: time.Second, LatencyP99: time.Minute},
		"trickle":     {BytesPerSecond: 1000},
		"short reads": {MaxReadBytes: 1000},
		"all":         {Latency: time.Second, BytesPerSecond: 1 << 20, MaxReadBytes: 4096},
	} {
		t.Run(name, func(t *testing.T) {
			storagetest.Run(t, func(*testing.T) storage.Store {
				s, _ := slow(line)
				return s
			})
		})
	}
}

func TestCounting_Suite(t *testing.T) {
	storagetest.Run(t, func(*testing.T) storage.Store { return &storagetest.Counting{Store: new(mem.Store)} })
}

func TestCounting(t *testing.T) {
	s := &storagetest.Counting{Store: new(mem.Store)}
	storagetest.Put(t, s, "k", "x")
	storagetest.Read(t, s, "k")
	storagetest.Read(t, s, "k")
	storagetest.Keys(t, s, "")
	if got := fmt.Sprint(s.Count(), s.Count()); got != "map[list:1 open:2 put:1] map[]" {
		t.Errorf("counted %s", got)
	}
}

func TestSlow_Latency(t *testing.T) {
	s, w := slow(storagetest.Line{Latency: 100 * time.Millisecond, LatencyP99: time.Second})
	const calls = 10_000
	for i := range calls {
		s.Stat(t.Context(), fmt.Sprintf("k%d", i)) // there is none: only the wait counts
	}
	slices.Sort(w.all)
	near := func(what string, got, want time.Duration) {
		t.Helper()
		if got < want*9/10 || got > want*11/10 {
			t.Errorf("%s of %d waits: %s, want about %s", what, len(w.all), got, want)
		}
	}
	near("median", w.all[calls/2], 100*time.Millisecond)
	near("99th percentile", w.all[calls*99/100], time.Second)

	s, w = slow(storagetest.Line{Latency: time.Second})
	storagetest.Put(t, s, "k", "x")
	if !slices.Equal(w.all, []time.Duration{time.Second}) {
		t.Errorf("waits %v", w.all)
	}
}

func TestSlow_Trickle(t *testing.T) {
	s, w := slow(storagetest.Line{BytesPerSecond: 1000})
	storagetest.Put(t, s, "k", strings.Repeat("x", 3000))
	if got := w.sum(); got != 3*time.Second {
		t.Errorf("a put of 3000 bytes took %s", got)
	}
	storagetest.Read(t, s, "k")
	if got := w.sum(); got != 6*time.Second {
		t.Errorf("put and read of 3000 bytes took %s", got)
	}
}

func TestSlow_ShortReads(t *testing.T) {
	s, _ := slow(storagetest.Line{MaxReadBytes: 10})
	text := strings.Repeat("0123456789", 100)
	storagetest.Put(t, s, "k", text)
	body, err := s.Open(t.Context(), "k", 0, storage.ToEnd)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	var all strings.Builder
	sizes := map[int]bool{}
	for buffer := make([]byte, 100); err == nil; {
		var n int
		n, err = body.Read(buffer)
		all.Write(buffer[:n])
		sizes[n] = true
	}
	if !errors.Is(err, io.EOF) || all.String() != text || sizes[11] || len(sizes) < 5 {
		t.Errorf("%d bytes in pieces of %v, %v", all.Len(), sizes, err)
	}
}

func TestSlow_Errors(t *testing.T) {
	s, _ := slow(storagetest.Line{})
	s.Change(storagetest.Line{ErrorRate: 0.25})
	const calls = 2000
	failed, stored := 0, 0
	for i := range calls {
		key := fmt.Sprintf("k%d", i)
		err := s.Put(t.Context(), key, strings.NewReader("x"), 1)
		if err == nil {
			continue
		}
		if !errors.Is(err, storage.ErrUnavailable) {
			t.Fatal(err)
		}
		failed++
		s.Change(storagetest.Line{})
		if _, err := s.Stat(t.Context(), key); err == nil {
			stored++
		}
		s.Change(storagetest.Line{ErrorRate: 0.25})
	}
	if failed < calls/5 || failed > calls*3/10 || stored < failed*2/5 || stored > failed*3/5 {
		t.Errorf("%d of %d puts failed, %d of them were done", failed, calls, stored)
	}
	s.Change(storagetest.Line{ErrorRate: 1})
	_, openErr := s.Open(t.Context(), "k0", 0, 1)
	_, statErr := s.Stat(t.Context(), "k0")
	_, listErr := s.List(t.Context(), "", "", 1)
	for _, err := range []error{openErr, statErr, listErr, s.Delete(t.Context(), "k0")} {
		if !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("while all fails: %v", err)
		}
	}
}

func TestSlow_Schedule(t *testing.T) {
	boom := errors.New("boom")
	var seen []string
	s, _ := slow(storagetest.Line{Fail: func(c storagetest.Call) error {
		seen = append(seen, fmt.Sprint(c.Op, c.Key, c.Number))
		if c.Op == storagetest.OpStat && c.Number == 2 {
			return boom
		}
		return nil
	}})
	storagetest.Put(t, s, "k", "x")
	for i := range 3 {
		if _, err := s.Stat(t.Context(), "k"); errors.Is(err, boom) != (i == 1) {
			t.Errorf("stat %d: %v", i+1, err)
		}
	}
	if want := []string{"putk1", "statk1", "statk2", "statk3"}; !slices.Equal(seen, want) {
		t.Errorf("asked about %v, want %v", seen, want)
	}
}

// TestSlow_PartialBodies: what ends or breaks is never whole, and what arrives is right.
func TestSlow_PartialBodies(t *testing.T) {
	text := strings.Repeat("0123456789", 10)
	read := func(line storagetest.Line, offset, length int64) (whole, parts int) {
		s, _ := slow(line)
		storagetest.Put(t, s, "k", text)
		for range 200 {
			body, err := s.Open(t.Context(), "k", offset, length)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(body)
			body.Close()
			if line.BreakRate > 0 && len(got) < int(length) != errors.Is(err, storage.ErrUnavailable) {
				t.Errorf("%d bytes, then %v", len(got), err)
			}
			if !strings.HasPrefix(text[offset:], string(got)) {
				t.Errorf("other bytes: %q", got)
			}
			if len(got) == int(length) {
				whole++
			} else {
				parts++
			}
		}
		return whole, parts
	}
	if whole, parts := read(storagetest.Line{CutRate: 0.5}, 10, 50); whole < 70 || parts < 70 {
		t.Errorf("%d whole, %d cut", whole, parts)
	}
	if whole, parts := read(storagetest.Line{BreakRate: 0.5}, 10, 50); whole < 70 || parts < 70 {
		t.Errorf("%d whole, %d broken", whole, parts)
	}
	if whole, _ := read(storagetest.Line{CutRate: 1}, 99, 1); whole > 0 {
		t.Errorf("%d whole although all are cut", whole)
	}
}

// TestSlow_Deterministic: the same seed does the same to each call, however goroutines interleave.
func TestSlow_Deterministic(t *testing.T) {
	outcomes := func(seed uint64) []bool {
		s := storagetest.NewSlow(new(mem.Store), seed, storagetest.Line{ErrorRate: 0.5}, nil)
		failed := make([]bool, 1000)
		var wg sync.WaitGroup
		var next atomic.Int64
		for range 8 {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(failed)); i = next.Add(1) - 1 {
					_, err := s.Stat(t.Context(), fmt.Sprintf("k%d", i))
					failed[i] = errors.Is(err, storage.ErrUnavailable)
				}
			})
		}
		wg.Wait()
		return failed
	}
	if !slices.Equal(outcomes(1), outcomes(1)) {
		t.Error("the same seed does different things")
	}
	if slices.Equal(outcomes(1), outcomes(2)) {
		t.Error("different seeds do the same things")
	}
}

// TestSlow_Context ends waits early, those for a call and those for a body.
func TestSlow_Context(t *testing.T) {
	s := storagetest.NewSlow(new(mem.Store), 1, storagetest.Line{}, nil)
	storagetest.Put(t, s, "k", "text")
	s.Change(storagetest.Line{Latency: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if _, err := s.Open(ctx, "k", 0, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v", err)
	}
	s.Change(storagetest.Line{BytesPerSecond: 1})
	ctx, cancel = context.WithCancel(t.Context())
	body, err := s.Open(ctx, "k", 0, storage.ToEnd)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	time.AfterFunc(time.Millisecond, cancel)
	if data, err := io.ReadAll(body); !errors.Is(err, context.Canceled) {
		t.Errorf("read %q, %v", data, err)
	}
}
