package dash_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/Eyevinn/dash-mpd/mpd"

	"headwater/packager"
	"headwater/packager/dash"
	"headwater/packager/hls"
	"headwater/packager/mp4"
	"headwater/packager/packagertest"
)

// TestFormsAgree generates presentations and compares the other forms of delivery with the CMAF playlists, which
// TestFormatsAgree compares with the index.
func TestFormsAgree(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 10))
		p := packagertest.Random(t, r)
		o := packager.Options{Seg: []int{0, 1, 2, 4, 10, 20}[r.IntN(6)]}
		t.Run(fmt.Sprintf("seed%d", seed), func(t *testing.T) {
			compareOnDemand(t, p)
			for i := range p.Tracks {
				compareByteRanges(t, p, o, &p.Tracks[i])
				compareTransport(t, p, o, &p.Tracks[i])
			}
			compareNominal(t, p, o)
			o.Preview, o.Seg = 1+r.IntN(200), 0
			compareNominal(t, p, o)
		})
	}
}

// compareOnDemand compares the ranges in the on-demand MPD with the files.
func compareOnDemand(t *testing.T, p *packager.Presentation) {
	t.Helper()
	manifest, err := dash.AppendManifest(nil, p, packager.OnDemandManifest, packager.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dash.AppendManifest(nil, p, packager.OnDemandManifest, packager.Options{Preview: 1}, nil); !errors.Is(err, packager.ErrNoTrack) {
		t.Errorf("a preview of whole files: %v", err)
	}
	parsed, listed := parse(t, manifest), 0
	for _, set := range parsed.Periods[0].AdaptationSets {
		for _, r := range set.Representations {
			listed++
			track := p.Track(packager.TrackID(r.Id))
			head := mp4.AppendOnDemandHead(nil, track)
			init, index := fmt.Sprintf("0-%d", len(track.Init)-1), fmt.Sprintf("%d-%d", len(track.Init), len(head)-1)
			base := r.SegmentBase
			if base.IndexRange != index || !base.IndexRangeExact || base.Initialization.Range != init || string(head[len(track.Init)+4:][:4]) != "sidx" {
				t.Errorf("track %s: %+v, want %s and %s", track.ID, base, init, index)
			}
			if packager.Timescale(base.GetTimescale()) != track.Timescale || string(r.BaseURLs[0].Value) != "../ondemand1/"+r.Id+".mp4" {
				t.Errorf("track %s: %+v at %q", track.ID, base, r.BaseURLs[0].Value)
			}
			checkBandwidth(t, p.Fragmentation(), track, parsed)
		}
	}
	if listed != len(p.Tracks) {
		t.Errorf("the on-demand MPD lists %d of %d tracks", listed, len(p.Tracks))
	}
}

// compareByteRanges: the segments of both playlists last equally long, and their ranges are those of the stored segments,
// one after the other from the head of the file to its end.
func compareByteRanges(t *testing.T, p *packager.Presentation, o packager.Options, track *packager.Track) {
	t.Helper()
	playlist := media(t, p, packager.Resource{Kind: packager.ByteRangeMedia, Track: track.ID}, o)
	plain := media(t, p, packager.Resource{Kind: packager.HLSMedia, Track: track.ID}, o)
	if !slices.Equal(tagged(playlist, "#EXTINF:"), tagged(plain, "#EXTINF:")) {
		t.Errorf("track %s: durations differ", track.ID)
	}
	file, err := p.OnDemandFile(track.ID)
	if err != nil {
		t.Fatal(err)
	}
	s, offset := o.Segmentation(p), file.HeadBytes
	for i, r := range tagged(playlist, "#EXT-X-BYTERANGE:") {
		size := s.SizeBytes(track, i+1)
		if want := fmt.Sprintf("%d@%d", size, offset); r != want {
			t.Fatalf("track %s: segment %d is %s, want %s", track.ID, i+1, r, want)
		}
		offset += size
	}
	if offset != file.SizeBytes() {
		t.Errorf("track %s: the ranges end at %d of %d bytes", track.ID, offset, file.SizeBytes())
	}
}

// compareTransport: the segments of a transport stream last as long as those of the track, if it has a place there.
func compareTransport(t *testing.T, p *packager.Presentation, o packager.Options, track *packager.Track) {
	t.Helper()
	r := packager.Resource{Kind: packager.TSMedia, Track: track.ID}
	if !packager.HLSTS.Carries(track.CodecFamily()) {
		if _, err := hls.AppendMedia(nil, p, r, o, nil); !errors.Is(err, packager.ErrNoTrack) {
			t.Errorf("%s in a transport stream: %v", track.Codec, err)
		}
		return
	}
	want := tagged(media(t, p, packager.Resource{Kind: packager.HLSMedia, Track: track.ID}, o), "#EXTINF:")
	if got := tagged(media(t, p, r, o), "#EXTINF:"); !slices.Equal(got, want) {
		t.Errorf("track %s: durations differ in transport streams", track.ID)
	}
	for i := range p.Tracks {
		audio := &p.Tracks[i]
		if track.Kind != packager.Video || audio.Kind != packager.Audio || !audio.InTransportStreams() {
			continue
		}
		r.Audio = audio.ID
		if got := tagged(media(t, p, r, o), "#EXTINF:"); !slices.Equal(got, want) {
			t.Errorf("tracks %s and %s: durations differ in transport streams", track.ID, audio.ID)
		}
	}
}

// compareNominal: with template=duration a set counts as many segments as there are, video exactly and sound within half of
// one, or has the timeline that it has without.
func compareNominal(t *testing.T, p *packager.Presentation, o packager.Options) {
	t.Helper()
	plain, err := dash.AppendManifest(nil, p, packager.DASHManifest, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	o.DurationTemplate = true
	manifest, err := dash.AppendManifest(nil, p, packager.DASHManifest, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	parsed, s := parse(t, manifest), o.Segmentation(p)
	timelines := dashSegments(t, parse(t, plain))
	for _, set := range parsed.Periods[0].AdaptationSets {
		for _, r := range set.Representations {
			template, track := r.GetSegmentTemplate(), p.Track(packager.TrackID(r.Id))
			if template.SegmentTimeline == nil {
				checkNominal(t, s, p, track, template)
				continue
			}
			mediaURL, err := r.GetMedia()
			if err != nil {
				t.Fatal(err)
			}
			got, want := expand(template, mediaURL), timelines[track.ID]
			if !slices.EqualFunc(got, want, func(a, b segment) bool { return a.start == b.start && a.end == b.end }) {
				t.Errorf("track %s: the timeline is another one", track.ID)
			}
		}
	}
}

func checkNominal(t *testing.T, s *packager.Segmentation, p *packager.Presentation, track *packager.Track, template *mpd.SegmentTemplateType) {
	t.Helper()
	nominal := exact(packager.Ticks(*template.Duration), packager.Timescale(template.GetTimescale()))
	end := exact(s.End(&p.Grid), p.Grid.Timescale)
	if counted := (end + nominal - 1) / nominal; counted != int64(s.Len()) {
		t.Errorf("track %s: %d ns in segments of %d ns are %d, want %d", track.ID, end, nominal, counted, s.Len())
	}
	slack := int64(s.Len()) // of the rounded nominal duration
	if track.Kind == packager.Audio {
		slack = nominal / 2
	}
	for number := 1; number <= s.Len(); number++ {
		start, length := s.Span(track, number)
		from, to := exact(start, track.Timescale), exact(start+length, track.Timescale)
		if early, late := from-int64(number-1)*nominal, to-min(int64(number)*nominal, end); max(early, -early, late, -late) > slack {
			t.Errorf("track %s: segment %d from %d to %d ns, nominally of %d", track.ID, number, from, to, nominal)
		}
	}
}

func parse(t *testing.T, manifest []byte) *mpd.MPD {
	t.Helper()
	parsed, err := mpd.MPDFromBytes(manifest)
	if err != nil {
		t.Fatalf("%v in\n%s", err, manifest)
	}
	return parsed
}

func media(t *testing.T, p *packager.Presentation, r packager.Resource, o packager.Options) []byte {
	t.Helper()
	playlist, err := hls.AppendMedia(nil, p, r, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return playlist
}

// tagged returns the values of a tag.
func tagged(playlist []byte, tag string) []string {
	var values []string
	for line := range strings.Lines(string(playlist)) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), tag); found {
			values = append(values, value)
		}
	}
	return values
}
