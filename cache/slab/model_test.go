package slab

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"unsafe"
)

// randomSize prefers small sizes and edges of classes, and now and then asks for what no class holds.
func randomSize(random *rand.Rand, maxBytes int) int {
	switch n := random.IntN(60); {
	case n == 0:
		return maxBytes - random.IntN(maxBytes)
	case n < 12:
		return classBytes(random.IntN(classCount)) + random.IntN(3) - 1
	default:
		return 1 << random.IntN(22) >> random.IntN(2) * (1 + random.IntN(2))
	}
}

// model is what a pool should look like.
type model struct {
	pool *Pool
	live []*Slab
	used int64
}

func (m *model) step(t *testing.T, random *rand.Rand, maxBytes int) {
	if len(m.live) > 0 && random.IntN(100) < 48 {
		m.release(t, random.IntN(len(m.live)))
		return
	}
	n := randomSize(random, maxBytes)
	s, err := m.pool.Acquire(n)
	switch {
	case errors.Is(err, ErrNoRoom):
		if m.used == 0 && n <= maxBytes {
			t.Fatalf("no room for %d bytes in an unused pool", n)
		}
		for range len(m.live) / 4 {
			m.release(t, random.IntN(len(m.live)))
		}
	case err != nil:
		t.Fatal(err)
	default:
		m.keep(t, s, n)
	}
}

func (m *model) keep(t *testing.T, s *Slab, n int) {
	if len(s.Bytes()) < n || s.Size() < m.pool.SizeFor(n) || s.Size() > m.pool.SizeFor(n)*10/8 {
		t.Fatalf("%d bytes for %d", s.Size(), n)
	}
	for _, other := range m.live {
		if overlap(s.Bytes(), other.Bytes()) {
			t.Fatal("two slabs overlap")
		}
	}
	m.live = append(m.live, s)
	m.used += int64(s.Size())
}

func (m *model) release(t *testing.T, i int) {
	s := m.live[i]
	m.live[i] = m.live[len(m.live)-1]
	m.live = m.live[:len(m.live)-1]
	m.used -= int64(s.Size())
	s.Release()
}

func (m *model) check(t *testing.T) {
	s := m.pool.Stats()
	if s.UsedBytes != m.used || s.Slabs != len(m.live) || s.MappedBytes > s.MaxBytes || s.UsedBytes+s.IdleBytes > s.MappedBytes {
		t.Fatalf("%d slabs of %d bytes in use, but %+v", len(m.live), m.used, s)
	}
}

func overlap(a, b []byte) bool {
	aStart, bStart := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	return aStart < bStart+uintptr(len(b)) && bStart < aStart+uintptr(len(a))
}

func TestPool_AgainstModel(t *testing.T) {
	for seed := range uint64(2) {
		random := rand.New(rand.NewPCG(seed, 0))
		const maxBytes = 70 << 20
		pool := newPool(Config{MaxBytes: maxBytes, Poison: seed == 0}, anonymous{})
		m := &model{pool: pool}
		for range 600 {
			m.step(t, random, maxBytes)
			m.check(t)
		}
		for len(m.live) > 0 {
			m.release(t, 0)
		}
		m.check(t)
		s := mustAcquire(t, pool, maxBytes) // whatever idles makes way
		s.Release()
		pool.Close()
		if s := pool.Stats(); s.MappedBytes != 0 {
			t.Errorf("closed: %+v", s)
		}
	}
}

// TestPool_Parallel lets holders write to all of their slabs and look at them again later, on memory that the race
// detector watches, so that two holders of one byte are found in two ways.
func TestPool_Parallel(t *testing.T) {
	const maxBytes = 4 << 20
	pool := newPool(Config{MaxBytes: maxBytes}, &heap{})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(worker)))
			var held []*Slab
			for range 500 {
				if s, err := pool.Acquire(1 << random.IntN(18)); err == nil {
					fill(s.Bytes(), byte(worker))
					held = append(held, s)
				}
				if len(held) > random.IntN(12) {
					check(t, held[0], byte(worker))
					held[0].Release()
					held = held[1:]
				}
			}
			for _, s := range held {
				s.Release()
			}
		})
	}
	all.Wait()
	if s := pool.Stats(); s.Slabs != 0 || s.UsedBytes != 0 || s.IdleBytes != s.MappedBytes || s.MappedBytes > maxBytes {
		t.Errorf("at rest: %+v", s)
	}
}

func fill(b []byte, with byte) {
	copy(b, bytes.Repeat([]byte{with}, len(b)))
}

func check(t *testing.T, s *Slab, want byte) {
	if b := s.Bytes(); bytes.Count(b, []byte{want}) != len(b) {
		t.Error("somebody else has written into a slab")
	}
}
