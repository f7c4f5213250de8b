package mp4

import (
	"bytes"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
	"headwater/packager/packagertest"
)

func TestAppendOnDemandHead(t *testing.T) {
	g := packagertest.UniformGrid(30000, 60060, 15, 1001)
	track := packagertest.Audio(g, "a1", "mp4a.40.2", "en", 2, 44100, 300, 128_000)
	p := packagertest.New(t, g, track)
	file, err := p.OnDemandFile("a1")
	if err != nil {
		t.Fatal(err)
	}
	head := AppendOnDemandHead([]byte("before"), &p.Tracks[0])[len("before"):]
	if int64(len(head)) != file.HeadBytes || !bytes.Equal(head[:file.InitBytes], track.Init) {
		t.Fatalf("head of %d bytes, %d planned", len(head), file.HeadBytes)
	}
	box, err := mp4.DecodeBox(uint64(file.InitBytes), bytes.NewReader(head[file.InitBytes:]))
	if err != nil {
		t.Fatal(err)
	}
	sidx := box.(*mp4.SidxBox)
	if sidx.Timescale != 44100 || sidx.EarliestPresentationTime != 300 || sidx.FirstOffset != 0 || len(sidx.SidxRefs) != len(track.Fragments) {
		t.Errorf("%+v", sidx)
	}
	for i, ref := range sidx.SidxRefs {
		f := &track.Fragments[i]
		if ref.ReferencedSize != f.SizeBytes || packager.Ticks(ref.SubSegmentDuration) != f.Duration || ref.ReferenceType != 0 ||
			ref.StartsWithSAP != 1 || ref.SAPType != 1 {
			t.Errorf("reference %d: %+v", i, ref)
		}
	}
}
