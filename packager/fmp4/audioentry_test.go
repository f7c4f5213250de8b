package fmp4

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

func TestExplicitAAC(t *testing.T) {
	f := func(name string, asc []byte, channels uint16, timescale packager.Timescale, want ...byte) {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(asc)
			if got := explicitAAC(asc, channels, timescale); !bytes.Equal(got, want) {
				t.Errorf("%x becomes %x, want %x", asc, got, want)
			}
			if !bytes.Equal(asc, before) {
				t.Errorf("%x was changed to %x", before, asc)
			}
		})
	}
	// 24 kHz stereo in the core, 48 kHz out of the decoder.
	f("HE, not signalled", []byte{0x13, 0x10}, 2, 48000, 0x2b, 0x11, 0x88, 0x00)
	f("HE, signalled behind", []byte{0x13, 0x10, 0x56, 0xe5, 0x98}, 2, 48000, 0x2b, 0x11, 0x88, 0x00)
	f("HE, explicit", []byte{0x2b, 0x11, 0x88, 0x00}, 2, 48000, 0x2b, 0x11, 0x88, 0x00)
	f("HE v2, not signalled", []byte{0x13, 0x08}, 2, 48000, 0xeb, 0x09, 0x88, 0x00)
	f("HE v2, signalled behind", []byte{0x13, 0x08, 0x56, 0xe5, 0x9d, 0x48, 0x80}, 2, 48000, 0xeb, 0x09, 0x88, 0x00)
	f("HE v2, explicit as HE", []byte{0x2b, 0x09, 0x88, 0x00}, 2, 48000, 0xeb, 0x09, 0x88, 0x00)
	f("HE mono", []byte{0x13, 0x08}, 1, 48000, 0x2b, 0x09, 0x88, 0x00)
	f("HE of frames of 960", []byte{0x13, 0x14}, 2, 48000, 0x2b, 0x11, 0x8a, 0x00)
	f("HE at 44.1 kHz", []byte{0x13, 0x90}, 2, 44100, 0x2b, 0x92, 0x08, 0x00)
	// What is none.
	f("LC", []byte{0x11, 0x90}, 2, 48000, 0x11, 0x90)
	f("LC, said to be no HE", []byte{0x13, 0x10, 0x56, 0xe5, 0x00}, 2, 48000, 0x13, 0x10, 0x56, 0xe5, 0x00)
	f("output at the rate of the core", []byte{0x13, 0x10, 0x56, 0xe5, 0xb0}, 2, 24000, 0x13, 0x10, 0x56, 0xe5, 0xb0)
	f("cut off", []byte{0x13}, 2, 48000, 0x13)
	f("empty", nil, 2, 48000)
	f("a rate without index", []byte{0x17, 0x80, 0x2e, 0xe0, 0x10}, 2, 24000, 0x17, 0x80, 0x2e, 0xe0, 0x10)
}

// Of what is made explicit, the description must be the decoder's output.
func TestExplicitAAC_isDescribed(t *testing.T) {
	codec, format, err := describeAAC(explicitAAC([]byte{0x13, 0x08}, 2, 48000), 2)
	want := packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 2048}
	if err != nil || codec != "mp4a.40.29" || format != want {
		t.Errorf("%s %+v %v", codec, format, err)
	}
}

// What is made explicit must be read back as the decoder's output at the container's rate, or stay as it was.
func FuzzExplicitAAC(f *testing.F) {
	f.Add([]byte{0x13, 0x10}, uint16(2), uint32(48000))
	f.Add([]byte{0x13, 0x08, 0x56, 0xe5, 0x9d, 0x48, 0x80}, uint16(2), uint32(48000))
	f.Add([]byte{0x2b, 0x09, 0x88, 0x00}, uint16(2), uint32(48000))
	f.Fuzz(func(t *testing.T, asc []byte, channels uint16, timescale uint32) {
		explicit := explicitAAC(asc, channels, packager.Timescale(timescale))
		if bytes.Equal(explicit, asc) {
			return
		}
		codec, format, err := describeAAC(explicit, channels)
		if err != nil && asc[0]>>3 == sbr {
			return // another core than LC, which may not be stored
		}
		if err != nil || codec != "mp4a.40.5" && codec != "mp4a.40.29" || format.FrameSamples < 1920 {
			t.Errorf("%x becomes %x: %s %+v %v", asc, explicit, codec, format, err)
		}
	})
}

func TestFLACSamples(t *testing.T) {
	f := func(want packager.Ticks, packet ...byte) {
		t.Helper()
		if got := flacSamples(packet); got != want {
			t.Errorf("%x: %d samples, want %d", packet, got, want)
		}
	}
	f(192, 0xff, 0xf8, 0x1a, 0x18, 0)
	f(4608, 0xff, 0xf8, 0x5a, 0x18, 0)
	f(256, 0xff, 0xf9, 0x8a, 0x18, 0)
	f(32768, 0xff, 0xf8, 0xfa, 0x18, 0)
	f(256, 0xff, 0xf8, 0x6a, 0x18, 0x7f, 0xff)
	f(256, 0xff, 0xf8, 0x6a, 0x18, 0xc2, 0x80, 0xff) // the number takes two bytes
	f(769, 0xff, 0xf8, 0x7a, 0x18, 0, 3, 0)
	f(769, 0xff, 0xf9, 0x7a, 0x18, 0xfe, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 3, 0)
	for _, none := range [][]byte{nil, {0xff, 0xf8, 0x5a, 0x18}, {0xff, 0xfa, 0x5a, 0x18, 0}, {0xff, 0xf8, 0x0a, 0x18, 0}, {0xff, 0xf8, 0x6a, 0x18, 0xff}} {
		f(0, none...)
	}
}

func TestFieldRate(t *testing.T) {
	for rate, want := range map[uint32]uint16{44100: 44100, 65535: 65535, 88200: 44100, 96000: 48000, 192000: 48000, 65537: 65535} {
		if got := fieldRate(rate); got != want {
			t.Errorf("%d Hz: %d, want %d", rate, got, want)
		}
	}
}

// entryOf returns the audio sample entry of a track file.
func entryOf(t *testing.T, track *packager.Track) *mp4.AudioSampleEntryBox {
	t.Helper()
	moov, err := initMoov(track.Init)
	if err != nil {
		t.Fatal(err)
	}
	return entry(moov.Trak).(*mp4.AudioSampleEntryBox)
}

func TestPackageAudio_FLACOf24Bits(t *testing.T) {
	source := encode(t, append(lavfi("sine=d=4.6:r=96000"), "-c:a", "flac", "-sample_fmt", "s32", "-strict", "-2")...)
	file, result := packageAudio(t, source, AudioConfig{Grid: &ntsc})
	checkAudio(t, source, file, result)
	if e := entryOf(t, &result.Track); e.SampleSize != 24 || e.SampleRate != 48000 || result.Track.Audio.SampleRate != 96000 {
		t.Errorf("%d bits at %d Hz, the track at %d Hz", e.SampleSize, e.SampleRate, result.Track.Audio.SampleRate)
	}
	_, whole := packageAudio(t, source, AudioConfig{}) // its last block is shorter than the others
	if got, want := whole.Track.Duration(), packager.Ticks(46*9600); got != want {
		t.Errorf("%d samples, want %d", got, want)
	}
}

func TestPackageAudio_OpusHasNoPreSkip(t *testing.T) {
	source := encode(t, append(lavfi("sine=d=4.6:r=48000"), "-c:a", "libopus")...)
	if !bytes.Contains(source, []byte("dOps\x00\x01\x01\x38")) {
		t.Fatal("the source has no pre-skip of 312 samples")
	}
	_, result := packageAudio(t, source, AudioConfig{Grid: &ntsc})
	if skip := entryOf(t, &result.Track).Dops.PreSkip; skip != 0 {
		t.Errorf("pre-skip of %d samples", skip)
	}
	if first := result.Track.Fragments[0].DecodeTime; first != 960-312 {
		t.Errorf("begins at %d", first)
	}
}

// A stream whose channels change in the middle cannot have one sample entry.
func TestPackageAudio_formatChanges(t *testing.T) {
	f := func(codec string) {
		t.Run(codec, func(t *testing.T) {
			var whole []byte
			for _, channels := range []string{"2", "6"} {
				args := append(lavfi("sine=d=2:r=48000"), "-c:a", codec, "-b:a", "384k", "-ac", channels)
				part := encode(t, append(args, strings.Fields(delayed)...)...)
				if whole != nil {
					part = part[bytes.Index(part, []byte("moof"))-4:]
				}
				whole = append(whole, part...)
			}
			_, err := PackageAudio(&bytes.Buffer{}, bytes.NewReader(whole), AudioConfig{ID: "a1"})
			var unsuitable *UnsuitableError
			if !errors.As(err, &unsuitable) || !strings.Contains(unsuitable.Reason, "change") {
				t.Errorf("error %v", err)
			}
		})
	}
	f("ac3")
	f("eac3")
}
