package hls

import (
	"errors"
	"math"
	"testing"

	"headwater/packager"
	"headwater/packager/packagertest"
)

// checkIFrames: a playlist of I-frames for each picture, of all its fragments that the media playlist lists, each the moof and
// the first sample where that playlist has them.
func checkIFrames(t *testing.T, p *packager.Presentation, f form, o packager.Options, m multivariant) {
	t.Helper()
	selected, err := o.Select(p, f.master.Format())
	if err != nil {
		t.Fatal(err)
	}
	named := map[packager.TrackID]attributes{}
	for _, a := range m.iframes {
		r := resolve(t, f.folder(), a["URI"], o)
		if r.Kind != f.iframes || named[r.Track] != nil {
			t.Fatalf("%s is %v, or comes twice", a["URI"], r)
		}
		named[r.Track] = a
	}
	for _, track := range selected {
		a := named[track.ID]
		if track.Kind != packager.Video {
			if a != nil {
				t.Errorf("track %s of sound has I-frames", track.ID)
			}
			continue
		}
		if a == nil || a["CODECS"] != track.Codec || a["VIDEO-RANGE"] != track.Video.Colour.VideoRange() || a["RESOLUTION"] == "" {
			t.Fatalf("the I-frames of track %s are %v", track.ID, a)
		}
		s := readIFrames(t, p, f, o, track)
		if got := float64(number(t, a["BANDWIDTH"])); math.Abs(got-s.peak) > 2 {
			t.Errorf("I-frames of %s: BANDWIDTH is %.0f, recomputed %.1f", track.ID, got, s.peak)
		}
		if got := float64(number(t, a["AVERAGE-BANDWIDTH"])); math.Abs(got-s.average) > 2 {
			t.Errorf("I-frames of %s: AVERAGE-BANDWIDTH is %.0f, recomputed %.1f", track.ID, got, s.average)
		}
	}
}

func readIFrames(t *testing.T, p *packager.Presentation, f form, o packager.Options, track *packager.Track) *listing {
	t.Helper()
	r := packager.Resource{Kind: f.iframes, Track: track.ID}
	text, err := AppendIFrames(nil, p, r, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &listing{r: r, list: readMedia(t, text)}
	if !s.list.iframes {
		t.Error("no EXT-X-I-FRAMES-ONLY")
	}
	segmentation := o.Segmentation(p)
	_, end := segmentation.Intervals(segmentation.Len())
	if len(s.list.segments) != end {
		t.Fatalf("%d I-frames of %d fragments", len(s.list.segments), end)
	}
	longest := int64(1)
	var sizes []int64
	for i, listed := range s.list.segments {
		fragment := track.Fragments[i]
		longest = max(longest, int64(packager.Rescale(fragment.Duration, track.Timescale, 1)))
		if at := storedAt(t, p, f, o, track, listed); at != fragment.Offset {
			t.Fatalf("I-frame %d lies at %d of the track, its fragment at %d", i, at, fragment.Offset)
		}
		if want := int64(fragment.MoofSizeBytes+8) + int64(fragment.FirstSampleSizeBytes); listed.size != want {
			t.Fatalf("I-frame %d has %d bytes, want %d", i, listed.size, want)
		}
		sizes = append(sizes, listed.size)
	}
	checkDurations(t, p, o.IFrames(p), int(longest), s)
	s.measure(p, o.IFrames(p), sizes)
	return s
}

// storedAt returns where in the file of track the range begins that is listed.
func storedAt(t *testing.T, p *packager.Presentation, f form, o packager.Options, track *packager.Track, listed listed) int64 {
	t.Helper()
	r := resolve(t, f.folder(), listed.uri, o)
	if r.Track != track.ID || listed.size == 0 {
		t.Fatalf("I-frame %v of track %s", listed, track.ID)
	}
	if f.iframes == packager.ByteRangeIFrames {
		file, err := p.OnDemandFile(r.Track)
		if err != nil || r.Kind != packager.OnDemandFile {
			t.Fatalf("%v: %v", r, err)
		}
		_, start, _ := file.At(listed.offset)
		return start
	}
	plan, err := p.Segment(r.Track, r.TargetSeconds, r.Number)
	if err != nil || r.Kind != packager.MediaSegment || listed.offset+listed.size > plan.SizeBytes {
		t.Fatalf("%v: %v", r, err)
	}
	return plan.Extent.Offset + listed.offset
}

func TestNoIFramesOfSound(t *testing.T) {
	g := packagertest.UniformGrid(1000, 2000, 3, 0)
	p := packagertest.New(t, g, packagertest.Audio(g, "a", "mp4a.40.2", "en", 2, 48000, 0, 64_000))
	for _, kind := range []packager.ResourceKind{packager.HLSIFrames, packager.TSIFrames, packager.ByteRangeIFrames} {
		text, err := AppendIFrames(nil, p, packager.Resource{Kind: kind, Track: "a"}, packager.Options{}, nil)
		if !errors.Is(err, packager.ErrNoTrack) || len(text) > 0 {
			t.Errorf("%d: %q, %v", kind, text, err)
		}
	}
}
