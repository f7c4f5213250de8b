package ts_test

import (
	"encoding/binary"
	"testing"

	"headwater/packager"
	"headwater/packager/packagertest"
	"headwater/packager/ts"
)

// Tracks that are made by hand need no encoder, whose next version writes other bytes: what is pinned is pinned with them.

// Parameter sets that no decoder sees.
const (
	handmadeSPS = "\x67\x64\x00\x1f\xac"
	handmadePPS = "\x68\xee\x3c\x80"
)

// handmadeVideo returns a track of H.264, without fragments.
func handmadeVideo(timescale packager.Timescale) packager.Track {
	record := []byte{1, 0x64, 0, 0x1f, 0xff, 0xe1}
	record = append(binary.BigEndian.AppendUint16(record, uint16(len(handmadeSPS))), handmadeSPS...)
	record = append(binary.BigEndian.AppendUint16(append(record, 1), uint16(len(handmadePPS))), handmadePPS...)
	return packager.Track{
		ID: "v", Kind: packager.Video, Codec: "avc1.64001F", Timescale: timescale, Language: "und",
		Video: packager.VideoFormat{Width: 320, Height: 180, FrameRate: packager.FrameRate{Num: 25, Den: 1}},
		Init:  handmadeInit("und", packagertest.Box("avc1", append(make([]byte, 78), packagertest.Box("avcC", record)...))),
	}
}

// handmadeAAC returns a track of AAC with an AudioSpecificConfig, without fragments.
func handmadeAAC(asc []byte, rate, frameSamples uint32) packager.Track {
	specific := append([]byte{5, byte(len(asc))}, asc...)
	decoder := append([]byte{4, byte(13 + len(specific)), 0x40, 0x15}, make([]byte, 11)...)
	decoder = append(decoder, specific...)
	es := append([]byte{0, 0, 0, 0, 3, byte(3 + len(decoder)), 0, 0, 0}, decoder...)
	track := handmadeSound("mp4a.40.2", packagertest.Box("mp4a", append(make([]byte, 28), packagertest.Box("esds", es)...)), rate, frameSamples)
	return track
}

// handmadeSound returns a track of sound in French, without fragments.
func handmadeSound(codec string, entry []byte, rate, frameSamples uint32) packager.Track {
	return packager.Track{
		ID: "a", Kind: packager.Audio, Codec: codec, Timescale: packager.Timescale(rate), Language: "fra",
		Audio: packager.AudioFormat{Channels: 2, SampleRate: rate, FrameSamples: frameSamples},
		Init:  handmadeInit("fra", entry),
	}
}

// handmadeInit returns the boxes of an init segment that a muxer looks into.
func handmadeInit(language string, entry []byte) []byte {
	mdhd := make([]byte, 24)
	packed := uint16(language[0]-0x60)<<10 | uint16(language[1]-0x60)<<5 | uint16(language[2]-0x60)
	binary.BigEndian.PutUint16(mdhd[20:], packed)
	stsd := packagertest.Box("stsd", append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, entry...))
	mdia := append(packagertest.Box("mdhd", mdhd), packagertest.Box("minf", packagertest.Box("stbl", stsd))...)
	return append(packagertest.Box("ftyp", []byte("cmf2")), packagertest.Box("moov", packagertest.Box("trak", packagertest.Box("mdia", mdia)))...)
}

// handmadeFilm returns the presentation of tracks whose fragments have these samples, in the order of the tracks.
func handmadeFilm(t testing.TB, cuts []packager.Ticks, tracks []packager.Track, samples ...[][]ts.Sample) *invented {
	t.Helper()
	v := newInvented(packager.Grid{ID: "grid", Timescale: tracks[0].Timescale, Cuts: cuts})
	for i := range tracks {
		v.addTrack(t, tracks[i], samples[i])
	}
	if err := v.Validate(); err != nil {
		t.Fatal(err)
	}
	return v
}

// everyPicture returns n samples of one duration, the first a key frame; the others are shown as offsets say, in turn.
func everyPicture(n int, duration uint32, offsets ...int32) []ts.Sample {
	samples := make([]ts.Sample, n)
	for i := range samples {
		samples[i] = ts.Sample{SizeBytes: 100 + 61*uint32(i), Duration: duration, Sync: i == 0}
		if i > 0 && len(offsets) > 0 {
			samples[i].CompositionOffset = offsets[i%len(offsets)]
		}
	}
	return samples
}

// everyFrame returns n samples of sound of one duration.
func everyFrame(n int, duration uint32) []ts.Sample {
	samples := make([]ts.Sample, n)
	for i := range samples {
		samples[i] = ts.Sample{SizeBytes: 90 + 37*uint32(i%9), Duration: duration, Sync: true}
	}
	return samples
}
