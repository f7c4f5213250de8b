package disk

import (
	"fmt"
	"os"
	"testing"
)

func BenchmarkTier_Get(b *testing.B) {
	for _, size := range []int{100 << 10, 4 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			tier := openTest(b, testConfig(b))
			put(tier, "a", make([]byte, size))
			dst := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := tier.Get([]byte("a"), dst); !ok {
					b.Fatal("lost")
				}
			}
		})
	}
}

// BenchmarkTier_Keep is the writer's work, with a folder that is full.
func BenchmarkTier_Keep(b *testing.B) {
	const size = 1 << 20
	cfg := testConfig(b)
	cfg.MaxBytes = 64 << 20
	tier := openTest(b, cfg)
	body := make([]byte, size)
	b.SetBytes(size)
	for i := 0; b.Loop(); i++ {
		tier.keep(fmt.Appendf(nil, "key/%d", i), body)
	}
}

// BenchmarkTier_Scan indexes 100,000 files, whose names the kernel knows already.
func BenchmarkTier_Scan(b *testing.B) {
	cfg := testConfig(b)
	cfg.MaxBytes = 1 << 40
	tier := openTest(b, cfg)
	for i := range 100_000 {
		hash := hashOf(fmt.Append(nil, i))
		if err := os.WriteFile(tier.path(hash), make([]byte, headerBytes), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		tier.index = newIndex()
		tier.scan()
	}
	if files := tier.Stats().Files; files != 100_000 {
		b.Errorf("%d files", files)
	}
}
