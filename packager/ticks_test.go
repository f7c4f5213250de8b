package packager

import (
	"math"
	"math/big"
	"testing"
)

func TestRescale(t *testing.T) {
	f := func(ticks Ticks, from, to Timescale, want Ticks) {
		t.Helper()
		if got := Rescale(ticks, from, to); got != want {
			t.Errorf("Rescale(%d, %d, %d) = %d, want %d", ticks, from, to, got, want)
		}
	}
	f(0, 1, 90000, 0)
	f(1001, 30000, 90000, 3003)
	f(1, 2, 1, 1) // halves away from zero
	f(-1, 2, 1, -1)
	f(1, 3, 1, 0)
	f(-2, 3, 1, -1)
	f(1<<53, 1_000_000_000, 1_000_000_000, 1<<53)
	f(1<<53, math.MaxUint32, 90000, 188743680044) // the product needs 70 bits
	f(1<<40, 90000, math.MaxUint32, 52470738686334818)
}

func FuzzRescale(f *testing.F) {
	f.Add(int64(1<<53), uint32(30000), uint32(48000))
	f.Fuzz(func(t *testing.T, ticks int64, from, to uint32) {
		if ticks == math.MinInt64 || from == 0 || to == 0 {
			t.Skip()
		}
		twice := new(big.Int).Mul(big.NewInt(2*int64(to)), big.NewInt(ticks))
		scale := big.NewInt(2 * int64(from))
		half := big.NewInt(int64(from) * int64(twice.Sign()))
		want := new(big.Int).Quo(twice.Add(twice, half), scale)
		if !want.IsInt64() {
			t.Skip()
		}
		if got := Rescale(Ticks(ticks), Timescale(from), Timescale(to)); int64(got) != want.Int64() {
			t.Errorf("Rescale(%d, %d, %d) = %d, want %s", ticks, from, to, got, want)
		}
	})
}

func TestCompareTicks(t *testing.T) {
	f := func(a Ticks, as Timescale, b Ticks, bs Timescale, want int) {
		t.Helper()
		if got := CompareTicks(a, as, b, bs); got != want {
			t.Errorf("CompareTicks(%d, %d, %d, %d) = %d, want %d", a, as, b, bs, got, want)
		}
		if got := CompareTicks(b, bs, a, as); got != -want {
			t.Errorf("CompareTicks(%d, %d, %d, %d) = %d, want %d", b, bs, a, as, got, -want)
		}
	}
	f(0, 1, 0, 90000, 0)
	f(1001, 30000, 3003, 90000, 0)
	f(1001, 30000, 3004, 90000, -1)
	f(1<<53, 90000, 1<<53-1, 90000, 1)
	f(1<<53, math.MaxUint32, 1<<53, math.MaxUint32-1, -1)
}

func TestAppendSeconds(t *testing.T) {
	f := func(ticks Ticks, timescale Timescale, decimals int, want string) {
		t.Helper()
		if got := string(AppendSeconds([]byte("x"), ticks, timescale, decimals)); got != "x"+want {
			t.Errorf("AppendSeconds(%d, %d, %d) = %q, want %q", ticks, timescale, decimals, got, "x"+want)
		}
	}
	f(0, 1, 0, "0")
	f(180180, 30000, 6, "6.006000")
	f(30000, 1001, 3, "29.970")
	f(1, 1000, 3, "0.001")
	f(-1, 1000, 3, "-0.001")
	f(-1500, 1000, 0, "-2")
	f(1<<53, 1_000_000_000, 9, "9007199.254740992")
}
