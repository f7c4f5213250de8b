package fmp4

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
	"headwater/packager/packagertest"
)

// byteStream encodes a few pictures of HEVC with delimiters.
func byteStream(t testing.TB, transfer string) []byte {
	t.Helper()
	return ffmpeg(t, append(lavfi("testsrc2=s=64x36:r=10:d=0.5"), "-pix_fmt", "yuv420p10", "-c:v", "libx265", "-preset", "ultrafast",
		"-x265-params", "log-level=error:aud=1:bframes=0:repeat-headers=1:colorprim=bt2020:colormatrix=bt2020nc:transfer="+transfer,
		"-f", "hevc", "pipe:1")...)
}

// muxedStream muxes a stream without times as every source of this package is.
func muxedStream(t testing.TB, stream []byte, format string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stream")
	if err := os.WriteFile(path, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	return encode(t, "-fflags", "+genpts", "-f", format, "-r", "10", "-i", path, "-c", "copy", "-tag:v", map[string]string{"hevc": "hvc1", "obu": "av01"}[format])
}

func TestPackageVideo_dolbyVision(t *testing.T) {
	pq, hlg := byteStream(t, "smpte2084"), byteStream(t, "arib-std-b67")
	metadata := packagertest.MetadataUnit(false)
	f := func(name string, stream, box []byte, want string) {
		t.Run(name, func(t *testing.T) {
			source := muxedStream(t, stream, "hevc")
			source = packagertest.InSampleEntry(source, box)
			file, result := packageVideo(t, source, VideoConfig{})
			if got := result.Track.SupplementalCodec; got != want {
				t.Errorf("supplemental codec %q, want %q", got, want)
			}
			if kept := bytes.Contains(result.Track.Init, box); kept != (want != "") {
				t.Errorf("the configuration is kept: %t", kept)
			}
			_, base, _ := strings.Cut(want, "/")
			if branded := bytes.Contains(result.Track.Init[:64], []byte("dby1"+base)); branded != (want != "") {
				t.Errorf("the brands are there: %t", branded)
			}
			if !strings.HasPrefix(result.Track.Codec, "hvc1.2.4.") {
				t.Errorf("codec %s", result.Track.Codec)
			}
			checkVideo(t, source, file, result)
		})
	}
	f("8.1", packagertest.WithMetadata(pq, metadata), packagertest.DolbyVision(8, 7, 1), "dvh1.08.07/db1p")
	f("8.4", packagertest.WithMetadata(hlg, metadata), packagertest.DolbyVision(8, 13, 4), "dvh1.08.13/db4h")
	f("8.4 that is PQ", packagertest.WithMetadata(pq, metadata), packagertest.DolbyVision(8, 7, 4), "")
	f("8.1 without metadata", pq, packagertest.DolbyVision(8, 7, 1), "")

	layers := packagertest.WithMetadata(packagertest.WithMetadata(pq, []byte{63 << 1, 1, 0xE1, 0xE2, 0xE3}), metadata)
	f("two layers", layers, packagertest.DolbyVision(7, 6, 6), "")
	file, _ := packageVideo(t, muxedStream(t, layers, "hevc"), VideoConfig{})
	if bytes.Contains(file, []byte{63 << 1, 1, 0xE1, 0xE2, 0xE3}) {
		t.Error("a second layer that nobody plays is left")
	}
}

func TestPackageVideo_dolbyVisionAV1(t *testing.T) {
	stream := ffmpeg(t, append(lavfi("testsrc2=s=64x64:r=10:d=0.5"), "-pix_fmt", "yuv420p10", "-c:v", "libaom-av1", "-usage", "realtime",
		"-cpu-used", "8", "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-f", "obu", "pipe:1")...)
	f := func(name string, stream []byte, want string) {
		t.Run(name, func(t *testing.T) {
			source := packagertest.InSampleEntry(muxedStream(t, stream, "obu"), packagertest.DolbyVision(10, 9, 1))
			file, result := packageVideo(t, source, VideoConfig{})
			if got := result.Track.SupplementalCodec; got != want {
				t.Errorf("supplemental codec %q, want %q", got, want)
			}
			checkVideo(t, source, file, result)
		})
	}
	f("with metadata", packagertest.WithMetadataOBU(stream), "dav1.10.09/db1p")
	f("without", stream, "")
}

func TestSupplementalCodec(t *testing.T) {
	pq, hlg, sdr := packager.Colour{Transfer: 16}, packager.Colour{Transfer: 18}, packager.Colour{Transfer: 1}
	f := func(name, entry string, profile, level, compatibility byte, colour packager.Colour, want string) {
		t.Helper()
		box := mp4.CreateDoViConfigurationBox(1, 0, profile, level, true, false, true, compatibility)
		if got := supplementalCodec(entry, box, colour); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	f("8.1", "hvc1", 8, 7, 1, pq, "dvh1.08.07/db1p")
	f("8.2", "hvc1", 8, 3, 2, sdr, "dvh1.08.03/db2g")
	f("8.4", "hvc1", 8, 7, 4, hlg, "dvh1.08.07/db4h")
	f("10.4", "av01", 10, 10, 4, hlg, "dav1.10.10/db4h")
	f("8 of AV1", "av01", 8, 7, 1, pq, "")
	f("10 of HEVC", "hvc1", 10, 7, 1, pq, "")
	f("5", "hvc1", 5, 7, 0, pq, "")
	f("7", "hvc1", 7, 7, 6, pq, "")
	f("9", "avc1", 9, 7, 2, sdr, "")
	f("10.0", "av01", 10, 7, 0, pq, "")
	f("no such profile", "hvc1", 127, 7, 1, pq, "")
	f("no level", "hvc1", 8, 0, 1, pq, "")
	f("no such level", "hvc1", 8, 14, 1, pq, "")
	f("no such base", "hvc1", 8, 7, 15, pq, "")
	f("8.1 that is HLG", "hvc1", 8, 7, 1, hlg, "")
	f("8.2 that is PQ", "hvc1", 8, 7, 2, pq, "")
	for _, box := range []*mp4.DoViConfigurationBox{
		mp4.CreateDoViConfigurationBox(2, 0, 8, 7, true, false, true, 1),
		mp4.CreateDoViConfigurationBox(1, 0, 8, 7, false, false, true, 1),
		mp4.CreateDoViConfigurationBox(1, 0, 8, 7, true, true, true, 1),
		mp4.CreateDoViConfigurationBox(1, 0, 8, 7, true, false, false, 1),
	} {
		if got := supplementalCodec("hvc1", box, pq); got != "" {
			t.Errorf("%+v: %q", box, got)
		}
	}
}

// TestPackageVideo_hostileDolbyVision holds that a configuration that is too short is damage and no panic.
func TestPackageVideo_hostileDolbyVision(t *testing.T) {
	source := small(t)
	for _, length := range []int{0, 3, 5, 23, 25, 300} {
		damaged := packagertest.InSampleEntry(source, packagertest.Box("dvvC", bytes.Repeat([]byte{0xFF}, length)))
		if _, err := PackageVideo(&bytes.Buffer{}, bytes.NewReader(damaged), VideoConfig{ID: "v1"}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

// FuzzSampleEntry packages a source with any bytes where the boxes of HDR stand.
func FuzzSampleEntry(f *testing.F) {
	source := muxedStream(f, packagertest.WithMetadata(byteStream(f, "smpte2084"), packagertest.MetadataUnit(false)), "hevc")
	f.Add(packagertest.DolbyVision(8, 7, 1))
	f.Add(append(packagertest.DolbyVision(127, 63, 15), packagertest.MasteringDisplay(0, 0)...))
	f.Add(append(packagertest.Box("dvcC", []byte{1, 0, 16}), packagertest.Box("clli", []byte{0, 0, 0, 0})...))
	f.Fuzz(func(t *testing.T, boxes []byte) {
		var file bytes.Buffer
		result, err := PackageVideo(&file, bytes.NewReader(packagertest.InSampleEntry(source, boxes)), VideoConfig{ID: "t"})
		if err != nil {
			return
		}
		checkStored(t, file.Bytes(), result.Track, result.Cuts)
		if s := result.Track.SupplementalCodec; s != "" && s[:8] != "dvh1.08." {
			t.Errorf("supplemental codec %q", s)
		}
	})
}
