package ts_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"headwater/packager"
	"headwater/packager/ts"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// pinnedFilm returns pictures at 29.97 Hz, reordered, and sound at 44.1 kHz, in six intervals.
func pinnedFilm(t testing.TB) *invented {
	const intervals, pictures, duration = 6, 60, 1001
	var cuts []packager.Ticks
	var videoSamples, audioSamples [][]ts.Sample
	now := packager.Ticks(0)
	for i := range packager.Ticks(intervals + 1) {
		cuts = append(cuts, i*pictures*duration)
	}
	for _, cut := range cuts[1:] {
		videoSamples = append(videoSamples, everyPicture(pictures, duration, 0, 2*duration, -duration))
		frames := int((packager.Rescale(cut, 30_000, 44_100) - now + 512) / 1024)
		audioSamples = append(audioSamples, everyFrame(frames, 1024))
		now += packager.Ticks(frames) * 1024
	}
	tracks := []packager.Track{handmadeVideo(30_000), handmadeAAC([]byte{0x12, 0x10}, 44_100, 1024)}
	return handmadeFilm(t, cuts, tracks, videoSamples, audioSamples)
}

// TestAppend_golden pins the bytes of segments: URLs with "ts1" promise them for ever, so that other bytes need "ts2".
func TestAppend_golden(t *testing.T) {
	f := pinnedFilm(t)
	var got []byte
	for _, form := range []string{"v", "a", "v+a"} {
		for _, segment := range f.segments(t, form, 6) {
			sum := sha256.Sum256(segment)
			got = append(got, form+" "+hex.EncodeToString(sum[:])+"\n"...)
		}
	}
	path := filepath.Join("testdata", "segments.sha256")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestAppend_anyNode holds that a segment does not depend on who makes it, or after which one.
func TestAppend_anyNode(t *testing.T) {
	one, other := pinnedFilm(t), pinnedFilm(t)
	r := resource("v+a", 2, 5)
	alone := one.segment(t, "v+a", 2, 5)
	other.segments(t, "v", 6)
	if after := other.segment(t, "v+a", 2, 5); !bytes.Equal(alone, after) {
		t.Error("differs on another node")
	}
	appended, err := ts.Append([]byte("before"), one.Presentation, r, one.read)
	if err != nil || string(appended) != "before"+string(alone) {
		t.Errorf("differs behind other bytes: %v", err)
	}
}

// TestAppend_grouping holds that the PES packets and counters of a stream are the same however fragments are grouped.
func TestAppend_grouping(t *testing.T) {
	f := pinnedFilm(t)
	join := func(target int) (stream []byte) {
		for _, segment := range f.segments(t, "v+a", target) {
			stream = append(stream, segment[2*188:]...)
		}
		return stream
	}
	if !bytes.Equal(join(2), join(6)) {
		t.Error("segments of 2 s and of 6 s hold other packets")
	}
}

// TestAppend_errors holds which errors are told apart.
func TestAppend_errors(t *testing.T) {
	f := pinnedFilm(t)
	broken := errors.New("no disk")
	fail := func(name string, r packager.Resource, read ts.Read, want error) {
		t.Helper()
		if dst, err := ts.Append([]byte("x"), f.Presentation, r, read); !errors.Is(err, want) || string(dst) != "x" {
			t.Errorf("%s: %v with %d bytes, want %v", name, err, len(dst), want)
		}
	}
	fail("read", resource("v", 6, 1), func(*packager.Track, []byte, int64) error { return broken }, broken)
	fail("zeros", resource("v", 6, 1), func(_ *packager.Track, dst []byte, _ int64) error { clear(dst); return nil }, ts.ErrCorrupt)
	fail("track", resource("w", 6, 1), f.read, packager.ErrNoTrack)
	fail("number", resource("v", 6, 9), f.read, packager.ErrNoSegment)
}
