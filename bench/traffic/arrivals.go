package traffic

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Arrival is a viewer who comes.
type Arrival struct {
	At time.Duration
	// Viewer counts from 0, in the order of coming.
	Viewer int
	// Stays is how long the viewer stays, session after session; 0 for one session.
	Stays time.Duration
}

// Arrivals are the viewers of a curve, in order of time.
type Arrivals struct {
	curve  Curve
	until  time.Duration
	random *rand.Rand // nil for even distances
	next   int
	sum    float64   // of the curve, at the last arrival of sessions a second
	queue  []Arrival // of viewers
}

// NewArrivals returns those who come before until. With random, sessions begin as a Poisson process; without, at even
// distances.
func NewArrivals(curve Curve, until time.Duration, random *rand.Rand) *Arrivals {
	a := &Arrivals{curve: curve, until: until, random: random}
	if !curve.PerSecond {
		a.queue = population(curve, until, random)
	}
	return a
}

// Next returns the next arrival; false when nobody comes any more.
func (a *Arrivals) Next() (Arrival, bool) {
	if !a.curve.PerSecond {
		if a.next >= len(a.queue) {
			return Arrival{}, false
		}
		a.next++
		return a.queue[a.next-1], true
	}
	step := 1.
	if a.random != nil {
		step = a.random.ExpFloat64()
	}
	a.sum += step
	at, ok := a.curve.When(a.sum, a.until)
	if !ok {
		return Arrival{}, false
	}
	a.next++
	return Arrival{At: at, Viewer: a.next - 1}, true
}

// population returns the viewers of a curve that says how many are there. Viewer n is there while the curve is above n plus
// a part that chance decides, so that they do not come in step.
func population(curve Curve, until time.Duration, random *rand.Rand) []Arrival {
	var all []Arrival
	for n := range int(curve.Most(until)) {
		part := 0.5
		if random != nil {
			part = random.Float64()
		}
		level := float64(n) + math.Min(part, 0.999)
		all = append(all, presences(curve, level, until)...)
	}
	return number(all)
}

// presences returns the times in which the curve is above level.
func presences(curve Curve, level float64, until time.Duration) []Arrival {
	var found []Arrival
	begin, at := time.Duration(-1), time.Duration(0)
	visit := func(now time.Duration, above bool) {
		switch {
		case above && begin < 0:
			begin = now
		case !above && begin >= 0 && now > begin:
			found = append(found, Arrival{At: begin, Stays: now - begin})
			begin = -1
		}
	}
	for _, s := range curve.stages {
		if s.over > 0 {
			visit(at, s.from > level)
			if (s.from > level) != (s.to > level) {
				visit(at+time.Duration((level-s.from)/(s.to-s.from)*float64(s.over)), s.to > level)
			}
		}
		at += s.over
	}
	visit(at, curve.stages[len(curve.stages)-1].to > level)
	visit(max(until, at)+time.Hour, false) // who is there at the end does not leave
	kept := found[:0]
	for _, a := range found {
		if a.At < until {
			kept = append(kept, a)
		}
	}
	return kept
}

// number sorts by time and gives the viewers their numbers.
func number(all []Arrival) []Arrival {
	slices.SortStableFunc(all, func(a, b Arrival) int { return cmp.Compare(a.At, b.At) })
	for i := range all {
		all[i].Viewer = i
	}
	return all
}
