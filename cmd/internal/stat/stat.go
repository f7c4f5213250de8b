// Package stat judges repeated measurements: the median of the rounds with the interval that holds it, and whether that
// lies on the right side of a budget.
//
// Nothing is assumed of how the values are distributed: the interval is made of order statistics. It is pure.
package stat

import (
	"fmt"
	"math"
	"slices"
)

// Estimate is the median of some values and an interval that holds the median of what they are drawn from with a
// probability of at least 90 %, or with all that so few values give.
type Estimate struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Values int     `json:"values"` // how many
}

// Of estimates from values, which it does not change. Without values all is zero.
func Of(values []float64) Estimate {
	n := len(values)
	if n == 0 {
		return Estimate{}
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := lowerRank(n)
	return Estimate{(sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[rank], sorted[n-1-rank], n}
}

// lowerRank returns the index of the order statistic that bounds the median of n values from below: the largest that
// lies above it with a probability of at most 5 %, which a binomial tail tells.
func lowerRank(n int) int {
	tail, term := 0.0, math.Pow(0.5, float64(n)) // of k values below the median
	for k := range n / 2 {
		if tail += term; tail > 0.05 {
			return max(k-1, 0)
		}
		term *= float64(n-k) / float64(k+1)
	}
	return max(n/2-1, 0)
}

// Tolerance is how far beyond a budget an interval may reach: the noise of the best of measurements.
const Tolerance = 0.03

// Budget is a limit of what is measured.
type Budget struct {
	Limit float64 `json:"limit"`
	// AtLeast says that values must not be below the limit; otherwise they must not be above it.
	AtLeast bool `json:"at_least"`
	// Tolerance is in the unit of the limit.
	Tolerance float64 `json:"tolerance"`
}

// AtLeast is a budget that ratios must reach.
func AtLeast(limit float64) Budget { return Budget{limit, true, Tolerance} }

// AtMost is a budget that ratios must keep.
func AtMost(limit float64) Budget { return Budget{limit, false, Tolerance} }

// String returns the limit with the side on which values must lie.
func (b Budget) String() string {
	if b.AtLeast {
		return fmt.Sprintf("≥ %.4g", b.Limit)
	}
	return fmt.Sprintf("≤ %.4g", b.Limit)
}

// Verdict says what an estimate means for a budget.
type Verdict string

// The verdicts.
const (
	Met     Verdict = "met"
	Missed  Verdict = "missed"
	Unclear Verdict = "unclear" // the interval reaches over the limit: more rounds are needed
)

// Judge compares the interval with the budget and its tolerance.
func (b Budget) Judge(e Estimate) Verdict {
	switch low, high := b.keeps(e.Low), b.keeps(e.High); {
	case low && high:
		return Met
	case low || high:
		return Unclear
	default:
		return Missed
	}
}

func (b Budget) keeps(value float64) bool {
	if b.AtLeast {
		return value >= b.Limit-b.Tolerance
	}
	return value <= b.Limit+b.Tolerance
}
