package slab

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// heap is memory that the race detector sees. Discarded parts are zeroed, as the operating system does.
type heap struct {
	reserved int
	refuse   error // what reserve fails with
}

func (h *heap) reserve(n int) ([]byte, error) {
	if h.refuse != nil {
		return nil, h.refuse
	}
	h.reserved += n
	return make([]byte, n), nil
}

func (h *heap) populate([]byte) {}

func (h *heap) discard(part []byte) error { clear(part); return nil }

func (h *heap) unmap(all []byte) error { h.reserved -= len(all); return nil }

func newTestPool(t testing.TB, maxBytes int64) *Pool {
	p := New(Config{MaxBytes: maxBytes, Poison: true})
	t.Cleanup(p.Close)
	return p
}

func mustAcquire(t testing.TB, p *Pool, n int) *Slab {
	t.Helper()
	s, err := p.Acquire(n)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestClass_WasteIsAnEighthAtMost(t *testing.T) {
	for n := 1024; n <= 64<<20; n += 1 + n/300 {
		size := classBytes(classOf(n))
		if size < n || (size-n)*8 > size {
			t.Fatalf("%d bytes take %d", n, size)
		}
		if smaller := classOf(n) - 1; smaller >= 0 && classBytes(smaller) >= n {
			t.Fatalf("%d bytes fit into %d", n, classBytes(smaller))
		}
	}
}

func TestClass_EdgesAndBlocks(t *testing.T) {
	for i := range classCount {
		c := newClass(i)
		if classOf(c.slabBytes) != i || classOf(c.slabBytes+1) != i+1 {
			t.Errorf("class %d of %d bytes is not that of its own size", i, c.slabBytes)
		}
		if c.blockBytes%4096 != 0 || c.blockBytes%c.slabBytes != 0 || c.blockBytes/c.slabBytes > 32 {
			t.Errorf("%d bytes in blocks of %d", c.slabBytes, c.blockBytes)
		}
		if region := c.regionBytes(512 << 20); region%c.blockBytes != 0 || region == 0 {
			t.Errorf("blocks of %d bytes in regions of %d", c.blockBytes, region)
		}
	}
	if classOf(0) != 0 || classOf(1) != 0 || classOf(64<<20) != classCount-1 {
		t.Error("the ends are elsewhere")
	}
}

func TestPool_RecyclesWhatWasReleased(t *testing.T) {
	p := newTestPool(t, 1<<20)
	a := mustAcquire(t, p, 100_000)
	first := &a.Bytes()[0]
	a.Release()
	b := mustAcquire(t, p, 100_001)
	if &b.Bytes()[0] != first {
		t.Error("another buffer, although one is free")
	}
	if s := p.Stats(); s.FreshBytes != uint64(b.Size()) || s.MappedBytes != int64(b.Size()) || s.UsedBytes != s.MappedBytes {
		t.Errorf("stats %+v", s)
	}
	b.Release()
}

func TestPool_SmallSlabsShareABlock(t *testing.T) {
	p := newTestPool(t, 1<<20)
	var slabs []*Slab
	for range 33 {
		slabs = append(slabs, mustAcquire(t, p, 1000))
	}
	if s := p.Stats(); s.MappedBytes != 64<<10 || s.UsedBytes != 33<<10 || s.IdleBytes != 0 {
		t.Errorf("stats %+v", s)
	}
	for _, s := range slabs {
		s.Release()
	}
	if s := p.Stats(); s.Slabs != 0 || s.UsedBytes != 0 || s.IdleBytes != s.MappedBytes {
		t.Errorf("stats %+v", s)
	}
}

func TestPool_BoundIsHardAndIdleMemoryMoves(t *testing.T) {
	p := newTestPool(t, 1<<20)
	var held []*Slab
	for {
		s, err := p.Acquire(100 << 10)
		if errors.Is(err, ErrNoRoom) {
			break
		}
		held = append(held, s)
	}
	if s := p.Stats(); len(held) != 9 || s.MappedBytes > s.MaxBytes {
		t.Fatalf("%d slabs, stats %+v", len(held), s)
	}
	if _, err := p.Acquire(200 << 10); !errors.Is(err, ErrNoRoom) {
		t.Errorf("got %v", err)
	}
	for _, s := range held[:2] {
		s.Release()
	}
	other := mustAcquire(t, p, 200<<10) // of another class: pages of the first one are given back
	if s := p.Stats(); s.MappedBytes > s.MaxBytes || s.IdleBytes != 0 {
		t.Errorf("stats %+v", s)
	}
	other.Release()
	again := mustAcquire(t, p, 100<<10) // and may come back, at the addresses that it had
	for _, s := range append(held[2:], again) {
		s.Release()
	}
	if s := p.Stats(); s.Slabs != 0 || s.UsedBytes != 0 || s.IdleBytes != s.MappedBytes {
		t.Errorf("at rest: %+v", s)
	}
}

func TestPool_DiscardedMemoryIsGivenBack(t *testing.T) {
	p := newPool(Config{MaxBytes: 1 << 20}, anonymous{})
	defer p.Close()
	s := mustAcquire(t, p, 600<<10)
	s.Bytes()[5000] = 'x'
	s.Release()
	mustAcquire(t, p, 900<<10).Release()
	s = mustAcquire(t, p, 600<<10)
	defer s.Release()
	if s.Bytes()[5000] != 0 { // pages of the system's come back as zeros
		t.Error("its pages were there all the time, beside those that took their place")
	}
}

// TestPool_FullPoolStretches: where pages would have to be freed and faulted in, a slightly larger slab does too.
func TestPool_FullPoolStretches(t *testing.T) {
	p := newTestPool(t, 1<<20)
	f := func(n, wantSize int) {
		t.Helper()
		s := mustAcquire(t, p, n)
		defer s.Release()
		if s.Size() != wantSize {
			t.Errorf("%d bytes in %d", n, s.Size())
		}
	}
	mustAcquire(t, p, 640<<10).Release()
	f(512<<10, 640<<10)
	if fresh := p.Stats().FreshBytes; fresh != 640<<10 {
		t.Errorf("%d fresh bytes", fresh)
	}
	f(448<<10, 448<<10) // that would be too much waste
	f(320<<10, 320<<10) // the smallest that fits beside it: there is room
}

func TestPool_SizesThatNoClassHolds(t *testing.T) {
	f := func(maxBytes int64, n int, wantSize int) {
		t.Helper()
		p := newTestPool(t, maxBytes)
		warm := mustAcquire(t, p, 50<<10)
		warm.Release() // its memory must make way
		s, err := p.Acquire(n)
		if wantSize == 0 {
			if !errors.Is(err, ErrNoRoom) {
				t.Errorf("%d of %d: %v", n, maxBytes, err)
			}
			return
		}
		if err != nil || s.Size() != wantSize || len(s.Bytes()) < n || p.SizeFor(n) != wantSize {
			t.Errorf("%d of %d: %v", n, maxBytes, err)
			return
		}
		s.Bytes()[n-1] = 1
		s.Release()
		if s := p.Stats(); s.MappedBytes > s.MaxBytes || s.UsedBytes != 0 {
			t.Errorf("stats %+v", s)
		}
	}
	f(1<<20, 1<<20, 1<<20)
	f(1<<20, 1<<20+1, 0)
	f(1_000_000, 999_000, 999_424) // the class, 1 MiB, is beyond the bound
	f(1_000_000, 999_425, 0)       // the bound is 999,424, whole pages
	f(100<<20, 64<<20, 64<<20)
	f(100<<20, 64<<20+1, 64<<20+os.Getpagesize())
	f(1<<20, -1, 0)
}

func TestPool_RefusedAddressSpaceIsNoRoom(t *testing.T) {
	h := &heap{refuse: errors.New("cannot allocate memory")}
	p := newPool(Config{MaxBytes: 100 << 20}, h)
	for _, n := range []int{1000, 1 << 20, 70 << 20} {
		if _, err := p.Acquire(n); !errors.Is(err, ErrNoRoom) || !errors.Is(err, h.refuse) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if s := p.Stats(); s.Slabs != 0 || s.UsedBytes != 0 || s.MappedBytes != 0 {
		t.Errorf("stats %+v", s)
	}
	h.refuse = nil
	mustAcquire(t, p, 1<<20).Release()
}

// untouched counts reservations of real address space and touches nothing.
type untouched struct {
	anonymous
	reservations *int
}

func (u untouched) reserve(n int) ([]byte, error) {
	*u.reservations++
	return u.anonymous.reserve(n)
}

func (untouched) populate([]byte) {}

// TestPool_ManySlabsTakeFewMappings: the kernel allows a process 65,530 mappings.
func TestPool_ManySlabsTakeFewMappings(t *testing.T) {
	reservations := 0
	p := newPool(Config{MaxBytes: 64 << 30}, untouched{reservations: &reservations})
	var held []*Slab
	for range 64 << 10 {
		held = append(held, mustAcquire(t, p, 1<<20))
	}
	if reservations != 16 {
		t.Errorf("%d mappings", reservations)
	}
	if _, err := p.Acquire(1); !errors.Is(err, ErrNoRoom) {
		t.Errorf("got %v", err)
	}
	for _, s := range held {
		s.Release()
	}
	p.Close()
}

func TestPool_CloseWaitsForTheLastHolder(t *testing.T) {
	h := &heap{}
	p := newPool(Config{MaxBytes: 100 << 20}, h)
	a, b := mustAcquire(t, p, 1000), mustAcquire(t, p, 70<<20)
	p.Close()
	if _, err := p.Acquire(1000); !errors.Is(err, ErrNoRoom) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := p.Acquire(70 << 20); !errors.Is(err, ErrNoRoom) {
		t.Errorf("after Close: %v", err)
	}
	b.Release()
	if h.reserved == 0 {
		t.Error("unmapped under a holder")
	}
	a.Release()
	if s := p.Stats(); h.reserved != 0 || s.MappedBytes != 0 {
		t.Errorf("%d bytes left, stats %+v", h.reserved, s)
	}
}

func TestPool_MisuseIsFound(t *testing.T) {
	f := func(want string, misuse func(p *Pool, s *Slab)) {
		t.Helper()
		defer func() {
			if text, _ := recover().(string); !strings.Contains(text, want) {
				t.Errorf("panic %q, want %q", text, want)
			}
		}()
		p := newTestPool(t, 1<<20)
		s := mustAcquire(t, p, 5000)
		kept := s.Bytes()
		copy(kept, "what the holder wrote")
		s.Release()
		if string(kept[:4]) != "\xdb\xdb\xdb\xdb" {
			t.Error("a late reader sees what was there before")
		}
		kept[4999] = 'x'
		misuse(p, s)
	}
	f("released twice", func(_ *Pool, s *Slab) { s.Release() })
	f("used after its release", func(_ *Pool, s *Slab) { s.Bytes() })
	f("written to after its release", func(p *Pool, _ *Slab) { mustAcquire(t, p, 5000) })
}
