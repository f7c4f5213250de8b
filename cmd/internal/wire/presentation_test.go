//go:build !race

package wire

import (
	"bytes"
	"testing"

	"headwater/ingest"
	"headwater/ingest/storage/mem"
	"headwater/packager"
	"headwater/packager/packagertest"
)

// TestLoadPresentation_RecyclesItsBuffer holds that reading a long index allocates as often as reading a short one. Under
// the race detector pools forget at random.
func TestLoadPresentation_RecyclesItsBuffer(t *testing.T) {
	if short, long := loadAllocs(t, 3), loadAllocs(t, 3000); long > short {
		t.Errorf("%v allocations for a short index, %v for a long one", short, long)
	}
}

func loadAllocs(t *testing.T, intervals int) float64 {
	t.Helper()
	g := packagertest.UniformGrid(1000, 2000, intervals, 0)
	video := packager.VideoFormat{Width: 640, Height: 360, FrameRate: packager.FrameRate{Num: 25, Den: 1}}
	p := packagertest.New(t, g, packagertest.Video(g, "v1", "avc1.64001F", video, 1000, 100_000))
	index, err := packager.AppendIndex(nil, p)
	if err != nil {
		t.Fatal(err)
	}
	store := &mem.Store{}
	if err := store.Put(t.Context(), ingest.IndexKey(p.Asset, p.Generation), bytes.NewReader(index), int64(len(index))); err != nil {
		t.Fatal(err)
	}
	return testing.AllocsPerRun(100, func() {
		if _, err := loadPresentation(t.Context(), store, p.Asset, p.Generation); err != nil {
			t.Fatal(err)
		}
	})
}
