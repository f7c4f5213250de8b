package slab

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkPool_AcquireRelease(b *testing.B) {
	for _, n := range []int{4 << 10, 1 << 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := New(Config{MaxBytes: 64 << 20})
			defer p.Close()
			b.ReportAllocs()
			for b.Loop() {
				mustAcquire(b, p, n).Release()
			}
		})
	}
}

func BenchmarkPool_AcquireReleaseParallel(b *testing.B) {
	p := New(Config{MaxBytes: 64 << 20})
	defer p.Close()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			mustAcquire(b, p, 1<<20).Release()
		}
	})
}

// BenchmarkPool_Touch writes to every page of 4 MB: of memory used before, of memory fresh from the operating system,
// and of a new slice of the Go heap.
func BenchmarkPool_Touch(b *testing.B) {
	const n = 4 << 20
	touch := func(memory []byte) {
		for i := 0; i < len(memory); i += 4096 {
			memory[i]++
		}
	}
	b.Run("recycled", func(b *testing.B) {
		p := New(Config{MaxBytes: 64 << 20})
		defer p.Close()
		b.SetBytes(n)
		for b.Loop() {
			s := mustAcquire(b, p, n)
			touch(s.Bytes())
			s.Release()
		}
	})
	b.Run("fresh", func(b *testing.B) {
		p := New(Config{MaxBytes: 2 * n})
		defer p.Close()
		b.SetBytes(n + n/2)
		for i := 0; b.Loop(); i++ {
			s := mustAcquire(b, p, n+i%2*n) // of two classes in turn: each takes the other's memory
			touch(s.Bytes())
			s.Release()
		}
	})
	b.Run("heap", func(b *testing.B) {
		b.SetBytes(n)
		for b.Loop() {
			touch(make([]byte, n))
		}
	})
}

// BenchmarkPool_MixedSizes is the churn of a full cache of segments of 0.5 to 5 MB: one leaves at random, one comes.
// It reports the shares of bytes that had to be taken from the operating system and that are waste.
func BenchmarkPool_MixedSizes(b *testing.B) {
	for _, maxBytes := range []int64{512 << 20, 4 << 30} {
		b.Run(fmt.Sprintf("%dMiB", maxBytes>>20), func(b *testing.B) {
			p := New(Config{MaxBytes: maxBytes})
			defer p.Close()
			random := rand.New(rand.NewPCG(1, 1))
			size := func() int { return 500_000 + random.IntN(4_500_000) }
			var held []*Slab
			for used := int64(0); used < maxBytes/16*15-5_000_000; used = p.Stats().UsedBytes {
				held = append(held, mustAcquire(b, p, size()))
			}
			wanted, acquired, before := uint64(0), uint64(0), p.Stats().FreshBytes
			for b.Loop() {
				for p.Stats().UsedBytes > maxBytes/16*15-5_000_000 {
					i := random.IntN(len(held))
					held[i].Release()
					held[i] = held[len(held)-1]
					held = held[:len(held)-1]
				}
				n := size()
				s := mustAcquire(b, p, n)
				wanted += uint64(n)
				acquired += uint64(s.Size())
				held = append(held, s)
			}
			b.ReportMetric(float64(acquired-wanted)/float64(acquired), "waste/byte")
			b.ReportMetric(float64(p.Stats().FreshBytes-before)/float64(acquired), "fresh/byte")
			for _, s := range held {
				s.Release()
			}
		})
	}
}
