// Package packagertest builds presentations without media, for tests of what reads only the index: manifests, plans,
// bandwidths. Sizes are made up from a bit rate and wobble by up to 30 %, the same in every run.
package packagertest

import (
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

// Audio returns an audio track of bitRate bits per second with packets as long as those of its codec, cut at the packets
// nearest to the cuts of g. Its first packet begins at offset samples (less than a packet); its last covers the end of g.
func Audio(g packager.Grid, id packager.TrackID, codec, language string, channels uint8, sampleRate uint32, offset packager.Ticks, bitRate int64) packager.Track {
	packet := packetSamples(codec)
	t := packager.Track{
		ID: id, Kind: packager.Audio, Codec: codec, Timescale: packager.Timescale(sampleRate), Language: language,
		Audio: packager.AudioFormat{Channels: channels, SampleRate: sampleRate, FrameSamples: uint32(packet)},
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

// packetSamples returns how many samples a packet of codec decodes to.
func packetSamples(codec string) packager.Ticks {
	switch codec {
	case "mp4a.40.5", "mp4a.40.29": // HE-AAC, at the rate that it is heard at
		return 2048
	case "ac-3", "ec-3":
		return 1536
	case "Opus":
		return 960
	case "fLaC":
		return 4096
	case "mp4a.6B":
		return 1152
	case "mp4a.69":
		return 576
	default:
		return 1024
	}
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
