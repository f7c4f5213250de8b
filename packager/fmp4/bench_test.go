package fmp4

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func BenchmarkPackageVideo(b *testing.B) {
	source := encode(b, append(lavfi("testsrc2=s=1280x720:r=30:d=8"), strings.Fields(x264+"-bf 2 -b:v 8M")...)...)
	run := func() {
		if _, err := PackageVideo(io.Discard, bytes.NewReader(source), VideoConfig{ID: "v1"}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("one", func(b *testing.B) {
		b.SetBytes(int64(len(source)))
		b.ReportAllocs()
		for b.Loop() {
			run()
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.SetBytes(int64(len(source)))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				run()
			}
		})
	})
}

func BenchmarkPackageAudio(b *testing.B) {
	source := encode(b, append(lavfi("sine=d=60:r=48000"), "-c:a", "aac", "-b:a", "128k")...)
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := PackageAudio(io.Discard, bytes.NewReader(source), AudioConfig{ID: "a1"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	source := encode(b, append(lavfi("testsrc2=s=64x36:r=30:d=60"), strings.Fields(x264)...)...)
	file, _ := packageVideo(b, source, VideoConfig{})
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Scan(bytes.NewReader(file), int64(len(file)), "v1"); err != nil {
			b.Fatal(err)
		}
	}
}
