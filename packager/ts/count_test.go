package ts_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"headwater/packager"
	"headwater/packager/packagertest"
	"headwater/packager/ts"
)

// invented is a presentation of one fragment an interval whose samples are made up, around the init segments of a real one.
type invented struct {
	*film
	samples map[packager.TrackID][][]ts.Sample
}

// invent replaces the samples of the tracks of like, on a grid of n intervals from start, all in their own timescales.
func invent(t testing.TB, like *film, r *rand.Rand) *invented {
	t.Helper()
	v := newInvented(packager.Grid{ID: "grid", Timescale: like.Tracks[0].Timescale})
	n := 1 + r.IntN(4)
	for i := range n + 1 {
		v.Grid.Cuts = append(v.Grid.Cuts, packager.Ticks(i)*2*packager.Ticks(v.Grid.Timescale))
	}
	for i := range like.Tracks {
		v.inventTrack(t, like.Tracks[i], r)
	}
	if err := v.Validate(); err != nil {
		t.Fatal(err)
	}
	return v
}

// newInvented returns a presentation without tracks.
func newInvented(g packager.Grid) *invented {
	p := &packager.Presentation{Asset: "asset", Generation: 1, Grid: g}
	return &invented{&film{p, map[packager.TrackID][]byte{}}, map[packager.TrackID][][]ts.Sample{}}
}

func (v *invented) inventTrack(t testing.TB, track packager.Track, r *rand.Rand) {
	now := packager.Ticks(0)
	var fragments [][]ts.Sample
	for i := range v.Grid.Intervals() {
		end := packager.Rescale(v.Grid.Cuts[i+1], v.Grid.Timescale, track.Timescale)
		var samples []ts.Sample
		if track.Kind == packager.Video {
			samples = somePictures(r, uint32(end-now))
		} else {
			samples = someFrames(r, &track, now, end)
		}
		for _, s := range samples {
			now += packager.Ticks(s.Duration)
		}
		fragments = append(fragments, samples)
	}
	v.addTrack(t, track, fragments)
}

// addTrack adds a track whose fragments have these samples.
func (v *invented) addTrack(t testing.TB, track packager.Track, fragments [][]ts.Sample) {
	t.Helper()
	counter, ok := ts.NewCounter(&track)
	if !ok {
		t.Fatalf("%s has no place in a transport stream", track.ID)
	}
	file := bytes.Clone(track.Init)
	track.Fragments, track.ReorderDelay = nil, 0
	now := packager.Ticks(0)
	for _, samples := range fragments {
		f := packager.Fragment{Offset: int64(len(file)), DecodeTime: now, Samples: uint32(len(samples))}
		for _, s := range samples {
			counter.Add(s)
			f.Duration += packager.Ticks(s.Duration)
			track.ReorderDelay = max(track.ReorderDelay, -packager.Ticks(s.CompositionOffset))
		}
		var fits bool
		if f.TSPackets, f.TSClockPackets, fits = counter.End(); !fits {
			t.Fatalf("%s: does not fit", track.ID)
		}
		file = packagertest.AppendFragment(file, &f, track.Kind, samples, pattern)
		track.Fragments = append(track.Fragments, f)
		v.samples[track.ID] = append(v.samples[track.ID], samples)
		now += f.Duration
	}
	track.SizeBytes = int64(len(file))
	v.Tracks, v.files[track.ID] = append(v.Tracks, track), file
}

// somePictures returns samples that last duration together: any number, sizes around the edges of packets and beyond all
// windows, and composition offsets that are large, and negative.
func somePictures(r *rand.Rand, duration uint32) []ts.Sample {
	n := []int{1, 1 + r.IntN(5), 50, 240}[r.IntN(4)]
	n = min(n, int(duration))
	samples := make([]ts.Sample, n)
	left := duration
	for i := range samples {
		s := &samples[i]
		s.Duration = left / uint32(n-i)
		if r.IntN(4) == 0 && s.Duration > 1 {
			s.Duration = 1 + uint32(r.IntN(int(s.Duration)))
		}
		if i == n-1 {
			s.Duration = left
		}
		left -= s.Duration
		switch r.IntN(60) {
		case 0:
			s.SizeBytes = 5
		case 1:
			s.SizeBytes = 300_000 + uint32(r.IntN(400_000))
		default:
			s.SizeBytes = 130 + uint32(r.IntN(3*184))
		}
		s.CompositionOffset = int32(r.IntN(40_000)) - 20_000
		s.Sync = i == 0 || r.IntN(30) == 0
	}
	return samples
}

func someFrames(r *rand.Rand, track *packager.Track, now, end packager.Ticks) (samples []ts.Sample) {
	for now < end || len(samples) == 0 {
		samples = append(samples, ts.Sample{SizeBytes: 1 + uint32(r.IntN(900)), Duration: track.Audio.FrameSamples, Sync: true})
		now += packager.Ticks(track.Audio.FrameSamples)
	}
	return samples
}

// pattern appends the bytes of a sample.
func pattern(dst []byte, sizeBytes int) []byte {
	for i := range sizeBytes {
		dst = append(dst, byte(i*7)|1)
	}
	return dst
}

// TestAppend_anySamples holds that what is counted is what is written, and that the rules hold, whatever the samples are.
func TestAppend_anySamples(t *testing.T) {
	real := []*film{
		newFilm(t, video("25", "12800", "-g 50 -bf 0"), audio(48000, "", "-c:a aac")),
		newFilm(t, video("25", "90000", "-g 50 -bf 0"), audio(44100, ":c=stereo", "-c:a libmp3lame")),
		newFilm(t, video("25", "10000000", "-g 50 -bf 0"), audio(32000, ":c=5.1", "-c:a ac3")),
	}
	r := rand.New(rand.NewPCG(13818, 1))
	for range 60 {
		v := invent(t, real[r.IntN(len(real))], r)
		for _, tracks := range []string{"v", "a", "v+a"} {
			target := []int{1, 2, 6}[r.IntN(3)]
			h := newHeard()
			h.unordered = true
			for i, segment := range v.segments(t, tracks, target) {
				plan, err := v.TransportSegment(resource(tracks, target, i+1))
				if err != nil || int64(len(segment)) != plan.SizeBytes {
					t.Fatalf("%d bytes, %d planned, %v", len(segment), plan.SizeBytes, err)
				}
				h.judge(t, segment, i+1, nil)
			}
			if h.farthest > 2_700_000 {
				t.Errorf("the clock is told %d ticks apart", h.farthest)
			}
			if t.Failed() {
				return
			}
		}
	}
}

// FuzzAppend holds that damaged media is an error, and nothing worse.
func FuzzAppend(f *testing.F) {
	v := invent(f, newFilm(f, video("25", "12800", "-g 50 -bf 0"), audio(48000, "", "-c:a aac")), rand.New(rand.NewPCG(1, 2)))
	f.Add(uint32(700), []byte{0xff})
	f.Add(uint32(900), []byte("\xff\xff\xff\xfftrun"))
	f.Fuzz(func(t *testing.T, at uint32, bytes []byte) {
		read := func(track *packager.Track, dst []byte, offset int64) error {
			if err := v.read(track, dst, offset); err != nil {
				return err
			}
			for i, b := range bytes {
				if j := int64(at) + int64(i) - offset; j >= 0 && j < int64(len(dst)) {
					dst[j] = b
				}
			}
			return nil
		}
		for _, tracks := range []string{"v", "a", "v+a"} {
			segment, err := ts.Append([]byte("x"), v.Presentation, resource(tracks, 6, 1), read)
			if err != nil && (!errors.Is(err, ts.ErrCorrupt) || string(segment) != "x") {
				t.Errorf("%d bytes, %v", len(segment), err)
			}
		}
	})
}
