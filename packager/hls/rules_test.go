package hls

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
	"headwater/packager/packagertest"
)

// These tests hold what users of other packagers complain about most, one each.

// eachListing calls f with every media playlist of random films in every form.
func eachListing(t *testing.T, f func(t *testing.T, p *packager.Presentation, kind form, all map[string]*listing)) {
	t.Helper()
	for seed := range uint64(12) {
		if testing.Short() && seed%4 != 1 {
			continue
		}
		p := randomFilm(t, rand.New(rand.NewPCG(seed, 6)))
		for _, kind := range forms {
			o := kind.options()
			text, err := AppendMaster(nil, p, kind.master, o, nil)
			if errors.Is(err, packager.ErrNoTrack) {
				continue // the form has no place for the codecs
			}
			t.Run(fmt.Sprintf("seed%d/%s", seed, kind.name), func(t *testing.T) {
				f(t, p, kind, readStreams(t, p, kind, o, readMultivariant(t, text)))
			})
		}
	}
}

// TestSoundAndPicturesAreCutTogether: no delay at the start and segments of equal number and length, whatever the packets
// of the sound, so that nothing waits for the other.
func TestSoundAndPicturesAreCutTogether(t *testing.T) {
	eachListing(t, func(t *testing.T, p *packager.Presentation, _ form, all map[string]*listing) {
		s := p.Segmentation(packager.DefaultTargetSeconds)
		for _, l := range all {
			track, slack := p.Track(l.r.Track), int64(2000)
			if track.Kind == packager.Audio {
				slack += int64(track.Audio.FrameSamples) * 1e9 / int64(track.Audio.SampleRate)
			}
			at := int64(packager.Rescale(track.Fragments[0].DecodeTime, track.Timescale, 1e9))
			for i, segment := range l.list.segments {
				first, _ := s.Intervals(i + 1)
				cut := int64(packager.Rescale(p.Grid.Cuts[first], p.Grid.Timescale, 1e9))
				if distance := at - cut; distance > slack || distance < -slack {
					t.Fatalf("track %s: segment %d begins %d ns from its cut", track.ID, i+1, distance)
				}
				at += segment.nanos
			}
		}
	})
}

// TestNoSegmentIsEmpty: a transport stream of nothing has 376 bytes, at which players ask again and again.
func TestNoSegmentIsEmpty(t *testing.T) {
	eachListing(t, func(t *testing.T, p *packager.Presentation, kind form, all map[string]*listing) {
		s := p.Segmentation(packager.DefaultTargetSeconds)
		for _, l := range all {
			for i, segment := range l.list.segments {
				first, end := s.Intervals(i + 1)
				if end == first || segment.nanos == 0 || p.Track(l.r.Track).Fragments[first].Samples == 0 {
					t.Fatalf("segment %d of %v has no samples", i+1, l.r)
				}
				if kind.media != packager.TSMedia {
					continue
				}
				plan, err := p.TransportSegment(resolve(t, kind.folder(), segment.uri, kind.options()))
				if err != nil || plan.SizeBytes <= 2*packager.TransportPacketBytes {
					t.Fatalf("segment %d of %v has %d bytes, %v", i+1, l.r, plan.SizeBytes, err)
				}
			}
		}
	})
}

// TestNothingIsListedPastTheEnd: the last segment ends where the media do, and there is none behind it.
func TestNothingIsListedPastTheEnd(t *testing.T) {
	eachListing(t, func(t *testing.T, p *packager.Presentation, kind form, all map[string]*listing) {
		for _, l := range all {
			track, sum := p.Track(l.r.Track), int64(0)
			for _, segment := range l.list.segments {
				sum += segment.nanos
			}
			want := int64(packager.Rescale(track.Duration()-track.Fragments[0].DecodeTime, track.Timescale, 1e9))
			if distance := sum - want; distance > 1001 || distance < -1001 {
				t.Errorf("track %s: the segments last %d ns, the media %d", track.ID, sum, want)
			}
			if kind.media == packager.ByteRangeMedia {
				continue // checkRanges: they end with the file
			}
			next := resolve(t, kind.folder(), l.list.segments[len(l.list.segments)-1].uri, kind.options())
			next.Number++
			_, err := p.TransportSegment(next)
			if kind.media == packager.HLSMedia {
				_, err = p.Segment(next.Track, next.TargetSeconds, next.Number)
			}
			if !errors.Is(err, packager.ErrNoSegment) {
				t.Errorf("segment %d of %v: %v", next.Number, l.r, err)
			}
		}
	})
}

// TestDurationsDoNotDrift: ten hours of 29.97 Hz and of 44.1 kHz, of which neither has a decimal that is exact.
func TestDurationsDoNotDrift(t *testing.T) {
	g := packagertest.UniformGrid(30000, 60060, 18000, 0)
	p := packagertest.New(t, g,
		packagertest.Video(g, "v", "avc1.64001F", picture(640, 360, sdr), 30000, 100_000),
		packagertest.Audio(g, "a", "mp4a.40.2", "en", 2, 44100, 700, 64_000))
	f := func(r packager.Resource, want string) {
		t.Helper()
		text, err := AppendMedia(nil, p, r, packager.Options{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		sum := packager.Ticks(0)
		for _, segment := range readMedia(t, text).segments {
			sum += packager.Ticks(segment.nanos)
		}
		if got := string(packager.AppendSeconds(nil, sum, 1e9, 6)); got != want {
			t.Errorf("%v lasts %s s, want %s", r, got, want)
		}
	}
	f(packager.Resource{Kind: packager.HLSMedia, Track: "v"}, "36036.000000")
	f(packager.Resource{Kind: packager.TSMedia, Track: "v", Audio: "a"}, "36036.000000")
	f(packager.Resource{Kind: packager.TSMedia, Track: "a"}, "36035.999637") // 1,551,941 packets, from 700 samples on
	f(packager.Resource{Kind: packager.ByteRangeMedia, Track: "a"}, "36035.999637")
}

// TestBandwidthIsThePeak: half of the film has three times the bits of the other half.
func TestBandwidthIsThePeak(t *testing.T) {
	g := packagertest.UniformGrid(1000, 6000, 10, 0)
	v := packagertest.Video(g, "v", "avc1.64001F", picture(640, 360, sdr), 1000, 1_000_000)
	v.SizeBytes = int64(len(v.Init))
	for i := range v.Fragments {
		f := &v.Fragments[i]
		f.Offset, f.SizeBytes, f.TSPackets = v.SizeBytes, 750_000, 4998
		if i >= 5 {
			f.SizeBytes, f.TSPackets = 2_250_000, 14_998
		}
		v.SizeBytes += int64(f.SizeBytes)
	}
	p := packagertest.New(t, g, v)
	f := func(kind packager.ResourceKind, peak, average string) {
		t.Helper()
		text, err := AppendMaster(nil, p, kind, packager.Options{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := readMultivariant(t, text).variants[0]
		if got["BANDWIDTH"] != peak || got["AVERAGE-BANDWIDTH"] != average {
			t.Errorf("got %s and %s, want %s and %s", got["BANDWIDTH"], got["AVERAGE-BANDWIDTH"], peak, average)
		}
	}
	f(packager.HLSMaster, "3000000", "2000000")
	f(packager.TSMaster, "3760000", "2506667") // 15,000 and 5,000 packets of 188 bytes in 6 s
	f(packager.ByteRangeMaster, "3000000", "2000000")
}

// TestPicturesAreLabelled: HDR and Dolby Vision by what the bitstream says; nothing of it where it is not delivered.
func TestPicturesAreLabelled(t *testing.T) {
	g := packagertest.UniformGrid(1000, 6000, 3, 0)
	track := func(id packager.TrackID, codec string, transfer uint8, supplemental string) packager.Track {
		v := packagertest.Video(g, id, codec, picture(1920, 1080, packager.Colour{Primaries: 9, Transfer: transfer, Matrix: 9}), 1000, 1_000_000)
		v.SupplementalCodec = supplemental
		return v
	}
	p := packagertest.New(t, g, track("hlg", "hvc1.2.4.L123.B0", 18, "dvh1.08.07/db4h"), track("pq", "hvc1.2.4.L123.B0", 16, "dvh1.08.07/db1p"),
		track("av1", "av01.0.08M.10", 16, ""), track("sdr", "avc1.640028", 1, ""))
	f := func(kind packager.ResourceKind, want ...string) {
		t.Helper()
		text, err := AppendMaster(nil, p, kind, packager.Options{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range readMultivariant(t, text).variants {
			got = append(got, strings.Join([]string{v["CODECS"], v["VIDEO-RANGE"], v["SUPPLEMENTAL-CODECS"]}, " "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n%q, want\n%q", got, want)
		}
	}
	f(packager.HLSMaster, "avc1.640028 SDR ", "hvc1.2.4.L123.B0 HLG dvh1.08.07/db4h", "hvc1.2.4.L123.B0 PQ dvh1.08.07/db1p", "av01.0.08M.10 PQ ")
	f(packager.TSMaster, "avc1.640028 SDR ")
}

// TestSoundAlone: the last variant of a film, unless it asks for as much as another.
func TestSoundAlone(t *testing.T) {
	g := packagertest.UniformGrid(1000, 6000, 5, 0)
	pictures := packagertest.Video(g, "v", "avc1.64001F", picture(640, 360, sdr), 1000, 300_000)
	small := packagertest.Audio(g, "small", "mp4a.40.2", "en", 2, 48000, 0, 64_000)
	large := packagertest.Audio(g, "large", "fLaC", "en", 2, 48000, 0, 900_000)
	f := func(want string, kind packager.ResourceKind, tracks ...packager.Track) {
		t.Helper()
		text, err := AppendMaster(nil, packagertest.New(t, g, tracks...), kind, packager.Options{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var uris []string
		for _, v := range readMultivariant(t, text).variants {
			uris = append(uris, v["uri"])
		}
		if got := strings.Join(uris, " "); got != want {
			t.Errorf("variants %s, want %s", got, want)
		}
	}
	f("v.m3u8 small.m3u8", packager.HLSMaster, pictures, small)
	f("v.m3u8 small.m3u8", packager.ByteRangeMaster, pictures, small)
	f("v+small.m3u8 small.m3u8", packager.TSMaster, pictures, small)
	f("v.m3u8 v.m3u8 small.m3u8", packager.HLSMaster, pictures, large, small) // stereo AAC is the first group
	opus := packagertest.Audio(g, "opus", "Opus", "en", 2, 48000, 0, 64_000)
	f("v.m3u8 v.m3u8", packager.HLSMaster, pictures, large, opus) // FLAC alone has more than the pictures with Opus
	f("v.m3u8", packager.HLSMaster, pictures)
	f("small.m3u8", packager.HLSMaster, small)
}

// TestSoundsOfOneNameStayApart: of sounds that share language, role and title, as films without titles have them, each is
// listed in its own encodings, whatever the others have and whatever is asked for.
func TestSoundsOfOneNameStayApart(t *testing.T) {
	g := packagertest.UniformGrid(1000, 6000, 3, 0)
	sound := func(id packager.TrackID, codec string, channels uint8) packager.Track {
		s := packagertest.Audio(g, id, codec, "en", channels, 48000, 0, 100_000)
		s.Role = packager.RoleAlternate
		return s
	}
	p := packagertest.New(t, g, packagertest.Video(g, "v", "avc1.64001F", picture(640, 360, sdr), 1000, 300_000),
		sound("first2", "mp4a.40.2", 2), sound("first6", "mp4a.40.2", 6), sound("firstec3", "ec-3", 6),
		sound("other2", "mp4a.40.2", 2), sound("otherac3", "ac-3", 2), sound("third2", "mp4a.40.2", 2), sound("third6", "mp4a.40.2", 6))
	f := func(o packager.Options, want ...string) {
		t.Helper()
		text, err := AppendMaster(nil, p, packager.HLSMaster, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range readMultivariant(t, text).media {
			got = append(got, r["GROUP-ID"]+" "+r["NAME"]+" "+r["URI"])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: got\n%q, want\n%q", o, got, want)
		}
	}
	f(packager.Options{},
		"aac-2 en first2.m3u8", "aac-2 en 2 other2.m3u8", "aac-2 en 3 third2.m3u8",
		"aac-6 en first6.m3u8", "aac-6 en 2 other2.m3u8", "aac-6 en 3 third6.m3u8",
		"ec3-6 en firstec3.m3u8", "ec3-6 en 2 other2.m3u8", "ec3-6 en 3 third6.m3u8", // AAC for six loudspeakers where there is one
		"ac3-2 en first2.m3u8", "ac3-2 en 2 otherac3.m3u8", "ac3-2 en 3 third2.m3u8")
	f(packager.Options{Codecs: []string{"ac3", "ec3"}}, "ec3-6 en firstec3.m3u8", "ec3-6 en 2 otherac3.m3u8")
}
