package fmp4

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headwater/packager"
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

// lavfi are the input arguments of a test picture.
func lavfi(filter string) []string { return []string{"-f", "lavfi", "-i", filter} }

// x264 are arguments of a quick H.264 encode with a key frame every two seconds at 30 Hz.
const x264 = "-c:v libx264 -preset ultrafast -g 60 -sc_threshold 0 "

func TestPackageVideo(t *testing.T) {
	const picture = "testsrc2=s=320x180:r=30:d=4.5"
	f := func(name, filter, args, codec string, rate packager.FrameRate, fragments int) {
		t.Run(name, func(t *testing.T) {
			source := encode(t, append(lavfi(filter), strings.Fields(args)...)...)
			file, result := packageVideo(t, source, VideoConfig{Language: "en-GB", Label: "Main & other", Role: packager.RoleAlternate})
			track := &result.Track
			checkVideo(t, source, file, result)
			if track.Codec != codec || track.Video.FrameRate != rate || len(track.Fragments) != fragments {
				t.Errorf("%s at %v in %d fragments, want %s at %v in %d", track.Codec, track.Video.FrameRate,
					len(track.Fragments), codec, rate, fragments)
			}
			if track.Video.Width != 320 || track.Video.Height != 180 || track.Language != "en-GB" ||
				track.Label != "Main & other" || track.Role != packager.RoleAlternate {
				t.Errorf("described as %+v", track)
			}
		})
	}
	rate30 := packager.FrameRate{Num: 30, Den: 1}
	f("H.264 with B-frames", picture, x264+"-bf 2 -b_strategy 0", "avc1.4D400D", rate30, 3)
	f("H.264 with a B-pyramid", picture, x264+"-preset veryfast -bf 5 -b-pyramid normal -b_strategy 0", "avc1.64000D", rate30, 3)
	f("H.264 without B-frames", picture, x264+"-tune zerolatency -threads 1", "avc1.42C00D", rate30, 3)
	f("H.264 at 29.97 Hz", "testsrc2=s=320x180:r=30000/1001:d=4.5", x264+"-bf 2", "avc1.4D400D", packager.FrameRate{Num: 30000, Den: 1001}, 3)
	f("late start", picture+",setpts=PTS+1.444/TB", x264+"-bf 2 -enc_time_base -1", "avc1.4D400D", rate30, 3)
	f("variable frame rate", picture+",select=lt(mod(n\\,7)\\,4)", x264+"-bf 2 -fps_mode passthrough -enc_time_base -1",
		"avc1.4D400D", packager.FrameRate{Num: 17333, Den: 1000}, 2)
	f("H.264 with an open GOP", picture, x264+"-preset veryfast -bf 3 -x264-params open-gop=1", "avc1.64000D", rate30, 1)
	f("HEVC", picture, "-c:v libx265 -preset ultrafast -g 60 -x265-params log-level=error:open-gop=0:bframes=3",
		"hvc1.1.6.L60.90", rate30, 3)
	f("HEVC 10 bit", picture, "-c:v libx265 -preset ultrafast -g 60 -pix_fmt yuv420p10 -x265-params log-level=error:open-gop=0",
		"hvc1.2.4.L60.90", rate30, 3)
	f("HEVC with an open GOP", picture, "-c:v libx265 -preset ultrafast -g 30 -x265-params log-level=error:open-gop=1:bframes=3",
		"hvc1.1.6.L60.90", rate30, 1)
	f("AV1", picture, "-c:v libsvtav1 -preset 12 -g 60", "av01.0.00M.08", rate30, 3)
	f("AV1 by another encoder", picture, "-c:v libaom-av1 -cpu-used 8 -usage realtime -g 60"+delayed, "av01.0.00M.08", rate30, 3)
	f("VP9", picture, "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 60", "vp09.00.11.08", rate30, 3)
}

// checkVideo holds a packaged file to all that must be true of any.
func checkVideo(t *testing.T, source, file []byte, result VideoResult) {
	t.Helper()
	track := &result.Track
	checkCMAF(t, file, track)
	if got, want := decoded(t, file), decoded(t, source); !slices.Equal(got, want) {
		t.Errorf("%d frames decode otherwise than the source's %d", len(got), len(want))
	}
	if start := probe(t, file).StartTime; start != "0.000000" {
		t.Errorf("starts at %s", start)
	}
	scanned, _, err := Scan(bytes.NewReader(file), int64(len(file)), track.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*track, scanned); diff != "" {
		t.Errorf("packaged and scanned differ (-packaged +scanned):\n%s", diff)
	}
	presentation := packager.Presentation{
		Asset: "a", Generation: 1,
		Grid:   packager.Grid{ID: "g", Timescale: track.Timescale, Cuts: result.Cuts},
		Tracks: []packager.Track{*track},
	}
	if err := presentation.Validate(); err != nil {
		t.Error(err)
	}
}

// stream is what ffprobe says of a stream.
type stream struct {
	StartTime string `json:"start_time"`
	Color     string `json:"color_transfer"`
}

func probe(t *testing.T, file []byte) stream {
	t.Helper()
	path := filepath.Join(t.TempDir(), "media.mp4")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ffprobe", "-v", "error", "-show_streams", "-of", "json", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct{ Streams []stream }
	if err := json.Unmarshal(out, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed.Streams[0]
}

func TestPackageVideo_zeroIsTheFirstPresentedPicture(t *testing.T) {
	f := func(name, args string) {
		t.Run(name, func(t *testing.T) {
			source := encode(t, append(lavfi("testsrc2=s=64x36:r=30:d=1,setpts=PTS+1.5/TB"), strings.Fields(args)...)...)
			_, result := packageVideo(t, source, VideoConfig{})
			if got := result.Zero.in(1000); got != 1500 {
				t.Errorf("zero at %d ms of the source, want 1500", got)
			}
		})
	}
	f("moov first", x264+"-bf 2 -enc_time_base -1")
	f("moov after the first packets", x264+"-bf 2 -enc_time_base -1"+delayed)
}

func TestPackageVideo_colour(t *testing.T) {
	f := func(name, args string, want packager.Colour) {
		t.Run(name, func(t *testing.T) {
			source := encode(t, append(lavfi("testsrc2=s=64x36:r=10:d=0.5"), strings.Fields(args)...)...)
			_, result := packageVideo(t, source, VideoConfig{})
			if got := result.Track.Video.Colour; got != want {
				t.Errorf("colour %+v, want %+v", got, want)
			}
		})
	}
	const bt709 = " -color_primaries bt709 -color_trc bt709 -colorspace bt709"
	const pq = " -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"
	f("none", x264, unspecifiedColour)
	f("H.264", x264+bt709, packager.Colour{Primaries: 1, Transfer: 1, Matrix: 1})
	f("H.264 full range", x264+"-color_range pc"+bt709, packager.Colour{Primaries: 1, Transfer: 1, Matrix: 1, FullRange: true})
	f("HEVC", "-c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p10"+pq,
		packager.Colour{Primaries: 9, Transfer: 16, Matrix: 9})
	f("VP9", "-c:v libvpx-vp9 -deadline realtime"+bt709, packager.Colour{Primaries: 1, Transfer: 1, Matrix: 1})
}

func TestPackageVideo_plannedCuts(t *testing.T) {
	source := encode(t, append(lavfi("testsrc2=s=64x36:r=10:d=5"), strings.Fields(x264+"-g 5")...)...)
	f := func(name string, planned []packager.Ticks, want ...packager.Ticks) {
		t.Run(name, func(t *testing.T) {
			cuts := []Instant{}
			for _, ms := range planned {
				cuts = append(cuts, Instant{Ticks: ms, Timescale: 1000})
			}
			_, result := packageVideo(t, source, VideoConfig{Cuts: cuts})
			var got []packager.Ticks
			for _, cut := range result.Cuts {
				got = append(got, packager.Rescale(cut, result.Track.Timescale, 1000))
			}
			if !slices.Equal(got, want) {
				t.Errorf("cut at %d, want %d", got, want)
			}
		})
	}
	f("on key frames", []packager.Ticks{0, 2000, 4000}, 0, 2000, 4000, 5000)
	f("rounded", []packager.Ticks{1, 2001, 3999}, 0, 2000, 4000, 5000)
	f("between key frames", []packager.Ticks{0, 2100, 3900}, 0, 2500, 4000, 5000)
	f("with an end", []packager.Ticks{0, 2000, 4950}, 0, 2000, 4950)
	f("with an end far away", []packager.Ticks{0, 2000, 9000}, 0, 2000, 5000)
	f("none", nil, 0, 5000)
}

func TestPackageVideo_transportStream(t *testing.T) {
	path := filepath.Join(t.TempDir(), "source.ts")
	f := func(name, args string) {
		t.Run(name, func(t *testing.T) {
			ffmpeg(t, append(append(lavfi("testsrc2=s=320x180:r=30:d=3"), strings.Fields(args)...), "-f", "mpegts", path)...)
			source := encode(t, "-i", path, "-c", "copy")
			file, result := packageVideo(t, source, VideoConfig{})
			checkVideo(t, source, file, result)
			for _, start := range []string{"\x00\x00\x00\x02\x09", "\x00\x00\x00\x03\x46"} {
				if bytes.Contains(file[len(result.Track.Init):], []byte(start)) {
					t.Error("access unit delimiters are left")
				}
			}
		})
	}
	f("H.264", x264+"-bf 2")
	f("HEVC", "-c:v libx265 -preset ultrafast -g 60 -x265-params log-level=error:open-gop=0")
}

func TestPackageVideo_unsuitable(t *testing.T) {
	f := func(name, filter, args, want string) {
		t.Run(name, func(t *testing.T) {
			source := encode(t, append(lavfi(filter), strings.Fields(args)...)...)
			_, err := PackageVideo(&bytes.Buffer{}, bytes.NewReader(source), VideoConfig{ID: "v1"})
			var unsuitable *UnsuitableError
			if !errors.As(err, &unsuitable) || !strings.Contains(unsuitable.Reason, want) {
				t.Errorf("error %v, want one about %q", err, want)
			}
		})
	}
	const picture = "testsrc2=s=320x192:r=30:d=2"
	f("H.264 fields", picture, x264+"-flags +ildct+ilme", "interlaced")
	f("pixels", picture+",setsar=4/3", x264, "aspect ratio 4:3")
	f("HEVC pixels", picture+",setsar=4/3", "-c:v libx265 -preset ultrafast -x265-params log-level=error", "aspect ratio 4:3")
	f("codec", picture, "-c:v mpeg4", "video codec")
	f("audio", "sine=d=1", "-c:a aac", "not a video codec")
}

func TestPackageVideo_parameterSetsChange(t *testing.T) {
	dir := t.TempDir()
	joined := filepath.Join(dir, "joined.ts")
	var streams []byte
	for _, filter := range []string{"testsrc2=s=64x36:r=30:d=1", "testsrc2=s=128x72:r=30:d=1,setpts=PTS+2/TB"} {
		path := filepath.Join(dir, "part.ts")
		ffmpeg(t, append(append(lavfi(filter), strings.Fields(x264)...), "-f", "mpegts", path)...)
		part, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, part...)
	}
	if err := os.WriteFile(joined, streams, 0o600); err != nil {
		t.Fatal(err)
	}
	source := encode(t, "-i", joined, "-c", "copy")
	_, err := PackageVideo(&bytes.Buffer{}, bytes.NewReader(source), VideoConfig{ID: "v1"})
	var unsuitable *UnsuitableError
	if !errors.As(err, &unsuitable) || !strings.Contains(unsuitable.Reason, "parameter sets") {
		t.Errorf("error %v, want one about parameter sets", err)
	}
}
