package ffmpeg

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"headwater/packager"
)

// Duration returns ticks of the time base r as a duration, rounded towards zero to a nanosecond and held inside what a
// duration can express (292 years).
func (r Rational) Duration(ticks packager.Ticks) time.Duration {
	product := new(big.Int).Mul(big.NewInt(int64(ticks)), big.NewInt(r.Num))
	product.Mul(product, big.NewInt(int64(time.Second)))
	product.Quo(product, big.NewInt(r.Den))
	switch {
	case product.IsInt64():
		return time.Duration(product.Int64())
	case product.Sign() < 0:
		return -1 << 63
	default:
		return 1<<63 - 1
	}
}

// Seconds returns ticks of the time base r in seconds, for text.
func (r Rational) Seconds(ticks packager.Ticks) float64 {
	return float64(ticks) * float64(r.Num) / float64(r.Den)
}

// String returns "num/den".
func (r Rational) String() string { return fmt.Sprintf("%d/%d", r.Num, r.Den) }

// parseRational reads "num/den" or "num:den" with a numerator of at least 0 and a positive denominator, both at most
// 2^31-1 as in ffmpeg.
func parseRational(text string) (Rational, bool) {
	i := strings.IndexAny(text, "/:")
	if i < 0 {
		return Rational{}, false
	}
	num, err := strconv.ParseUint(text[:i], 10, 31)
	if err != nil {
		return Rational{}, false
	}
	den, err := strconv.ParseUint(text[i+1:], 10, 31)
	if err != nil || den == 0 {
		return Rational{}, false
	}
	return Rational{int64(num), int64(den)}, true
}
