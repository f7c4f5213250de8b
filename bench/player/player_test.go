package player

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const second = time.Second

// simulate plays tracks of segments of the given length over a network that takes fetch for each, one at a time, and
// returns the player at its end.
func simulate(t *testing.T, cfg Config, viewer Viewer, length, segment, fetch time.Duration, tracks int) (*Player, int) {
	t.Helper()
	ends := slices.Repeat([]time.Duration{length}, tracks)
	all := []int{0, 1, 2}[:tracks]
	p := New(cfg, viewer, 0, ends...)
	fetched := 0
	for now, steps := time.Duration(0), 0; ; steps++ {
		if steps > 100_000 {
			t.Fatal("the session does not end")
		}
		step := p.Next(now, all...)
		switch {
		case step.Over:
			return p, fetched
		case step.Fetch:
			now += fetch
			fetched++
			end := (step.At + slack).Truncate(segment) + segment
			p.Fetched(now, step, min(end, length))
		default:
			now += step.Wait
		}
	}
}

func TestSessions(t *testing.T) {
	f := func(name string, viewer Viewer, length, segment, fetch time.Duration, tracks int, ending Ending, want Totals) {
		t.Helper()
		p, _ := simulate(t, NewDefaultConfig(), viewer, length, segment, fetch, tracks)
		if p.Ending() != ending || p.Totals() != want {
			t.Errorf("%s: %s %+v, want %s %+v", name, p.Ending(), p.Totals(), ending, want)
		}
	}
	f("fast network", Viewer{}, 60*second, 6*second, second/10, 1, Watched,
		Totals{Started: true, StartUp: second / 10, Played: 60 * second})
	f("two tracks start together", Viewer{}, 60*second, 6*second, second/10, 2, Watched,
		Totals{Started: true, StartUp: second / 5, Played: 60 * second})
	f("short segments wait for 2 s", Viewer{}, 10*second, second, second/4, 1, Watched,
		Totals{Started: true, StartUp: second / 2, Played: 10 * second})
	f("shorter than the start buffer", Viewer{}, second, second, second/4, 1, Watched,
		Totals{Started: true, StartUp: second / 4, Played: second})
	// A segment of 4 s takes 5 s: it plays 4 s and stalls 1 s, four times.
	f("slow network", Viewer{}, 20*second, 4*second, 5*second, 1, Watched,
		Totals{Started: true, StartUp: 5 * second, Played: 20 * second, Stalled: 4 * second, Stalls: 4})
	f("leaves", Viewer{Watch: 7 * second}, 60*second, 6*second, second, 1, Left,
		Totals{Started: true, StartUp: second, Played: 7 * second})
	f("leaves in the middle of nothing", Viewer{Watch: 7 * second}, 60*second, 6*second, 30*second, 1, GaveUp, Totals{})
	f("gives up in a stall", Viewer{}, 60*second, 4*second, 21*second, 1, GaveUp, Totals{})
	// After 5 s, when 30 s are buffered, to the half: one segment of 6 s that takes 1 s, and the rest plays.
	f("seeks", Viewer{Seeks: []Seek{{5 * second, 0.5}}}, 120*second, 6*second, second, 1, Watched,
		Totals{Started: true, StartUp: second, Played: 65 * second, Seeks: 1, SeekWait: second})
	f("seeks to the end", Viewer{Seeks: []Seek{{5 * second, 0.99999}}}, 120*second, 6*second, second, 1, Watched,
		Totals{Started: true, StartUp: second, Played: 5 * second, Seeks: 1})
}

// TestPatience stalls for longer than the viewer waits, after having played.
func TestPatience(t *testing.T) {
	p := New(NewDefaultConfig(), Viewer{}, 0, 60*second)
	step := p.Next(second, 0)
	p.Fetched(2*second, step, 6*second)
	p.Advance(8 * second)
	if p.State() != Playing && p.State() != Stalled {
		t.Errorf("state %d", p.State())
	}
	p.Advance(100 * second)
	want := Totals{Started: true, StartUp: 2 * second, Played: 6 * second, Stalled: 20 * second, Stalls: 1}
	if p.Ending() != GaveUp || p.Totals() != want {
		t.Errorf("%s %+v, want %+v", p.Ending(), p.Totals(), want)
	}
}

// TestMaxBuffer holds as much as it may and no more than a segment over that.
func TestMaxBuffer(t *testing.T) {
	p := New(NewDefaultConfig(), Viewer{}, 0, 600*second)
	var now time.Duration
	for step := p.Next(now, 0); step.Fetch; step = p.Next(now, 0) {
		now += time.Millisecond
		p.Fetched(now, step, step.At+4*second)
	}
	// It holds 30 s or more and has played a few milliseconds.
	if held := p.level(); held < 30*second || held > 34*second {
		t.Errorf("holds %s", held)
	}
	if step := p.Next(now+2*second, 0); !step.Fetch || step.At != 32*second {
		t.Errorf("2 s later: %+v", step)
	}
}

// TestSeekThrowsAway answers a step of before the seek afterwards.
func TestSeekThrowsAway(t *testing.T) {
	p := New(NewDefaultConfig(), Viewer{Seeks: []Seek{{second, 0.5}}}, 0, 60*second)
	p.Fetched(0, p.Next(0, 0), 6*second)
	late := p.Next(0, 0)
	p.Fetched(2*second, late, 12*second)
	if step := p.Next(2*second, 0); step.At != 30*second || step.Epoch == late.Epoch || p.State() != Seeking {
		t.Errorf("after the seek: %+v, state %d", step, p.State())
	}
}

// TestSpeed plays an hour in a minute.
func TestSpeed(t *testing.T) {
	cfg := NewDefaultConfig()
	cfg.Speed = 60
	p, fetched := simulate(t, cfg, Viewer{}, 3600*second, 6*second, time.Millisecond, 1)
	if got := p.Totals(); p.Ending() != Watched || (got.Played-60*second).Abs() > time.Millisecond || got.Stalls > 0 || fetched != 600 {
		t.Errorf("%s %+v with %d segments", p.Ending(), got, fetched)
	}
}

// TestUnequalTracks plays sound that ends long before the pictures do.
func TestUnequalTracks(t *testing.T) {
	p := New(NewDefaultConfig(), Viewer{}, 0, 60*second, 10*second)
	now := time.Duration(0)
	for step := p.Next(now, 0, 1); !step.Over; step = p.Next(now, 0, 1) {
		now += step.Wait
		if step.Fetch {
			now += time.Millisecond
			p.Fetched(now, step, step.At+5*second)
		}
	}
	if got := p.Totals(); p.Ending() != Watched || got.Played != 60*second || got.Stalls != 0 {
		t.Errorf("%s %+v", p.Ending(), got)
	}
}

// TestAnySession draws many viewers over many networks: what has been accounted for is the time that has passed.
func TestAnySession(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	behaviour := NewDefaultBehaviour()
	for range 500 {
		fetch := time.Duration(random.Int64N(int64(8 * second)))
		p, _ := simulate(t, NewDefaultConfig(), behaviour.Draw(random), 300*second, 4*second, fetch, 1+random.IntN(2))
		got := p.Totals()
		if passed := got.StartUp + got.Played + got.Stalled + got.SeekWait; got.Started && (passed-p.clock).Abs() > time.Millisecond {
			t.Fatalf("accounted for %s of %s: %+v", passed, p.clock, got)
		}
	}
}
