package cache

import (
	"container/list"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// The catalogue of these tests is one of 1 MB segments, of which a tenth fits, at a sixteenth of the size.
const (
	catalogueSegments = 20_000
	fittingSegments   = 2000
	segmentBytes      = 64 << 10
)

// popularity draws numbers 0 to n-1, of which i is asked for in proportion to 1/(i+1)^exponent.
type popularity []float64 // cumulated

func zipf(exponent float64) popularity {
	p := make(popularity, catalogueSegments)
	sum := 0.0
	for i := range p {
		sum += math.Pow(float64(i+1), -exponent)
		p[i] = sum
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

func (p popularity) draw(random *rand.Rand) int { return sort.SearchFloat64s(p, random.Float64()) }

// trace is what many viewers ask for.
type trace struct {
	draw func(*rand.Rand) int
	size func(segment int) int
}

// flood plays the trace from more workers than there are cores, with fills that cost nothing, and returns the hit ratio
// of the second half. The byte bound is checked on the way.
func (tr trace) flood(t *testing.T, c *Cache) float64 {
	const requests = 240_000
	workers := 4 * runtime.GOMAXPROCS(0)
	var hits atomic.Int64
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			for i := range requests / workers {
				segment := tr.draw(random)
				if request(t, c, segment, tr.size(segment)) && i >= requests/workers/2 {
					hits.Add(1)
				}
				if s := c.pool.Stats(); s.MappedBytes > s.MaxBytes {
					t.Errorf("%d bytes mapped", s.MappedBytes)
				}
			}
		})
	}
	all.Wait()
	return float64(hits.Load()) / (requests / 2)
}

// request asks for one segment and reports whether it was there.
func request(t *testing.T, c *Cache, segment, size int) bool {
	key := strconv.AppendInt([]byte("segment/"), int64(segment), 10)
	e, hit := c.Get(key)
	if !hit {
		var err error
		if e, _, err = c.Fetch(t.Context(), key, int64(size), sized(size)); err != nil {
			if !errors.Is(err, ErrNoRoom) {
				t.Error(err)
			}
			return false
		}
	}
	e.Release()
	return hit
}

// lru returns the hit ratio of the second half of the trace with a list of those used last, of maxBytes.
func (tr trace) lru(maxBytes int) float64 {
	const requests = 240_000
	random := rand.New(rand.NewPCG(1, 0))
	order, places := list.New(), map[int]*list.Element{}
	bytes, hits := 0, 0
	for i := range requests {
		segment := tr.draw(random)
		if place, ok := places[segment]; ok {
			order.MoveToFront(place)
			if i >= requests/2 {
				hits++
			}
			continue
		}
		places[segment] = order.PushFront(segment)
		bytes += tr.size(segment)
		for bytes > maxBytes {
			last := order.Remove(order.Back()).(int)
			delete(places, last)
			bytes -= tr.size(last)
		}
	}
	return float64(hits) / (requests / 2)
}

// newCatalogueCache has the counters that a cache of real segments would have.
func newCatalogueCache(t *testing.T) *Cache {
	cfg := NewDefaultConfig()
	cfg.MaxBytes = fittingSegments * segmentBytes
	c, err := newCache(cfg, policyCounters(fittingSegments<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestCache_HitRatioOfEqualSizes compares with the best that any fixed set of as many segments could do: as fit into all
// of the memory, and as fit into what is left beside the reserve.
func TestCache_HitRatioOfEqualSizes(t *testing.T) {
	skipSlow(t)
	for _, exponent := range []float64{0.8, 0.9, 1.0} {
		c := newCatalogueCache(t)
		p := zipf(exponent)
		got := trace{p.draw, func(int) int { return segmentBytes }}.flood(t, c)
		ofAll := got / p[fittingSegments-1]
		ofStore := got / p[c.store.maxCost/(segmentBytes+entryOverheadBytes)-1]
		t.Logf("Zipf %.1f: %.3f, which is %.3f of the best set, %.3f without the reserve", exponent, got, ofAll, ofStore)
		if ofAll < 0.93 || ofStore < 0.95 {
			t.Errorf("Zipf %.1f: only %.3f of the best set, %.3f without the reserve", exponent, ofAll, ofStore)
		}
	}
}

func TestCache_HitRatioOfMixedSizesAndOneOffs(t *testing.T) {
	skipSlow(t)
	p := zipf(0.8)
	f := func(name string, atLeast float64, tr trace) {
		t.Helper()
		got, lru := tr.flood(t, newCatalogueCache(t)), tr.lru(fittingSegments*segmentBytes)
		t.Logf("%s: %.3f, LRU %.3f", name, got, lru)
		if got < atLeast*lru {
			t.Errorf("%s: %.3f, want %.2f times the %.3f of LRU", name, got, atLeast, lru)
		}
	}
	f("0.5 to 5 MB", 1.2, trace{p.draw, func(segment int) int {
		return segmentBytes/2 + int(uint32(segment)*2654435761>>8)%(segmentBytes/2*9)
	}})
	f("20 % one-off requests", 1.2, trace{func(random *rand.Rand) int {
		if random.IntN(5) == 0 {
			return catalogueSegments + random.IntN(1<<40)
		}
		return p.draw(random)
	}, func(int) int { return segmentBytes }})
}

// skipSlow leaves out what takes long under the race detector, which has other tests of the same paths.
func skipSlow(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("takes seconds, and a minute under the race detector")
	}
}
