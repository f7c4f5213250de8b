package hls

import (
	"math"
	"testing"

	"headwater/packager"
)

// listing is a media playlist with what the index says about it.
type listing struct {
	r             packager.Resource
	list          mediaList
	peak, average float64 // bits per second, recomputed
}

// readStreams reads every media playlist that m names, by its URL, and holds it against the index.
func readStreams(t *testing.T, p *packager.Presentation, f form, o packager.Options, m multivariant) map[string]*listing {
	t.Helper()
	streams := map[string]*listing{}
	for _, a := range append(m.media[:len(m.media):len(m.media)], m.variants...) {
		uri := a["URI"] + a["uri"]
		if uri == "" || streams[uri] != nil {
			continue
		}
		r := resolve(t, f.folder(), uri, o)
		if r.Kind != f.media {
			t.Fatalf("%s is of kind %d", uri, r.Kind)
		}
		text, err := AppendMedia(nil, p, r, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := &listing{r: r, list: readMedia(t, text)}
		segmentation := o.Segmentation(p)
		checkDurations(t, p, segmentation, segmentation.TargetDuration(p), s)
		s.measure(p, segmentation, checkSegments(t, p, f, o, s))
		streams[uri] = s
	}
	return streams
}

// checkDurations: EXTINF adds up to the media's own times, whatever group is added, and rounds to no more than the target.
func checkDurations(t *testing.T, p *packager.Presentation, segmentation *packager.Segmentation, target int, s *listing) {
	t.Helper()
	track := p.Track(s.r.Track)
	if len(s.list.segments) != segmentation.Len() || s.list.target != int64(target) {
		t.Fatalf("track %s: %d segments, target %d, want %d and %d", track.ID, len(s.list.segments), s.list.target,
			segmentation.Len(), target)
	}
	begin, _ := segmentation.Span(track, 1)
	var sum, least, most int64
	for i, listed := range s.list.segments {
		start, duration := segmentation.Span(track, i+1)
		sum += listed.nanos
		drift := sum - int64(packager.Rescale(start+duration-begin, track.Timescale, 1e9))
		least, most = min(least, drift), max(most, drift)
		if rounded := (listed.nanos + 5e8) / 1e9; rounded > s.list.target || listed.nanos <= 0 {
			t.Fatalf("track %s: segment %d lasts %d ns, the target is %d s", track.ID, i+1, listed.nanos, s.list.target)
		}
	}
	if unit := s.list.segments[0].unit; most-least > 2*unit+1 || unit > 1000 {
		t.Errorf("track %s: a group of EXTINF is %d ns off", track.ID, most-least)
	}
}

// checkSegments resolves every segment to what is planned for it and returns the sizes.
func checkSegments(t *testing.T, p *packager.Presentation, f form, o packager.Options, s *listing) (sizes []int64) {
	t.Helper()
	if f.media == packager.ByteRangeMedia {
		return checkRanges(t, p, o, s)
	}
	for i, listed := range s.list.segments {
		r := resolve(t, f.folder(), listed.uri, o)
		plan, err := p.TransportSegment(r)
		if f.media == packager.HLSMedia {
			plan, err = p.Segment(r.Track, r.TargetSeconds, r.Number)
		}
		if err != nil || r.Track != s.r.Track || r.Audio != s.r.Audio || r.Number != i+1 || r.TargetSeconds != o.TargetSeconds() {
			t.Fatalf("segment %d of %v is %v, %v", i+1, s.r, r, err)
		}
		sizes = append(sizes, plan.SizeBytes)
	}
	if f.media == packager.TSMedia {
		if s.list.mapURI != "" {
			t.Errorf("a transport stream has EXT-X-MAP %q", s.list.mapURI)
		}
	} else if r := resolve(t, f.folder(), s.list.mapURI, o); r != (packager.Resource{Kind: packager.InitSegment, Track: s.r.Track}) {
		t.Errorf("the init segment is %v", r)
	}
	return sizes
}

// checkRanges: the ranges lie one behind the other from the head to the end of the file, and each is the fragments of
// its segment.
func checkRanges(t *testing.T, p *packager.Presentation, o packager.Options, s *listing) (sizes []int64) {
	t.Helper()
	file, err := p.OnDemandFile(s.r.Track)
	if err != nil {
		t.Fatal(err)
	}
	track, segmentation := p.Track(s.r.Track), o.Segmentation(p)
	want := packager.Resource{Kind: packager.OnDemandFile, Track: track.ID}
	if r := resolve(t, "", s.list.mapURI, o); r != want || s.list.mapRange != [2]int64{int64(len(track.Init)), 0} {
		t.Errorf("the init segment is %v %v", r, s.list.mapRange)
	}
	next := file.HeadBytes
	for i, listed := range s.list.segments {
		first, end := segmentation.Intervals(i + 1)
		stored, start, follow := file.At(listed.offset)
		if listed.offset != next || stored != track || start != track.Fragments[first].Offset || follow < listed.size {
			t.Fatalf("segment %d begins at %d of the file, %d of the track; want %d, fragment %d", i+1, listed.offset, start, next, first)
		}
		for _, fragment := range track.Fragments[first:end] {
			next += int64(fragment.SizeBytes)
		}
		if r := resolve(t, "", listed.uri, o); r != want || listed.offset+listed.size != next {
			t.Fatalf("segment %d is %v %d@%d, want it to end at %d", i+1, r, listed.size, listed.offset, next)
		}
		sizes = append(sizes, listed.size)
	}
	if next != file.SizeBytes() {
		t.Errorf("track %s: the ranges end at %d of %d bytes", track.ID, next, file.SizeBytes())
	}
	return sizes
}

// measure computes the rates by their definition: the most bits per second of any run of segments of 0.5 to 1.5 target
// durations, or of one segment where there is no such run, and those of the whole.
func (s *listing) measure(p *packager.Presentation, segmentation *packager.Segmentation, sizes []int64) {
	track := p.Track(s.r.Track)
	target := s.list.target * int64(track.Timescale)
	single := 0.0
	for first := range sizes {
		start, _ := segmentation.Span(track, first+1)
		var size, ticks int64
		for last := first; last < len(sizes) && 2*ticks <= 3*target; last++ {
			from, duration := segmentation.Span(track, last+1)
			size += sizes[last]
			ticks = int64(from + duration - start)
			rate := math.Ceil(float64(size) * 8 * float64(track.Timescale) / float64(ticks))
			if first == last {
				single = max(single, rate)
			}
			if 2*ticks >= target && 2*ticks <= 3*target {
				s.peak = max(s.peak, rate)
			}
			if first == 0 && last == len(sizes)-1 {
				s.average = rate
			}
		}
	}
	if s.peak == 0 {
		s.peak = single
	}
	if s.average == 0 {
		var total int64
		for _, size := range sizes {
			total += size
		}
		start, _ := segmentation.Span(track, 1)
		end, duration := segmentation.Span(track, len(sizes))
		s.average = math.Ceil(float64(total) * 8 * float64(track.Timescale) / float64(end+duration-start))
	}
}
