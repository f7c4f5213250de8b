package player

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

func TestDrawIsSeeded(t *testing.T) {
	b := NewDefaultBehaviour()
	draw := func(seed uint64) []Viewer {
		random := rand.New(rand.NewPCG(seed, 0))
		return []Viewer{b.Draw(random), b.Draw(random), b.Draw(random)}
	}
	if !reflect.DeepEqual(draw(1), draw(1)) {
		t.Error("the same seed draws other viewers")
	}
	if reflect.DeepEqual(draw(1), draw(2)) {
		t.Error("another seed draws the same viewers")
	}
}

// TestDrawShares compares the means of many viewers with what was asked for.
func TestDrawShares(t *testing.T) {
	b := Behaviour{Complete: 0.25, Watch: 100 * time.Second, SeekEvery: 50 * time.Second, Think: 5 * time.Second}
	random := rand.New(rand.NewPCG(1, 1))
	const n = 20_000
	var complete, seeks, watched, pause float64
	for range n {
		v := b.Draw(random)
		pause += b.Pause(random).Seconds()
		if v.Watch == 0 {
			complete++
			continue
		}
		watched += v.Watch.Seconds()
		seeks += float64(len(v.Seeks))
		for i, s := range v.Seeks {
			if s.To < 0 || s.To >= 1 || s.After >= v.Watch || i > 0 && s.After < v.Seeks[i-1].After {
				t.Fatalf("seek %d of %+v", i, v)
			}
		}
	}
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got/want-1) > 0.05 {
			t.Errorf("%s: %.3f, want about %.3f", name, got, want)
		}
	}
	left := n - complete
	near("complete", complete/n, 0.25)
	near("watched", watched/left, 100)
	near("watched between seeks", watched/seeks, 50)
	near("pause", pause/n, 5)
}

func TestThroughput(t *testing.T) {
	cfg := NewDefaultConfig()
	ladder := []int64{1e6, 2e6, 4e6, 8e6}
	e := NewThroughput(cfg)
	if got := e.Choose(ladder); got != 0 {
		t.Errorf("starts with %d", got)
	}
	cfg.StartMiddle = true
	if got := NewThroughput(cfg).Choose(ladder); got != 2 {
		t.Errorf("starts in the middle with %d", got)
	}
	e.Add(1000, time.Second) // too small to tell
	if e.BitsPerSecond() != 0 {
		t.Errorf("believes a small download: %f", e.BitsPerSecond())
	}
	e.Add(1e6, 2*time.Second)
	if got := e.BitsPerSecond(); math.Abs(got-4e6) > 1 {
		t.Errorf("4 Mbit/s is %f", got)
	}
	if got := e.Choose(ladder); got != 1 { // 3.2 Mbit/s with safety
		t.Errorf("at 4 Mbit/s: %d", got)
	}
	for range 10 {
		e.Add(3e6, 2*time.Second)
	}
	if got := e.BitsPerSecond(); got < 11.8e6 || got > 12e6 {
		t.Errorf("has not followed to 12 Mbit/s: %f", got)
	}
	if got := e.Choose(ladder); got != 3 {
		t.Errorf("at 12 Mbit/s: %d", got)
	}
	e.cfg.Speed = 4
	if got := e.Choose(ladder); got != 1 {
		t.Errorf("at 12 Mbit/s and fourfold speed: %d", got)
	}
}

func TestValidate(t *testing.T) {
	if err := NewDefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	if err := (Config{Speed: math.NaN()}).Validate(); err == nil {
		t.Error("an empty configuration is valid")
	}
}
