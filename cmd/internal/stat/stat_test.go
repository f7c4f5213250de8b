package stat_test

import (
	"math/rand/v2"
	"testing"

	"headwater/cmd/internal/stat"
)

// upTo returns n, n-1, … 1.
func upTo(n int) []float64 {
	var values []float64
	for ; n > 0; n-- {
		values = append(values, float64(n))
	}
	return values
}

func TestOf(t *testing.T) {
	for _, test := range []struct {
		values            []float64
		median, low, high float64
	}{
		{nil, 0, 0, 0},
		{[]float64{7}, 7, 7, 7},
		{upTo(2), 1.5, 1, 2},
		{upTo(4), 2.5, 1, 4},
		// From the tables of the sign test, one-sided 5 %: the ranks for n = 5, 8, 11, 15, 20, 25, 100.
		{upTo(5), 3, 1, 5},
		{upTo(8), 4.5, 2, 7},
		{upTo(11), 6, 3, 9},
		{upTo(15), 8, 4, 12},
		{upTo(20), 10.5, 6, 15},
		{upTo(25), 13, 8, 18},
		{upTo(100), 50.5, 42, 59},
	} {
		e := stat.Of(test.values)
		if want := (stat.Estimate{Median: test.median, Low: test.low, High: test.high, Values: len(test.values)}); e != want {
			t.Errorf("%d values: %+v, want %+v", len(test.values), e, want)
		}
	}
}

// TestOf_coverage draws from a skewed distribution of known median.
func TestOf_coverage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const runs, median = 2000, 0.6931471805599453
	held := 0
	for range runs {
		values := make([]float64, 15)
		for i := range values {
			values[i] = random.ExpFloat64()
		}
		if e := stat.Of(values); e.Low <= median && median <= e.High {
			held++
		}
	}
	if held < runs*90/100 {
		t.Errorf("the interval holds the median in %d of %d runs", held, runs)
	}
}

func TestBudget_Judge(t *testing.T) {
	for _, test := range []struct {
		budget    stat.Budget
		low, high float64
		want      stat.Verdict
	}{
		{stat.AtLeast(1.2), 1.18, 1.3, stat.Met},
		{stat.AtLeast(1.2), 1.16, 1.3, stat.Unclear},
		{stat.AtLeast(1.2), 1.1, 1.16, stat.Missed},
		{stat.AtMost(1.03), 0.9, 1.05, stat.Met},
		{stat.AtMost(1.03), 1.0, 1.07, stat.Unclear},
		{stat.AtMost(1.03), 1.07, 1.08, stat.Missed},
		{stat.Budget{Limit: 8}, 8, 8, stat.Met},
		{stat.Budget{Limit: 8}, 8.01, 8.01, stat.Missed},
	} {
		if got := test.budget.Judge(stat.Estimate{Low: test.low, High: test.high}); got != test.want {
			t.Errorf("%v of [%v, %v]: %s, want %s", test.budget, test.low, test.high, got, test.want)
		}
	}
}
