package lint

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestForeignStreams judges what ffmpeg's HLS muxer makes. The rules that it breaks are known: it takes AVERAGE-BANDWIDTH
// and FRAME-RATE for optional, guesses BANDWIDTH, lists no I-frames, begins segments with an SDT, and lets sound begin before the pictures.
func TestForeignStreams(t *testing.T) {
	known := []string{"hls-average-bandwidth", "hls-bandwidth", "hls-exact-rates", "hls-frame-rate", "hls-i-frame-lists", "hls-independent-segments", "ts-offset", "ts-tables-first"}
	f := func(name, playlist, args string, also ...string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "transport" && name != "sound" {
				t.Skip("a sample will do")
			}
			for _, finding := range HLS(playlist, ffmpegHLS(t, args)) {
				if !slices.Contains(append(also, known...), finding.Rule) {
					t.Error(finding)
				}
			}
		})
	}
	const (
		picture = "-f lavfi -i testsrc2=size=320x180:rate=30000/1001:duration=5 "
		sound   = "-f lavfi -i sine=sample_rate=48000:duration=5.1 "
		avc     = "-pix_fmt yuv420p -force_key_frames expr:gte(t,n_forced*2) -c:v libx264 -preset ultrafast -bf 2 -profile:v high -flags +cgop "
	)
	f("transport", "/m.m3u8", picture+sound+avc+"-ac 2 -c:a aac")
	f("one file", "/m.m3u8", picture+sound+avc+"-ac 2 -c:a aac -hls_flags single_file")
	f("mp3", "/v.m3u8", picture+sound+avc+"-c:a libmp3lame", "hls-stereo", "hls-codecs")
	f("ac-3", "/m.m3u8", picture+sound+avc+"-c:a ac3", "hls-stereo", "hls-codecs")
	f("e-ac-3", "/m.m3u8", picture+sound+avc+"-c:a eac3", "hls-stereo", "hls-codecs")
	f("silent", "/v.m3u8", picture+avc)
	f("sound", "/m.m3u8", sound+"-ac 2 -c:a aac", "ts-pcr-interval")
}

// ffmpegHLS returns a fetch of what ffmpeg's HLS muxer writes.
func ffmpegHLS(t *testing.T, args string) Fetch {
	t.Helper()
	return ffmpegFiles(t, args+" -f hls -hls_time 2 -hls_playlist_type vod -master_pl_name m.m3u8 v.m3u8")
}

// ffmpegFiles runs ffmpeg and returns a fetch of the files that it wrote.
func ffmpegFiles(t *testing.T, args string) Fetch {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("no ffmpeg")
	}
	dir := t.TempDir()
	all := "-v error -nostdin " + args
	cmd := exec.Command("ffmpeg", strings.Fields(all)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return Whole(func(url string) (Response, error) {
		b, err := os.ReadFile(filepath.Join(dir, filepath.Base(url)))
		if err != nil {
			return Response{}, fmt.Errorf("404")
		}
		return Response{Body: b}, nil
	})
}
