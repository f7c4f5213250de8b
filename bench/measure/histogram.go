package measure

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The range of a histogram, in microseconds.
const (
	least  = 1
	most   = 10 * 60 * 1e6
	digits = 3
)

// Histogram counts times. The zero value is ready. Not safe for concurrent use.
type Histogram struct {
	h   *hdrhistogram.Histogram
	sum time.Duration
}

// Record counts one time. What is out of range counts as the nearest that is not.
func (h *Histogram) Record(d time.Duration) {
	if h.h == nil {
		h.h = hdrhistogram.New(least, most, digits)
	}
	h.sum += d
	_ = h.h.RecordValue(min(max(d.Microseconds(), least), most)) // fails only out of range
}

// Add counts everything that other has counted.
func (h *Histogram) Add(other *Histogram) {
	if other.h == nil {
		return
	}
	if h.h == nil {
		h.h = hdrhistogram.New(least, most, digits)
	}
	h.h.Merge(other.h)
	h.sum += other.sum
}

// Reset forgets everything and keeps the memory.
func (h *Histogram) Reset() {
	if h.h != nil {
		h.h.Reset()
	}
	h.sum = 0
}

// Count returns how many times were recorded.
func (h *Histogram) Count() int64 {
	if h.h == nil {
		return 0
	}
	return h.h.TotalCount()
}

// Quantile returns the time that a part of all does not exceed; percent is 0 to 100. 0 when there is none.
func (h *Histogram) Quantile(percent float64) time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.h.ValueAtQuantile(percent)) * time.Microsecond
}

// Max returns the longest time.
func (h *Histogram) Max() time.Duration { return h.Quantile(100) }

// Mean returns the mean; 0 when there is none.
func (h *Histogram) Mean() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return h.sum / time.Duration(h.Count())
}

// Bucket is how many times lie up to UpTo and above the bucket before.
type Bucket struct {
	UpTo  time.Duration
	Count int64
}

// bucketsPerDecade is how finely Buckets divides: steps of 10^(1/8), about a third more each.
const bucketsPerDecade = 8

// Buckets sums up in steps of equal ratio, from the first that holds anything to the last.
func (h *Histogram) Buckets() []Bucket {
	if h.Count() == 0 {
		return nil
	}
	var buckets []Bucket
	for _, bar := range h.h.Distribution() {
		if bar.Count == 0 {
			continue
		}
		edge := edgeOver(bar.From)
		for len(buckets) > 0 && buckets[len(buckets)-1].UpTo < edge { // the empty ones between
			buckets = append(buckets, Bucket{UpTo: nextEdge(buckets[len(buckets)-1].UpTo)})
		}
		if len(buckets) == 0 {
			buckets = append(buckets, Bucket{UpTo: edge})
		}
		buckets[len(buckets)-1].Count += bar.Count
	}
	return buckets
}
