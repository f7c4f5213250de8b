package player

import (
	"math"
	"time"
)

// Throughput estimates the throughput of a player as an average in which old measurements fade, and chooses by it.
type Throughput struct {
	cfg    Config
	sum    float64 // bits a second, weighted
	weight float64
}

// NewThroughput returns an estimate that knows nothing.
func NewThroughput(cfg Config) *Throughput { return &Throughput{cfg: cfg} }

// leastBytes is the smallest download that says something about throughput, not latency.
const leastBytes = 16 << 10

// Add takes in a download.
func (t *Throughput) Add(bytes int64, took time.Duration) {
	if bytes < leastBytes || took <= 0 {
		return
	}
	old := math.Exp2(-float64(took) / float64(t.cfg.HalfLife))
	t.sum = t.sum*old + float64(bytes)*8/took.Seconds()*(1-old)
	t.weight = t.weight*old + 1 - old
}

// BitsPerSecond returns the estimate; 0 when nothing is known.
func (t *Throughput) BitsPerSecond() float64 {
	if t.weight == 0 {
		return 0
	}
	return t.sum / t.weight
}

// Choose returns the index of the rendition to fetch next. bandwidths are in bits a second, rising.
func (t *Throughput) Choose(bandwidths []int64) int {
	if t.weight == 0 {
		if t.cfg.StartMiddle {
			return len(bandwidths) / 2
		}
		return 0
	}
	affordable := t.BitsPerSecond() * t.cfg.Safety / t.cfg.Speed
	best := 0
	for i, bandwidth := range bandwidths {
		if float64(bandwidth) <= affordable {
			best = i
		}
	}
	return best
}
