package lint

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"headwater/packager"
	"headwater/packager/fmp4"
)

// muxed ends every encode of the service: one track as fragmented MP4 with the source's timestamps.
const muxed = " -copyts -avoid_negative_ts disabled -use_editlist 0 -movflags +frag_discont+empty_moov+default_base_moof" +
	" -frag_duration 1000000 -strict experimental -f mp4 pipe:1"

func encode(t *testing.T, args string) *bytes.Buffer {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("ffmpeg", strings.Fields("-v warning -nostdin "+args+muxed)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", args, err, stderr.String())
	}
	return &stdout
}

// packageAll packages the encodes of one source: video first, audio on the grid of the first video.
func packageAll(t *testing.T, video, audio []string) (*packager.Presentation, map[packager.TrackID][]byte) {
	t.Helper()
	p := &packager.Presentation{Asset: "asset", Generation: 1, Checksum: 1}
	files := map[packager.TrackID][]byte{}
	var zero fmp4.Instant
	for i, args := range video {
		var file bytes.Buffer
		id := packager.TrackID("v" + string('1'+rune(i)))
		result, err := fmp4.PackageVideo(&file, encode(t, args), fmp4.VideoConfig{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			p.Grid = packager.Grid{ID: "grid", Timescale: result.Track.Timescale, Cuts: result.Cuts}
			zero = result.Zero
		}
		p.Tracks, files[id] = append(p.Tracks, result.Track), file.Bytes()
	}
	for i, args := range audio {
		var file bytes.Buffer
		cfg := fmp4.AudioConfig{ID: packager.TrackID("a" + string('1'+rune(i))), Zero: zero}
		if len(video) > 0 {
			cfg.Grid = &p.Grid
		}
		result, err := fmp4.PackageAudio(&file, encode(t, args), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if len(video) == 0 {
			p.Grid = packager.Grid{ID: "grid", Timescale: result.Track.Timescale, Cuts: result.Cuts}
		}
		p.Tracks, files[cfg.ID] = append(p.Tracks, result.Track), file.Bytes()
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	return p, files
}

// TestRealMedia judges what fmp4 makes of ffmpeg's encodes, with the manifests that hls and dash write for it.
func TestRealMedia(t *testing.T) {
	picture := func(rate, size, codec string) string {
		return "-f lavfi -i testsrc2=size=" + size + ":rate=" + rate + ":duration=9 -pix_fmt yuv420p -force_key_frames expr:gte(t,n_forced*2) " + codec
	}
	sound := func(codec string) string { return "-f lavfi -i sine=sample_rate=48000:duration=9.1 " + codec }
	const (
		avc  = "-c:v libx264 -preset ultrafast -bf 2 -profile:v high -flags +cgop"
		hevc = "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=error:open-gop=0:keyint=60"
	)
	f := func(name string, video, audio []string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			p, files := packageAll(t, video, audio)
			for _, finding := range Stream(master, mpdURL, newSite(t, p, files).fetch) {
				t.Error(finding)
			}
		})
	}
	f("avc", []string{picture("30000/1001", "320x180", avc), picture("30000/1001", "160x90", avc)}, []string{sound("-ac 2 -c:a aac")})
	f("hevc", []string{picture("25", "320x180", hevc)}, []string{sound("-ac 2 -c:a aac"), sound("-ac 6 -c:a aac")})
	f("vp9", []string{picture("24", "160x90", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8")}, nil)
	f("audio", nil, []string{sound("-ac 2 -c:a aac")})
}
