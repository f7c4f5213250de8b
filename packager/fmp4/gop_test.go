package fmp4

import (
	"slices"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

func TestGOP_time(t *testing.T) {
	f := func(name string, presentations []packager.Ticks, end packager.Ticks, want []packager.Ticks) {
		t.Run(name, func(t *testing.T) {
			g := gop{presentations: presentations}
			samples := make([]mp4.Sample, len(presentations))
			if err := g.time(samples, end); err != nil {
				t.Fatal(err)
			}
			decode := g.sorted[0]
			var got []packager.Ticks
			for i, s := range samples {
				got = append(got, decode)
				if at := decode + packager.Ticks(s.CompositionTimeOffset); at != presentations[i] || s.CompositionTimeOffset < 0 {
					t.Errorf("picture %d presented at %d, want %d", i, at, presentations[i])
				}
				decode += packager.Ticks(s.Dur)
				if shown := presentations[i] + packager.Ticks(s.Dur); s.Dur == 0 || shown > end {
					t.Errorf("picture %d lasts %d, to %d of %d", i, s.Dur, shown, end)
				}
			}
			if decode != end || !slices.Equal(got, want) {
				t.Errorf("decoded at %d until %d, want %d until %d", got, decode, want, end)
			}
		})
	}
	f("one picture", []packager.Ticks{7}, 9, []packager.Ticks{7})
	f("in order", []packager.Ticks{0, 10, 20}, 30, []packager.Ticks{0, 10, 20})
	f("B-pictures", []packager.Ticks{0, 30, 10, 20, 60, 40, 50}, 70, []packager.Ticks{0, 5, 10, 20, 30, 40, 50})
	f("pyramid", []packager.Ticks{0, 40, 20, 10, 30, 50}, 60, []packager.Ticks{0, 3, 6, 10, 20, 50})
	f("pyramid, then none", []packager.Ticks{0, 30, 20, 10, 40, 50}, 60, []packager.Ticks{0, 3, 6, 10, 30, 50})
	f("pyramid of two pictures", []packager.Ticks{0, 10}, 20, []packager.Ticks{0, 10})
	f("variable rate", []packager.Ticks{0, 100, 7}, 103, []packager.Ticks{0, 4, 7})
}

func TestGOP_time_unsuitable(t *testing.T) {
	f := func(name string, presentations []packager.Ticks, end packager.Ticks) {
		t.Run(name, func(t *testing.T) {
			g := gop{presentations: presentations}
			if err := g.time(make([]mp4.Sample, len(presentations)), end); err == nil {
				t.Error("no error")
			}
		})
	}
	f("leading picture", []packager.Ticks{20, 10, 30}, 40)
	f("two at once", []packager.Ticks{0, 10, 10}, 40)
	f("past the next key picture", []packager.Ticks{0, 20, 10}, 20)
	f("too close to reorder", []packager.Ticks{0, 2, 1}, 4)
	f("a pause of days", []packager.Ticks{0}, 1<<33)
}

func TestGOP_end(t *testing.T) {
	f := func(name string, presentations []packager.Ticks, usual, stated, want packager.Ticks) {
		t.Run(name, func(t *testing.T) {
			g := gop{presentations: presentations, usual: usual}
			got, err := g.end(stated)
			if err != nil || got != want {
				t.Errorf("ends at %d, %v, want %d", got, err, want)
			}
		})
	}
	f("as stated", []packager.Ticks{0, 20, 10}, 0, 12, 32)
	f("stated as nothing", []packager.Ticks{0, 20, 10}, 0, 0, 30)
	f("stated too long", []packager.Ticks{0, 20, 10}, 0, 21, 30)
	f("one picture, as stated", []packager.Ticks{5}, 10, 12, 17)
	f("one picture, as those before", []packager.Ticks{5}, 10, 0, 15)
	f("the only picture", []packager.Ticks{5}, 0, 1000, 1005)
	if _, err := (&gop{presentations: []packager.Ticks{5}}).end(0); err == nil {
		t.Error("the only picture of no duration: no error")
	}
}
