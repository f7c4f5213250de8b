package main

import (
	"slices"
	"testing"
	"time"
)

func TestOptions_plan(t *testing.T) {
	names := func(o options) []string {
		t.Helper()
		o.rounds, o.roundTime = 15, time.Second
		p, err := o.plan()
		if err != nil {
			t.Fatal(err)
		}
		return p.names()
	}
	usual, full := names(options{}), names(options{full: true})
	for _, name := range usual {
		if !slices.Contains(full, name) {
			t.Errorf("%s is not in the full plan", name)
		}
	}
	slices.Sort(full)
	if len(slices.Compact(full)) != len(full) || len(full) <= len(usual) {
		t.Errorf("%d usual, %d full, some of them twice?", len(usual), len(full))
	}
	want := []string{"hot audio plain 1", "hot audio plain 64", "hot audio plain 1000"}
	if got := names(options{run: "hot audio plain"}); !slices.Equal(got, want) {
		t.Errorf("-run: %q, want %q", got, want)
	}
	if got := names(options{run: "^both", vod: "module.so"}); len(got) != 2 {
		t.Errorf("-vod adds %q", got)
	}
	// Every budget that is measured here has its line in the plan.
	whole := &report{}
	for _, s := range scenarios(false, false) {
		whole.Comparisons = append(whole.Comparisons, compared(s, rounds(50)))
	}
	for _, l := range whole.lines()[:14] {
		if l.measured == "" {
			t.Errorf("%s: the plan does not measure it", l.what)
		}
	}
}

func TestOptions_plan_refuses(t *testing.T) {
	for _, o := range []options{
		{run: "(", rounds: 1, roundTime: 1},
		{run: "no such case", rounds: 1, roundTime: 1},
		{rounds: 0, roundTime: 1},
		{rounds: 1, roundTime: 0},
	} {
		if _, err := o.plan(); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
}

func TestLoad_order(t *testing.T) {
	inTurn := load{Requests: 10, Seed: 7}
	var times [5]int
	for _, i := range inTurn.order(5) {
		times[i]++
	}
	if times != [5]int{2, 2, 2, 2, 2} {
		t.Errorf("in turn: %v", times)
	}
	byZipf := load{Requests: 100_000, Zipf: 1, Seed: 7}
	counts := make([]int, 100)
	for _, i := range byZipf.order(100) {
		counts[i]++
	}
	slices.Sort(counts)
	slices.Reverse(counts)
	// The harmonic number of 100 is 5.187: the first gets 19.3 %, the second half of that, the tenth a tenth.
	for rank, want := range map[int]int{0: 19279, 1: 9639, 9: 1928} {
		if got := counts[rank]; got < want*9/10 || got > want*11/10 {
			t.Errorf("rank %d: %d of 100000, want about %d", rank+1, got, want)
		}
	}
	another := load{Requests: 100_000, Zipf: 1, Seed: 8}
	if slices.Equal(another.order(100), byZipf.order(100)) {
		t.Error("another seed gives the same order")
	}
}

func TestFitting(t *testing.T) {
	objects := []object{{SizeBytes: 3}, {SizeBytes: 4}, {SizeBytes: 5}}
	for limit, want := range map[int64]int{2: 0, 7: 2, 11: 2, 12: 3} {
		if got := fitting(objects, limit); len(got) != want {
			t.Errorf("%d of them have %d bytes, want %d", len(got), limit, want)
		}
	}
}
