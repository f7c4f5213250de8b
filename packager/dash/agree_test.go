package dash_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/Eyevinn/dash-mpd/mpd"

	"headwater/packager"
	"headwater/packager/dash"
	"headwater/packager/hls"
	"headwater/packager/packagertest"
)

// segment is what a manifest says about one segment, in units of 10^-9 s.
type segment struct {
	url        string
	start, end int64
}

// TestFormatsAgree generates presentations and compares what both formats say with the index.
func TestFormatsAgree(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 8))
		p := packagertest.Random(t, r)
		o := packager.Options{Seg: []int{0, 1, 2, 4, 10, 20}[r.IntN(6)]}
		if seed%2 == 1 {
			o = packager.Options{Preview: 1 + r.IntN(200), Seg: r.IntN(packager.DefaultTargetSeconds)}
		}
		t.Run(fmt.Sprintf("seed%d", seed), func(t *testing.T) { compareFormats(t, p, o) })
	}
}

func compareFormats(t *testing.T, p *packager.Presentation, o packager.Options) {
	manifest, err := dash.AppendManifest(nil, p, packager.DASHManifest, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	parsed := parse(t, manifest)
	listed := dashSegments(t, parsed)
	if len(listed) != len(p.Tracks) {
		t.Fatalf("the MPD lists %d of %d tracks", len(listed), len(p.Tracks))
	}
	s := o.Segmentation(p)
	for i := range p.Tracks {
		track := &p.Tracks[i]
		playlist, err := hls.AppendMedia(nil, p, packager.Resource{Kind: packager.HLSMedia, Track: track.ID}, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		segments := listed[track.ID]
		checkTrack(t, p, o, track, segments, hlsSegments(t, playlist))
		checkEnd(t, p, s, track, segments[len(segments)-1].end, parsed)
		checkBandwidth(t, s, track, parsed)
	}
}

// checkTrack compares the segments of one track in DASH and HLS with its fragments.
func checkTrack(t *testing.T, p *packager.Presentation, o packager.Options, track *packager.Track, d, h []segment) {
	t.Helper()
	s := o.Segmentation(p)
	if len(d) != s.Len() || len(h) != s.Len() {
		t.Fatalf("track %s: %d segments in DASH, %d in HLS, want %d", track.ID, len(d), len(h), s.Len())
	}
	offset, targetDuration := exact(track.Fragments[0].DecodeTime, track.Timescale), int64(s.TargetDuration(p))
	for i := range d {
		first, end := s.Intervals(i + 1)
		want := segment{
			url:   fmt.Sprintf("%scmaf1/%s/%ds1/%d.m4s", o.UpToAsset(), track.ID, s.TargetSeconds, i+1),
			start: exact(track.Fragments[first].DecodeTime, track.Timescale),
			end:   exact(track.Fragments[end-1].End(), track.Timescale),
		}
		if d[i] != want {
			t.Fatalf("track %s: DASH says %+v, want %+v", track.ID, d[i], want)
		}
		// HLS counts from the first sample; a microsecond is for the decimals of EXTINF.
		if drift := h[i].end - (want.end - offset); h[i].url != want.url || drift > 1000 || drift < -1000 {
			t.Fatalf("track %s: HLS says %+v, want %+v less %d", track.ID, h[i], want, offset)
		}
		target := int64(s.TargetSeconds) * 1e9
		if limit := target + 5e8; track.Kind == packager.Video && want.end-want.start > limit && end-first > 1 {
			t.Fatalf("track %s: segment %d lasts %d ns and has %d intervals", track.ID, i+1, want.end-want.start, end-first)
		}
		if rounded := (h[i].end - h[i].start + 5e8) / 1e9; rounded > targetDuration {
			t.Fatalf("track %s: EXTINF of segment %d rounds to %d, EXT-X-TARGETDURATION is %d", track.ID, i+1, rounded, targetDuration)
		}
	}
}

// checkEnd compares the end of a track's segments, and the durations of the MPD, with the end of the last segment on the
// grid: video ends there, audio within a packet of it, and after it where it is the end of all.
func checkEnd(t *testing.T, p *packager.Presentation, s *packager.Segmentation, track *packager.Track, last int64, parsed *mpd.MPD) {
	t.Helper()
	end := exact(s.End(&p.Grid), p.Grid.Timescale)
	slack := int64(1)
	if track.Kind == packager.Audio {
		slack += int64(track.Audio.FrameSamples) * 1e9 / int64(track.Audio.SampleRate)
	}
	if last < end-slack || last > end+slack || s.End(&p.Grid) == p.Grid.End() && last+1000 < end {
		t.Errorf("track %s: the segments end at %d, on the grid at %d", track.ID, last, end)
	}
	// dash-mpd reads durations as floating-point seconds.
	for name, d := range map[string]*mpd.Duration{"MPD": parsed.MediaPresentationDuration, "Period": parsed.Periods[0].Duration} {
		if distance := int64(*d) - end; distance > 1000 || distance < -1000 {
			t.Errorf("the %s lasts %d ns, the grid %d", name, int64(*d), end)
		}
	}
}

func exact(ticks packager.Ticks, timescale packager.Timescale) int64 {
	return int64(packager.Rescale(ticks, timescale, 1e9))
}

// dashSegments lists the segments of every Representation as dash-mpd reads them.
func dashSegments(t *testing.T, parsed *mpd.MPD) map[packager.TrackID][]segment {
	t.Helper()
	all := map[packager.TrackID][]segment{}
	for _, set := range parsed.Periods[0].AdaptationSets {
		for _, r := range set.Representations {
			template := r.GetSegmentTemplate()
			media, err := r.GetMedia()
			if err != nil {
				t.Fatal(err)
			}
			all[packager.TrackID(r.Id)] = expand(template, media)
		}
	}
	return all
}

func expand(template *mpd.SegmentTemplateType, media string) []segment {
	var list []segment
	timescale := packager.Timescale(template.GetTimescale())
	next := packager.Ticks(0)
	for _, s := range template.SegmentTimeline.S {
		if s.T != nil {
			next = packager.Ticks(*s.T)
		}
		for range s.R + 1 {
			end := next + packager.Ticks(s.D)
			number := strconv.Itoa(int(*template.StartNumber) + len(list))
			list = append(list, segment{strings.ReplaceAll(media, "$Number$", number), exact(next, timescale), exact(end, timescale)})
			next = end
		}
	}
	return list
}

// TestListsAgreeWithTemplates: the linked manifest names the same segments at the same times.
func TestListsAgreeWithTemplates(t *testing.T) {
	identity := func(dst, relative []byte) []byte { return append(dst, relative...) }
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 9))
		p := packagertest.Random(t, r)
		o := packager.Options{Preview: r.IntN(2) * r.IntN(200), Seg: r.IntN(packager.DefaultTargetSeconds)}
		plain, err := dash.AppendManifest(nil, p, packager.DASHManifest, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		linked, err := dash.AppendManifest(nil, p, packager.DASHManifest, o, identity)
		if err != nil {
			t.Fatal(err)
		}
		if want, got := dashSegments(t, parse(t, plain)), listedSegments(t, parse(t, linked)); !maps.EqualFunc(want, got, slices.Equal) {
			t.Errorf("seed %d: the lists are\n%v\nwant\n%v", seed, got, want)
		}
	}
}

// listedSegments lists the segments of every SegmentList. Each has one S element, because there are players that count them.
func listedSegments(t *testing.T, parsed *mpd.MPD) map[packager.TrackID][]segment {
	t.Helper()
	all := map[packager.TrackID][]segment{}
	for _, set := range parsed.Periods[0].AdaptationSets {
		for _, r := range set.Representations {
			list, next := r.SegmentList, packager.Ticks(*r.SegmentList.SegmentTimeline.S[0].T)
			if len(list.SegmentTimeline.S) != len(list.SegmentURL) || !strings.HasSuffix(string(list.Initialization.SourceURL), "/"+r.Id+"/init.mp4") {
				t.Fatalf("%s: %d S for %d SegmentURL, init %q", r.Id, len(list.SegmentTimeline.S), len(list.SegmentURL), list.Initialization.SourceURL)
			}
			timescale := packager.Timescale(list.GetTimescale())
			for i, url := range list.SegmentURL {
				end := next + packager.Ticks(list.SegmentTimeline.S[i].D)
				all[packager.TrackID(r.Id)] = append(all[packager.TrackID(r.Id)], segment{string(url.Media), exact(next, timescale), exact(end, timescale)})
				next = end
			}
		}
	}
	return all
}

// hlsSegments lists the segments of a media playlist with EXTINF added up.
func hlsSegments(t *testing.T, playlist []byte) []segment {
	t.Helper()
	var list []segment
	var now, duration int64
	for line := range strings.Lines(string(playlist)) {
		line = strings.TrimSuffix(line, "\n")
		if value, found := strings.CutPrefix(line, "#EXTINF:"); found {
			whole, fraction, _ := strings.Cut(strings.TrimSuffix(value, ","), ".")
			parsed, err := strconv.ParseInt(whole+(fraction + "000000000")[:9], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			duration = parsed
		} else if !strings.HasPrefix(line, "#") {
			list = append(list, segment{line, now, now + duration})
			now += duration
		}
	}
	return list
}

// checkBandwidth compares @bandwidth with the definition, run by run; long tracks are left to the others.
func checkBandwidth(t *testing.T, s *packager.Segmentation, track *packager.Track, parsed *mpd.MPD) {
	t.Helper()
	if s.Len() > 300 {
		return
	}
	buffer := parsed.MinBufferTime.Seconds()
	var want float64
	for first := 1; first <= s.Len(); first++ {
		var bits, due float64
		due = buffer
		for last := first; last <= s.Len(); last++ {
			bits += float64(s.SizeBytes(track, last)) * 8
			want = max(want, bits/due)
			_, ticks := s.Span(track, last)
			due += float64(ticks) / float64(track.Timescale)
		}
	}
	for _, set := range parsed.Periods[0].AdaptationSets {
		for _, r := range set.Representations {
			got := float64(r.Bandwidth)
			if packager.TrackID(r.Id) == track.ID && (got < want-0.5 || got > want+1.5) {
				t.Errorf("track %s: bandwidth is %.0f, the definition says %.3f", track.ID, got, want)
			}
		}
	}
}
