package lint

// keySpan is how far sync samples lie apart, in ticks.
type keySpan struct {
	first, last, widest int64
	found               bool
}

// add notes a sync sample, in the order of time.
func (k *keySpan) add(at int64) {
	if !k.found {
		k.first, k.found = at, true
	} else {
		k.widest = max(k.widest, at-k.last)
	}
	k.last = at
}

// stepSpan is how far apart the frames of a stretch are, in ticks.
type stepSpan struct {
	shortest, longest, sum, count int64
	// last is not yet in the others: the last frame of a stretch may last until the next one begins, however long that takes.
	last int64
}

func (s *stepSpan) add(step int64) {
	if s.last > 0 {
		if s.count == 0 {
			s.shortest = s.last
		}
		s.shortest, s.longest = min(s.shortest, s.last), max(s.longest, s.last)
		s.sum += s.last
		s.count++
	}
	s.last = step
}

// minSteadyFrames is how many frames make a frame rate.
const minSteadyFrames = 8

// steady reports whether there is one frame rate, rounding of its timestamps aside.
func (s stepSpan) steady() bool {
	return s.count >= minSteadyFrames && s.longest-s.shortest <= max(2, s.longest/100)
}

// differs reports whether both stretches have a frame rate, and not the same: by more than 3 %, which is less than lies
// between 24 and 25.
func (s stepSpan) differs(other stepSpan) bool {
	if !s.steady() || !other.steady() {
		return false
	}
	a, b := float64(s.sum)/float64(s.count), float64(other.sum)/float64(other.count)
	return a > b*1.03 || b > a*1.03
}
