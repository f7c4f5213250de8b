package traffic

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestZipf(t *testing.T) {
	const n = 200_000
	for _, s := range []float64{0, 0.8, 1, 1.5} {
		z := NewZipf(100, s)
		counts := make([]float64, 100)
		random := Stream(1, 2)
		for range n {
			counts[z.Draw(random)]++
		}
		if got, want := counts[0]/counts[9], math.Pow(10, s); math.Abs(got/want-1) > 0.15 {
			t.Errorf("exponent %g: the first is %.2f times as popular as the tenth, want %.2f", s, got, want)
		}
	}
	if got := NewZipf(1, 1).Draw(Stream(1, 1)); got != 0 {
		t.Errorf("of one: %d", got)
	}
}

func TestParseCurve(t *testing.T) {
	f := func(text string, at map[time.Duration]float64) {
		t.Helper()
		c, err := ParseCurve(text)
		if err != nil {
			t.Error(err)
			return
		}
		for when, want := range at {
			if got := c.At(when); math.Abs(got-want) > 1e-9 {
				t.Errorf("%s at %s: %g, want %g", text, when, got, want)
			}
		}
	}
	f("200", map[time.Duration]float64{0: 200, time.Hour: 200})
	f("0-500 over 60s", map[time.Duration]float64{0: 0, 30 * time.Second: 250, 60 * time.Second: 500, time.Hour: 500})
	f(" 1-50/s over 5m , 50/s", map[time.Duration]float64{0: 1, time.Hour: 50})
	f("0-10 over 10s, 10 over 5s, 10-0 over 10s", map[time.Duration]float64{12 * time.Second: 10, 20 * time.Second: 5, 26 * time.Second: 0})

	bad := func(text, want string) {
		t.Helper()
		if c, err := ParseCurve(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v, want an error with %q", text, c, err, want)
		}
	}
	bad("", "want a number")
	bad("-5", "over which time")
	bad("5-10", "say over which time, as in 5-10 over 60s")
	bad("5 over soon", "want a duration")
	bad("5 over -1s", "want a duration")
	bad("5, 5/s", "do not mix")
	bad("NaN", "want a number")
	bad("1e9", "want a number")
	bad(strings.Repeat("1,", maxStages+1)+"1", "stages")
}

func collect(t *testing.T, text string, until time.Duration, random *rand.Rand) []Arrival {
	t.Helper()
	c, err := ParseCurve(text)
	if err != nil {
		t.Fatal(err)
	}
	a := NewArrivals(c, until, random)
	var all []Arrival
	for {
		next, ok := a.Next()
		if !ok {
			return all
		}
		all = append(all, next)
	}
}

func TestArrivalsAreSeeded(t *testing.T) {
	for _, text := range []string{"50/s", "0-50 over 10s"} {
		one, two := collect(t, text, 20*time.Second, Stream(1, 0)), collect(t, text, 20*time.Second, Stream(1, 0))
		if !slices.Equal(one, two) {
			t.Errorf("%s: the same seed makes other arrivals", text)
		}
		if other := collect(t, text, 20*time.Second, Stream(2, 0)); slices.Equal(one, other) {
			t.Errorf("%s: another seed makes the same arrivals", text)
		}
	}
}

// TestPoisson compares the distances between sessions with the exponential distribution.
func TestPoisson(t *testing.T) {
	all := collect(t, "100/s", 100*time.Second, Stream(1, 0))
	if n := len(all); n < 9_500 || n > 10_500 {
		t.Errorf("%d arrivals, want about 10,000", n)
	}
	short := 0
	for i := 1; i < len(all); i++ {
		if all[i].At-all[i-1].At < 10*time.Millisecond {
			short++
		}
		if all[i].Viewer != i || all[i].Stays != 0 {
			t.Fatalf("arrival %d is %+v", i, all[i])
		}
	}
	if share := float64(short) / float64(len(all)); math.Abs(share-(1-1/math.E)) > 0.03 {
		t.Errorf("%.3f of the distances are below the mean, want 0.632", share)
	}
}

func TestEvenArrivals(t *testing.T) {
	all := collect(t, "10/s", time.Second, nil)
	if len(all) != 10 || all[0].At != 100*time.Millisecond || all[9].At != time.Second {
		t.Errorf("%v", all)
	}
	ramp := collect(t, "0-100/s over 10s", 10*time.Second, nil)
	if len(ramp) != 500 {
		t.Errorf("a ramp to 100/s in 10 s makes %d sessions, want 500", len(ramp))
	}
}

// TestPopulation counts who is there.
func TestPopulation(t *testing.T) {
	const text = "0-100 over 10s, 100 over 10s, 100-20 over 10s"
	for _, random := range []*rand.Rand{nil, Stream(1, 0)} {
		all := collect(t, text, 40*time.Second, random)
		present := func(at time.Duration) (n int) {
			for _, a := range all {
				if a.At <= at && at < a.At+a.Stays {
					n++
				}
			}
			return n
		}
		for at, want := range map[time.Duration]int{5 * time.Second: 50, 15 * time.Second: 100, 25 * time.Second: 60, 35 * time.Second: 20} {
			if got := present(at); got < want-1 || got > want+1 {
				t.Errorf("at %s %d are there, want %d", at, got, want)
			}
		}
	}
	if all := collect(t, "5", time.Second, nil); len(all) != 5 || all[4].At != 0 || all[4].Stays < time.Second {
		t.Errorf("5 at once: %v", all)
	}
	if all := collect(t, "5 over 10s, 7", time.Second, nil); len(all) != 5 {
		t.Errorf("those who would come after the end: %v", all)
	}
}

// FuzzParseCurve feeds any text: what is accepted makes a bounded curve that never falls in sum.
func FuzzParseCurve(f *testing.F) {
	f.Add("0-500 over 60s, 500 over 5m, 500-0 over 30s")
	f.Add("10/s")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCurve(text)
		if err != nil {
			return
		}
		for _, at := range []time.Duration{0, 1, time.Second, time.Hour} {
			if v := c.At(at); v < 0 || v > maxValue || v > c.Most(at)+1e-6 {
				t.Errorf("%q at %s: %g of at most %g", text, at, v, c.Most(at))
			}
		}
		if c.Sum(time.Minute) > c.Sum(time.Hour) {
			t.Errorf("%q: the sum falls", text)
		}
	})
}
