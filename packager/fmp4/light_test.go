package fmp4

import (
	"bytes"
	"encoding/binary"
	"testing"

	"headwater/packager"
	"headwater/packager/packagertest"
)

// graded is a grading on a display with the primaries of P3.
var graded = packager.LightLevels{
	Display: packager.MasteringDisplay{
		Red: packager.Chromaticity{X: 34_000, Y: 16_000}, Green: packager.Chromaticity{X: 13_250, Y: 34_500},
		Blue: packager.Chromaticity{X: 7_500, Y: 3_000}, White: packager.Chromaticity{X: 15_635, Y: 16_450},
		MaxLuminance: 10_000_000, MinLuminance: 50,
	},
	MaxContent: 1000, MaxAverage: 400,
}

func TestPackageVideo_lightLevels(t *testing.T) {
	levels := func(content, average uint16) []byte {
		return packagertest.Box("clli", binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, content), average))
	}
	source := small(t)
	f := func(name string, given packager.LightLevels, want []string, absent string, boxes ...[]byte) {
		t.Run(name, func(t *testing.T) {
			_, result := packageVideo(t, packagertest.InSampleEntry(source, boxes...), VideoConfig{Light: given})
			for _, box := range want {
				if !bytes.Contains(result.Track.Init, []byte(box)) {
					t.Errorf("the init segment lacks %x", box)
				}
			}
			if absent != "" && bytes.Contains(result.Track.Init, []byte(absent)) {
				t.Errorf("the init segment has %s", absent)
			}
		})
	}
	display, other := string(packagertest.MasteringDisplay(10_000_000, 50)), packagertest.MasteringDisplay(40_000_000, 5)
	f("none", packager.LightLevels{}, nil, "mdcv")
	f("given", graded, []string{display, string(levels(1000, 400))}, "")
	f("the source's", packager.LightLevels{}, []string{string(other), string(levels(500, 90))}, "", other, levels(500, 90))
	f("both", graded, []string{string(other), string(levels(1000, 400))}, "", other)
	f("no luminance", packager.LightLevels{}, nil, "mdcv", packagertest.MasteringDisplay(0, 0))
	f("no luminance but given", graded, []string{display}, "", packagertest.MasteringDisplay(0, 0))
	f("no levels", packager.LightLevels{}, nil, "clli", levels(0, 0))
}

func TestMerged(t *testing.T) {
	container := packager.Colour{Primaries: 1, Transfer: 1, Matrix: 1, FullRange: true}
	f := func(name string, format pictureFormat, want packager.Colour) {
		t.Helper()
		if got := merged(format, container); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	f("nothing in the bitstream", pictureFormat{colour: unspecifiedColour}, container)
	f("range alone", pictureFormat{colour: unspecifiedColour, rangeKnown: true}, packager.Colour{Primaries: 1, Transfer: 1, Matrix: 1})
	f("all", pictureFormat{colour: packager.Colour{Primaries: 9, Transfer: 16, Matrix: 9}, rangeKnown: true},
		packager.Colour{Primaries: 9, Transfer: 16, Matrix: 9})
	f("matrix alone", pictureFormat{colour: packager.Colour{Primaries: 2, Transfer: 2, Matrix: 9}, rangeKnown: true},
		packager.Colour{Primaries: 1, Transfer: 1, Matrix: 9})
}

func TestTransferMessage(t *testing.T) {
	f := func(name string, want uint8, unit ...byte) {
		t.Helper()
		if got := transferMessage(append([]byte{39 << 1, 1}, unit...)); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	f("alone", 18, 147, 1, 18, 0x80)
	f("after another", 18, 137, 3, 0, 0, 3, 1, 147, 1, 18, 0x80) // with a byte that prevents a start code
	f("after a long type", 18, 0xFF, 1, 1, 9, 147, 1, 18, 0x80)
	f("another alone", 0, 137, 2, 147, 1, 0x80)
	f("cut off", 0, 147, 1)
	f("longer than its unit", 0, 1, 0xFF, 0xFF, 0xFF)
	f("nothing", 0)
}

func FuzzTransferMessage(f *testing.F) {
	f.Add([]byte{39 << 1, 1, 137, 3, 0, 0, 3, 1, 147, 1, 18, 0x80})
	f.Add([]byte{39 << 1})
	f.Fuzz(func(t *testing.T, unit []byte) {
		if got := transferMessage(unit); got != 0 && !bytes.Contains(unit, []byte{got}) {
			t.Errorf("%d is not in %x", got, unit)
		}
	})
}

// TestPackageVideo_contradictedColour holds that the bitstream wins over what its container says.
func TestPackageVideo_contradictedColour(t *testing.T) {
	pq := []string{"-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"}
	f := func(name string, want packager.Colour, codec string, lie func(source []byte), args ...string) {
		t.Run(name, func(t *testing.T) {
			source := encode(t, append(append(append(lavfi("testsrc2=s=64x64:r=10:d=0.5"), "-pix_fmt", "yuv420p10"), args...), pq...)...)
			lie(source)
			_, result := packageVideo(t, source, VideoConfig{})
			if got := result.Track.Video.Colour; got != want || result.Track.Codec != codec {
				t.Errorf("%s %+v, want %s %+v", result.Track.Codec, got, codec, want)
			}
		})
	}
	colour := func(source []byte) { // says BT.709 of full range
		copy(source[bytes.Index(source, []byte("colrnclx"))+8:], []byte{0, 1, 0, 1, 0, 1, 0x80})
	}
	f("HEVC", packager.Colour{Primaries: 9, Transfer: 16, Matrix: 9}, "hvc1.2.4.L30.90", colour,
		"-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=error:range=limited")
	f("AV1", packager.Colour{Primaries: 9, Transfer: 16, Matrix: 9}, "av01.0.00M.10.0.110.09.16.09.0", colour,
		"-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-movflags", "+delay_moov")
	// VP9 codes no transfer: that stays as the container has it.
	f("VP9", packager.Colour{Primaries: 9, Transfer: 16, Matrix: 9}, "vp09.02.10.10.01.09.16.09.00", func(source []byte) {
		box := source[bytes.Index(source, []byte("vpcC"))+8:]
		box[0], box[2], box[5] = 0, 8<<4|1<<1|1, 1 // profile 0, 8 bits of full range, the matrix of BT.709
	}, "-c:v", "libvpx-vp9", "-profile:v", "2", "-deadline", "realtime", "-cpu-used", "8")
	f("HLG behind an old transfer", packager.Colour{Primaries: 9, Transfer: 18, Matrix: 9}, "hvc1.2.4.L30.90", func([]byte) {},
		"-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1",
		"-x265-params", "log-level=error:colorprim=bt2020:colormatrix=bt2020nc:transfer=bt2020-10:atc-sei=18")
}
