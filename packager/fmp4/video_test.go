package fmp4

import (
	"bytes"
	"slices"
	"strings"
	"testing"

)

func packageVideo(t testing.TB, source []byte, cfg VideoConfig) ([]byte, VideoResult) {
	t.Helper()
	cfg.ID = "v1"
	var file bytes.Buffer
	result, err := PackageVideo(&file, bytes.NewReader(source), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes(), result
}

func TestPackageVideo(t *testing.T) {
	f := func(name, args string) {
		t.Run(name, func(t *testing.T) {
			source := encode(t, strings.Fields("-f lavfi -i testsrc2=s=320x180:r=30:d=5 "+args)...)
			file, result := packageVideo(t, source, VideoConfig{})
			if got, want := decoded(t, file), decoded(t, source); !slices.Equal(got, want) {
				t.Errorf("%d frames, want %d", len(got), len(want))
			}
			scanned, err := Scan(bytes.NewReader(file), int64(len(file)), "v1")
			if err != nil {
				t.Fatal(err)
			}
			_ = scanned
			tr := result.Track
			tr.Init = nil
			t.Logf("%+v %v %v", tr, result.Zero, result.Cuts)
		})
	}
	f("H.264", "-c:v libx264 -preset ultrafast -bf 2 -g 60 -b_strategy 0")
	f("hevc", "-c:v libx265 -preset ultrafast -g 60 -x265-params log-level=error:open-gop=0")
	f("av1", "-c:v libaom-av1 -cpu-used 8 -usage realtime -g 60")
	f("svtav1", "-c:v libsvtav1 -preset 12 -g 60")
	f("vp9", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 60")
}
