package origin

import (
	"testing"
	"time"
)

func TestEpochs(t *testing.T) {
	const limit = time.Hour
	start := time.Unix(1, 0)
	var e epochs
	usable := func(epoch uint64, at time.Duration, want bool) {
		t.Helper()
		if e.usable(epoch, start.Add(at), limit) != want {
			t.Errorf("epoch %d of %d at %v: usable is not %v", epoch, e.now, at, want)
		}
	}
	usable(0, 1000*limit, true)
	e.outdate(start, limit)
	e.outdate(start.Add(limit/2), limit)
	usable(0, limit, true)
	usable(0, limit+1, false)
	usable(1, limit+1, true)
	usable(1, 2*limit, false)
	usable(2, 1000*limit, true)
	e.outdate(start.Add(10*limit), limit)
	usable(1, limit, false) // forgotten
	usable(2, 11*limit, true)
	e.distrust()
	usable(3, 0, false)
	usable(4, 1000*limit, true)
	e.outdate(start, limit)
	usable(4, 0, true)
}

func TestEpochs_AreBounded(t *testing.T) {
	var e epochs
	for range 3 * maxEpochs {
		e.outdate(time.Unix(1, 0), time.Hour)
	}
	if len(e.ended) != maxEpochs || e.usable(2*maxEpochs-1, time.Unix(1, 0), time.Hour) || !e.usable(2*maxEpochs, time.Unix(1, 0), time.Hour) {
		t.Errorf("%d ended, oldest %d", len(e.ended), e.oldest)
	}
}
