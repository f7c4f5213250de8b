package fmp4

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"headwater/packager"
	"headwater/packager/packagertest"
)

// small is a source of little more than two fragments.
func small(t testing.TB) []byte {
	return encode(t, append(lavfi("testsrc2=s=64x36:r=10:d=1"), strings.Fields(x264+"-g 5 -bf 2")...)...)
}

func TestScan_damage(t *testing.T) {
	file, result := packageVideo(t, small(t), VideoConfig{})
	first, second := result.Track.Fragments[0], result.Track.Fragments[1]
	f := func(name string, damage func(file []byte) []byte) {
		t.Run(name, func(t *testing.T) {
			damaged := damage(bytes.Clone(file))
			track, _, err := Scan(bytes.NewReader(damaged), int64(len(damaged)), "v1")
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("%v, %+v", err, track)
			}
		})
	}
	put := func(offset int64, b ...byte) func([]byte) []byte {
		return func(file []byte) []byte {
			copy(file[offset:], b)
			return file
		}
	}
	f("empty", func(file []byte) []byte { return nil })
	f("init alone", func(file []byte) []byte { return file[:first.Offset] })
	f("cut in a moof", func(file []byte) []byte { return file[:second.Offset+20] })
	f("cut in an mdat", func(file []byte) []byte { return file[:len(file)-1] })
	f("more at the end", func(file []byte) []byte { return append(file, 0) })
	f("a fragment lost", func(file []byte) []byte {
		return append(file[:first.Offset:first.Offset], file[second.Offset:]...)
	})
	f("fragments swapped", func(file []byte) []byte {
		swapped := append(file[:first.Offset:first.Offset], file[second.Offset:]...)
		return append(swapped, file[first.Offset:second.Offset]...)
	})
	f("no ftyp", put(4, 'x'))
	f("moof of 4 GiB", put(first.Offset, 0xff, 0xff, 0xff, 0xff))
	f("mdat of no bytes", put(first.Offset+int64(first.MoofSizeBytes), 0, 0, 0, 8))
	f("mdat with a 64-bit size", put(first.Offset+int64(first.MoofSizeBytes), 0, 0, 0, 1))
	f("moof renamed", put(second.Offset+4, 'f', 'r', 'e', 'e'))
}

func TestScan_reader(t *testing.T) {
	file, _ := packageVideo(t, small(t), VideoConfig{})
	disk := errors.New("disk")
	if _, _, err := Scan(failingReader{disk}, int64(len(file)), "v1"); !errors.Is(err, disk) || errors.Is(err, ErrCorrupt) {
		t.Errorf("error %v, want that of the reader", err)
	}
	if _, _, err := Scan(bytes.NewReader(file), int64(len(file))+10, "v1"); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a file shorter than said: %v", err)
	}
}

type failingReader struct{ err error }

func (r failingReader) ReadAt([]byte, int64) (int, error) { return 0, r.err }

func TestPackage_damage(t *testing.T) {
	source := small(t)
	f := func(name string, damaged []byte) {
		t.Run(name, func(t *testing.T) {
			if _, err := PackageVideo(io.Discard, bytes.NewReader(damaged), VideoConfig{ID: "v1"}); !errors.Is(err, ErrCorrupt) {
				t.Errorf("error %v", err)
			}
		})
	}
	mdat := bytes.Index(source, []byte("mdat"))
	f("empty", nil)
	f("text", []byte("#EXTM3U\nhttp://127.0.0.1/"))
	f("no fragments", source[:bytes.Index(source, []byte("moof"))-4])
	f("cut in a header", source[:mdat+2])
	f("cut in a sample", source[:mdat+100])
	f("moof of 4 GiB", bytes.Replace(source, source[mdat-4:mdat+4], []byte{0xff, 0xff, 0xff, 0xff, 'm', 'o', 'o', 'f'}, 1))
	f("NAL unit past its sample", func() []byte {
		damaged := bytes.Clone(source)
		binary.BigEndian.PutUint32(damaged[mdat+4:], 1<<20)
		return damaged
	}())
}

func TestPackage_errorsOfReaderAndWriter(t *testing.T) {
	source := small(t)
	broken := errors.New("broken")
	pipe := io.MultiReader(bytes.NewReader(source[:len(source)/2]), iotest.ErrReader(broken))
	if _, err := PackageVideo(io.Discard, pipe, VideoConfig{ID: "v1"}); !errors.Is(err, broken) || errors.Is(err, ErrCorrupt) {
		t.Errorf("error %v, want that of the reader", err)
	}
	if _, err := PackageVideo(failingWriter{broken}, bytes.NewReader(source), VideoConfig{ID: "v1"}); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the writer", err)
	}
	if _, err := PackageVideo(io.Discard, iotest.OneByteReader(bytes.NewReader(source)), VideoConfig{ID: "v1"}); err != nil {
		t.Errorf("a byte at a time: %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// TestPackage_memory declares a large sample and delivers none of it.
func TestPackage_memory(t *testing.T) {
	source := small(t)
	moof := bytes.Index(source, []byte("moof")) - 4
	trun := moof + bytes.Index(source[moof:], []byte("trun"))
	mdat := moof + bytes.Index(source[moof:], []byte("mdat")) - 4
	const sampleSize, firstSize = 100 << 20, 20 // the first size follows count, data offset and first flags
	grow := binary.BigEndian.Uint32(source[trun+firstSize:])
	binary.BigEndian.PutUint32(source[trun+firstSize:], sampleSize)
	size := binary.BigEndian.Uint32(source[mdat:])
	binary.BigEndian.PutUint32(source[mdat:], size-grow+sampleSize)
	if taken := allocated(func() {
		if _, err := PackageVideo(io.Discard, bytes.NewReader(source), VideoConfig{ID: "v1"}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("error %v", err)
		}
	}); taken > 8<<20 {
		t.Errorf("%d bytes taken for a source of %d", taken, len(source))
	}
}

// allocated returns how many bytes run allocates.
func allocated(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// ceiling is what reading n bytes of any content may allocate in all.
func ceiling(n int) uint64 { return 16<<20 + 64*uint64(n) }

func FuzzPackage(f *testing.F) {
	for _, args := range []string{
		"-f lavfi -i testsrc2=s=32x32:r=10:d=0.5 " + x264 + "-g 3 -bf 2",
		"-f lavfi -i testsrc2=s=64x64:r=10:d=0.3 -c:v libx265 -preset ultrafast -x265-params log-level=error",
		"-f lavfi -i testsrc2=s=64x64:r=10:d=0.3 -c:v libsvtav1 -preset 12",
		"-f lavfi -i testsrc2=s=32x32:r=10:d=0.3 -c:v libvpx-vp9 -deadline realtime",
		"-f lavfi -i sine=d=0.2 -c:a aac",
		"-f lavfi -i sine=d=0.2 -c:a ac3" + delayed,
		"-f lavfi -i sine=d=0.2 -c:a eac3" + delayed,
		"-f lavfi -i sine=d=0.2 -c:a libopus",
		"-f lavfi -i sine=d=0.2 -c:a flac",
		"-f lavfi -i sine=d=0.2:r=96000 -c:a flac -sample_fmt s32 -strict -2",
		"-f lavfi -i sine=d=0.2 -c:a libmp3lame",
	} {
		f.Add(encode(f, strings.Fields(args)...))
	}
	vision := muxedStream(f, packagertest.WithMetadata(byteStream(f, "smpte2084"), packagertest.MetadataUnit(false)), "hevc")
	f.Add(packagertest.InSampleEntry(vision, packagertest.DolbyVision(8, 7, 1), packagertest.MasteringDisplay(10_000_000, 50)))
	f.Add(packagertest.InSampleEntry(vision, packagertest.DolbyVision(127, 63, 15), packagertest.MasteringDisplay(0, 0)))
	f.Fuzz(func(t *testing.T, source []byte) {
		var file bytes.Buffer
		taken := allocated(func() {
			if result, err := PackageVideo(&file, bytes.NewReader(source), VideoConfig{ID: "t"}); err == nil {
				checkStored(t, file.Bytes(), result.Track, result.Cuts)
				return
			}
			file.Reset()
			if result, err := PackageAudio(&file, bytes.NewReader(source), AudioConfig{ID: "t"}); err == nil {
				checkStored(t, file.Bytes(), result.Track, result.Cuts)
			}
		})
		if taken > 2*ceiling(len(source)) {
			t.Errorf("%d bytes taken for a source of %d", taken, len(source))
		}
	})
}

// checkStored demands that what was packaged without an error is read back equal and fits its own grid.
func checkStored(t *testing.T, file []byte, track packager.Track, cuts []packager.Ticks) {
	t.Helper()
	scanned, _, err := Scan(bytes.NewReader(file), int64(len(file)), track.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(track, scanned); diff != "" {
		t.Errorf("packaged and scanned differ (-packaged +scanned):\n%s", diff)
	}
	p := packager.Presentation{
		Asset: "a", Generation: 1,
		Grid:   packager.Grid{ID: "g", Timescale: track.Timescale, Cuts: cuts},
		Tracks: []packager.Track{track},
	}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	if s := track.SupplementalCodec; s != "" && len(s) != len("dvh1.08.07/db1p") {
		t.Errorf("supplemental codec %q", s)
	}
}

func FuzzScan(f *testing.F) {
	video, _ := packageVideo(f, small(f), VideoConfig{Language: "en-GB", Label: "label"})
	audio, _ := packageAudio(f, encode(f, append(lavfi("sine=d=0.2"), "-c:a", "aac")...), AudioConfig{Default: true})
	f.Add(video)
	f.Add(audio)
	f.Add(video[:len(video)/2])
	f.Fuzz(func(t *testing.T, file []byte) {
		taken := allocated(func() {
			track, _, err := Scan(bytes.NewReader(file), int64(len(file)), "t")
			switch {
			case err == nil:
				if err := track.Validate(len(track.Fragments)); err != nil {
					t.Error(err)
				}
			case !errors.Is(err, ErrCorrupt):
				t.Errorf("error %v is not about damage", err)
			}
		})
		if taken > ceiling(len(file)) {
			t.Errorf("%d bytes taken for a file of %d", taken, len(file))
		}
	})
}

// TestPackage_corpus packages every track of a folder of real media as it is. Most are stored, some are unsuitable;
// none may be found corrupt that ffmpeg muxed without an error.
func TestPackage_corpus(t *testing.T) {
	corpus := os.Getenv("CORPUS")
	if corpus == "" {
		t.Skip("CORPUS names no folder of media")
	}
	files, err := filepath.Glob(filepath.Join(corpus, "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		for _, selection := range []string{"v:0", "a:0"} {
			t.Run(filepath.Base(path)+" "+selection, func(t *testing.T) { packageReal(t, path, selection) })
		}
	}
}

func packageReal(t *testing.T, path, selection string) {
	source, err := remux(path, selection)
	if err != nil {
		t.Skipf("ffmpeg cannot copy it: %v", err)
	}
	var file bytes.Buffer
	var track packager.Track
	var cuts []packager.Ticks
	if selection == "v:0" {
		var result VideoResult
		result, err = PackageVideo(&file, bytes.NewReader(source), VideoConfig{ID: "t"})
		track, cuts = result.Track, result.Cuts
	} else {
		var result AudioResult
		result, err = PackageAudio(&file, bytes.NewReader(source), AudioConfig{ID: "t"})
		track, cuts = result.Track, result.Cuts
	}
	var unsuitable *UnsuitableError
	if errors.As(err, &unsuitable) {
		t.Log(unsuitable)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	checkStored(t, file.Bytes(), track, cuts)
	checkCMAF(t, file.Bytes(), &track)
	decoded(t, file.Bytes())
	t.Logf("%s, %d fragments", track.Codec, len(track.Fragments))
}
