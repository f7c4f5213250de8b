// Package packagertest builds presentations without media, for tests of what reads only the index: manifests, plans,
// bandwidths. Sizes are made up from a bit rate and wobble by up to 30 %, the same in every run.
package packagertest

import (
	"math/rand/v2"
	"testing"

	"headwater/packager"
)

// UniformGrid returns a grid of n intervals of that many ticks, the last one shorter by cut ticks.
func UniformGrid(timescale packager.Timescale, interval packager.Ticks, n int, cut packager.Ticks) packager.Grid {
	g := packager.Grid{ID: "grid", Timescale: timescale}
	for i := range n + 1 {
		g.Cuts = append(g.Cuts, packager.Ticks(i)*interval)
	}
	g.Cuts[n] -= cut
	return g
}

// New returns the validated presentation of tracks on g.
func New(tb testing.TB, g packager.Grid, tracks ...packager.Track) *packager.Presentation {
	tb.Helper()
	p := &packager.Presentation{Asset: "asset", Generation: 1, Grid: g, Tracks: tracks, Checksum: 1}
	if err := p.Validate(); err != nil {
		tb.Fatalf("presentation: %v", err)
	}
	return p
}

// Video returns a video track of bitRate bits per second that is cut on g. timescale must hold the cuts exactly.
func Video(g packager.Grid, id packager.TrackID, codec string, v packager.VideoFormat, timescale packager.Timescale, bitRate int64) packager.Track {
	t := packager.Track{ID: id, Kind: packager.Video, Codec: codec, Timescale: timescale, Language: "und", Video: v}
	var bounds []packager.Ticks
	for _, cut := range g.Cuts {
		bounds = append(bounds, packager.Rescale(cut, g.Timescale, timescale))
	}
	return fill(t, bounds, bitRate)
}

// Audio returns an audio track of bitRate bits per second with packets of 1024 samples, cut at the packets nearest to the
// cuts of g. Its first packet begins at offset samples (less than a packet); its last covers the end of g.
func Audio(g packager.Grid, id packager.TrackID, codec, language string, channels uint8, sampleRate uint32, offset packager.Ticks, bitRate int64) packager.Track {
	const packet = 1024
	t := packager.Track{
		ID: id, Kind: packager.Audio, Codec: codec, Timescale: packager.Timescale(sampleRate), Language: language,
		Audio: packager.AudioFormat{Channels: channels, SampleRate: sampleRate, FrameSamples: packet},
	}
	var bounds []packager.Ticks
	for i, cut := range g.Cuts {
		exact := packager.Rescale(cut, g.Timescale, t.Timescale) - offset
		packets := (exact + packet/2) / packet
		if i == len(g.Cuts)-1 {
			packets = (exact + packet) / packet
		}
		bounds = append(bounds, offset+max(packets, 0)*packet)
	}
	return fill(t, bounds, bitRate)
}

// fill adds the init segment and the fragments between bounds.
func fill(t packager.Track, bounds []packager.Ticks, bitRate int64) packager.Track {
	t.Init = make([]byte, 700)
	t.SizeBytes = int64(len(t.Init))
	for i := range len(bounds) - 1 {
		duration := bounds[i+1] - bounds[i]
		size := int64(duration) * bitRate / 8 / int64(t.Timescale) * wobble(len(t.ID), i) / 100
		f := packager.Fragment{
			Offset: t.SizeBytes, SizeBytes: uint32(size) + 1000, MoofSizeBytes: 500, FirstSampleSizeBytes: 100,
			DecodeTime: bounds[i], Duration: duration, Samples: 1,
		}
		if packager.HLSTS.Carries(t.CodecFamily()) {
			f.TSPackets = f.SizeBytes/180 + 2
		}
		t.SizeBytes += int64(f.SizeBytes)
		t.Fragments = append(t.Fragments, f)
	}
	return t
}

// wobble returns a percentage from 70 to 130.
func wobble(seed, i int) int64 { return 70 + int64((i*37+seed*11)%61) }

// Random returns a presentation with odd timescales and cuts: VFR-like grids, single intervals, very long films, times
// beyond 2^32 ticks, 29.97 Hz, audio that begins late, one to three renditions, two languages.
func Random(tb testing.TB, r *rand.Rand) *packager.Presentation {
	tb.Helper()
	g := randomGrid(r)
	var tracks []packager.Track
	shape := r.IntN(4) // 0: no audio, 1: no video, else both
	for i := range 1 + r.IntN(3) {
		if shape == 1 {
			break
		}
		v := packager.VideoFormat{
			Width: uint16(1280 >> i), Height: uint16(720 >> i), FrameRate: packager.FrameRate{Num: 30000, Den: 1001},
			Colour: packager.Colour{Primaries: 1, Transfer: 1, Matrix: 1},
		}
		timescale := g.Timescale * packager.Timescale(1+r.IntN(2))
		tracks = append(tracks, Video(g, packager.TrackID("v"+string('1'+rune(i))), "avc1.64001F", v, timescale, int64(4_000_000>>i)))
	}
	for i := range 1 + r.IntN(2) {
		if shape == 0 {
			break
		}
		rate := []uint32{48000, 44100, 22050, 8000}[r.IntN(4)]
		language := []string{"en", "fr"}[i]
		tracks = append(tracks, Audio(g, packager.TrackID("a"+string('1'+rune(i))), "mp4a.40.2", language, 2, rate,
			packager.Ticks(r.IntN(1024)), int64(64_000+r.IntN(64_000))))
	}
	return New(tb, g, tracks...)
}

func randomGrid(r *rand.Rand) packager.Grid {
	timescales := []packager.Timescale{30000, 24000, 90000, 12800, 48000, 1000, 600, 10_000_000, 999_983, 25, 1_000_000}
	timescale := timescales[r.IntN(len(timescales))]
	second := packager.Ticks(timescale)
	switch r.IntN(6) {
	case 0: // one interval
		return UniformGrid(timescale, second+packager.Ticks(r.Int64N(int64(6*second))), 1, 0)
	case 1: // ten hours and an odd end
		return UniformGrid(timescale, 2*second, 18000, packager.Ticks(r.Int64N(int64(second))))
	case 2: // 29.97 Hz
		return UniformGrid(30000, 60060, 2+r.IntN(300), 1001*packager.Ticks(r.IntN(30)))
	default: // cuts of anywhere from 0.5 to 4 s
		g := packager.Grid{ID: "grid", Timescale: timescale, Cuts: []packager.Ticks{0}}
		for range 1 + r.IntN(200) {
			g.Cuts = append(g.Cuts, g.End()+second/2+packager.Ticks(r.Int64N(int64(4*second-second/2))))
		}
		return g
	}
}
