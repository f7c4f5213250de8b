package packager

import "testing"

// measured returns a track at 1000 ticks a second with fragments of these sizes, and its segmentation, a fragment a
// segment.
func measured(target int, lengths []Ticks, sizes ...uint32) (*Segmentation, *Track) {
	t := &Track{Timescale: 1000, Init: make([]byte, 10), SizeBytes: 10}
	s := &Segmentation{TargetSeconds: target, starts: []int32{0}}
	now := Ticks(0)
	for i, size := range sizes {
		t.Fragments = append(t.Fragments, Fragment{Offset: t.SizeBytes, SizeBytes: size, DecodeTime: now, Duration: lengths[i]})
		t.SizeBytes += int64(size)
		now += lengths[i]
		s.starts = append(s.starts, int32(i+1))
	}
	return s, t
}

func TestPeakBandwidth(t *testing.T) {
	f := func(want int64, target int, lengths []Ticks, sizes ...uint32) {
		t.Helper()
		s, track := measured(target, lengths, sizes...)
		if got := s.PeakBandwidth(track, s.CMAFSizes(track), target); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
	f(8000, 6, []Ticks{6000}, 6000)
	f(16000, 6, []Ticks{6000, 6000, 6000}, 6000, 12000, 6000)
	f(12000, 6, []Ticks{6000, 2000}, 6000, 6000)             // 2 s alone are less than half a target
	f(24000, 6, []Ticks{6000, 3000}, 6000, 9000)             // 3 s are half
	f(16000, 2, []Ticks{1500, 1500, 1500}, 1000, 3000, 1000) // pairs last just 1.5 targets and have 10667
	f(24000, 6, []Ticks{1000, 1000}, 2000, 3000)             // shorter than half a target as a whole
	f(3, 6, []Ticks{6000}, 2)                                // rounded up
	f(34359738360, 6, []Ticks{1000}, 1<<32-1)                // more than 32 bits
}

func TestAverageBandwidth(t *testing.T) {
	s, track := measured(6, []Ticks{6000, 3000}, 6000, 3001)
	if got := s.AverageBandwidth(track, s.CMAFSizes(track)); got != 8001 {
		t.Errorf("got %d, want 8001: 72008 bits in 9 s, rounded up", got)
	}
	if got := s.first(1).AverageBandwidth(track, s.CMAFSizes(track)); got != 8000 {
		t.Errorf("the first segment alone: got %d, want 8000", got)
	}
	// Audio that begins late is not spread over the silence before it.
	for i := range track.Fragments {
		track.Fragments[i].DecodeTime += 500
	}
	if got := s.AverageBandwidth(track, s.CMAFSizes(track)); got != 8001 {
		t.Errorf("late start: got %d, want 8001", got)
	}
}

// TestPeakBandwidth_oddTimescale: half a target is no whole number of ticks. A segment of 37 ticks at 25 Hz lasts 1.48 s, which
// rounds to a target of 1 s and is within 1.5 of it.
func TestPeakBandwidth_oddTimescale(t *testing.T) {
	s, track := measured(1, []Ticks{37, 25}, 3700, 1000)
	track.Timescale = 25
	if got, want := s.PeakBandwidth(track, s.CMAFSizes(track), 1), int64(20000); got != want {
		t.Errorf("got %d, want %d, of the first segment", got, want)
	}
	s, track = measured(1, []Ticks{12, 25}, 1200, 1000)
	track.Timescale = 25
	if got, want := s.PeakBandwidth(track, s.CMAFSizes(track), 1), int64(11892); got != want {
		t.Errorf("got %d, want %d: 12 ticks are less than half a second, both last 37", got, want)
	}
}
