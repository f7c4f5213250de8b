package ts_test

import (
	"fmt"
	"testing"

	"headwater/packager/ts"
)

// noisy returns a film of six seconds whose pictures take about bitRate.
func noisy(tb testing.TB, size string, bitRate int) *film {
	video := fmt.Sprintf("-f lavfi -i testsrc2=size=%s:rate=25:duration=6,noise=alls=40:allf=t -c:v libx264 -preset ultrafast "+
		"-pix_fmt yuv420p -g 50 -sc_threshold 0 -b:v %d -maxrate %d -bufsize %d", size, bitRate, bitRate, bitRate)
	return newFilm(tb, video, audio(48000, ":c=stereo", "-c:a aac -b:a 128k"))
}

func BenchmarkAppend(b *testing.B) {
	for _, shape := range []struct {
		name, size string
		bitRate    int
		tracks     string
	}{
		{"1080p", "1920x1080", 5_000_000, "v"},
		{"1080p muxed", "1920x1080", 5_000_000, "v+a"},
		{"360p", "640x360", 700_000, "v"},
		{"audio", "640x360", 700_000, "a"},
	} {
		f := noisy(b, shape.size, shape.bitRate)
		r := resource(shape.tracks, 6, 1)
		plan, err := f.TransportSegment(r)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(shape.name, func(b *testing.B) {
			b.SetBytes(plan.SizeBytes)
			b.ReportAllocs()
			dst := make([]byte, 0, plan.SizeBytes)
			for b.Loop() {
				if _, err := ts.Append(dst, f.Presentation, r, f.read); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAppend_allocations holds that a segment costs at most two allocations (none but for the recycled scratch memory).
func TestAppend_allocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	f := noisy(t, "320x180", 300_000)
	r := resource("v+a", 6, 1)
	dst := make([]byte, 0, 4<<20)
	allocations := testing.AllocsPerRun(50, func() {
		if _, err := ts.Append(dst, f.Presentation, r, f.read); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 2 {
		t.Errorf("%v allocations", allocations)
	}
}
