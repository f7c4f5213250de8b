package ts_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"headwater/packager"
	"headwater/packager/fmp4"
	"headwater/packager/ts"
)

// film is a presentation of clips that ffmpeg made, with the bytes of its track files.
type film struct {
	*packager.Presentation
	files map[packager.TrackID][]byte
}

func (f *film) read(t *packager.Track, dst []byte, offset int64) error {
	if n := copy(dst, f.files[t.ID][offset:]); n < len(dst) {
		return fmt.Errorf("%d of %d bytes", n, len(dst))
	}
	return nil
}

var (
	madeMu sync.Mutex
	made   = map[string]*film{}
)

// filmOf returns what newFilm does, made once for all tests.
func filmOf(t testing.TB, video, audio string) *film {
	t.Helper()
	madeMu.Lock()
	defer madeMu.Unlock()
	key := video + "\n" + audio
	if made[key] == nil {
		made[key] = newFilm(t, video, audio)
	}
	return made[key]
}

// newFilm encodes a video and an audio by ffmpeg's arguments; either may be empty. ids are "v" and "a".
func newFilm(t testing.TB, video, audio string) *film {
	t.Helper()
	f := &film{&packager.Presentation{Asset: "asset", Generation: 1, Grid: packager.Grid{ID: "grid"}}, map[packager.TrackID][]byte{}}
	var zero fmp4.Instant
	if video != "" {
		var file bytes.Buffer
		made, err := fmp4.PackageVideo(&file, bytes.NewReader(encode(t, video)), fmp4.VideoConfig{ID: "v"})
		if err != nil {
			t.Fatal(err)
		}
		f.Grid.Timescale, f.Grid.Cuts, zero = made.Track.Timescale, made.Cuts, made.Zero
		f.add(made.Track, file.Bytes())
	}
	if audio != "" {
		cfg := fmp4.AudioConfig{ID: "a", Language: "fr", Zero: zero, Default: true}
		if video != "" {
			cfg.Grid = &f.Grid
		}
		var file bytes.Buffer
		made, err := fmp4.PackageAudio(&file, bytes.NewReader(encode(t, audio)), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if video == "" {
			f.Grid.Timescale, f.Grid.Cuts = made.Track.Timescale, made.Cuts
		}
		f.add(made.Track, file.Bytes())
	}
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *film) add(t packager.Track, file []byte) {
	f.Tracks = append(f.Tracks, t)
	f.files[t.ID] = file
}

func encode(t testing.TB, args string) []byte {
	t.Helper()
	const muxed = " -copyts -avoid_negative_ts disabled -use_editlist 0 -movflags +frag_discont+empty_moov+default_base_moof+delay_moov " +
		"-frag_duration 1000000 -strict experimental -f mp4 pipe:1"
	return ffmpeg(t, strings.Fields(args+muxed)...)
}

// ffmpeg runs ffmpeg, which must not complain, and returns its output.
func ffmpeg(t testing.TB, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("ffmpeg", append([]string{"-v", "warning", "-nostdin", "-y"}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.Bytes()
}

// resource returns the segment of the tracks that are named, such as "v+a".
func resource(tracks string, targetSeconds, number int) packager.Resource {
	track, audio, _ := strings.Cut(tracks, "+")
	return packager.Resource{
		Kind: packager.TSSegment, Track: packager.TrackID(track), Audio: packager.TrackID(audio), TargetSeconds: targetSeconds, Number: number,
	}
}

// segment makes one segment.
func (f *film) segment(t testing.TB, tracks string, targetSeconds, number int) []byte {
	t.Helper()
	segment, err := ts.Append(nil, f.Presentation, resource(tracks, targetSeconds, number), f.read)
	if err != nil {
		t.Fatal(err)
	}
	return segment
}

// segments makes all segments, the last one first.
func (f *film) segments(t testing.TB, tracks string, targetSeconds int) [][]byte {
	t.Helper()
	all := make([][]byte, f.Segmentation(targetSeconds).Len())
	for i := range slices.Backward(all) {
		all[i] = f.segment(t, tracks, targetSeconds, i+1)
	}
	return all
}

// decoded returns the hash of each decoded frame of a stream of a file, in order, and demands that ffmpeg decodes without a word.
func decoded(t testing.TB, file []byte, selector string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "media")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for line := range strings.Lines(string(ffmpeg(t, "-i", path, "-map", selector, "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "framemd5", "-"))) {
		if fields := strings.Split(line, ","); !strings.HasPrefix(line, "#") {
			hashes = append(hashes, strings.TrimSpace(fields[len(fields)-1]))
		}
	}
	return hashes
}

const (
	pictures = "-f lavfi -i testsrc2=size=320x180:rate=%s:duration=5 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -video_track_timescale %s "
	tone     = "-f lavfi -i aevalsrc=0.4*sin(500*t*t)%s:duration=5.1:sample_rate=%d "
)

func video(rate, timescale, rest string) string { return fmt.Sprintf(pictures, rate, timescale) + rest }
func audio(rate int, layout, rest string) string {
	return fmt.Sprintf(tone, layout, rate) + rest
}

var films = []struct{ name, video, audio string }{
	{"no B-frames", video("25", "12800", "-g 50 -bf 0"), audio(48000, "", "-c:a aac")},
	{"pyramid", video("30000/1001", "30000", "-g 60 -bf 5 -x264-params b-pyramid=normal:ref=4"), audio(44100, "", "-c:a aac")},
	{"12.5 Hz", video("25/2", "12800", "-g 25 -bf 2"), audio(32000, "", "-c:a aac")},
	{"5 Hz", video("5", "10240", "-g 10 -bf 2"), audio(48000, ":c=stereo", "-c:a libmp3lame")},
	{"several keys an interval", video("50", "12800", "-g 10 -force_key_frames 0,2,4,6"), audio(24000, ":c=stereo", "-c:a libmp3lame")},
	{"variable rate", video("30", "90000", "-g 60 -bf 3 -vf select='not(mod(n\\,3)*mod(n\\,7))' -fps_mode vfr"), audio(48000, ":c=5.1", "-c:a ac3")},
	{"no sound", video("24", "12288", "-g 48 -bf 3"), ""},
	{"AAC alone", "", audio(48000, ":c=5.1", "-c:a aac")},
	{"E-AC-3 alone", "", audio(48000, ":c=5.1", "-c:a eac3")},
	{"slow AAC alone", "", audio(8000, "", "-c:a aac -b:a 24k")},
}

// sampled returns all films, or every third where a sample will do.
func sampled[T any](all []T) (some []T) {
	for i := range all {
		if !testing.Short() || i%4 == 1 {
			some = append(some, all[i])
		}
	}
	return some
}

// TestAppend_plays holds that a transport stream shows the pictures and the sound that are stored.
func TestAppend_plays(t *testing.T) {
	for _, test := range sampled(films) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := filmOf(t, test.video, test.audio)
			forms := []string{}
			for i := range f.Tracks {
				forms = append(forms, string(f.Tracks[i].ID))
			}
			if len(f.Tracks) == 2 {
				forms = append(forms, "v+a")
			}
			for _, form := range forms {
				stream := bytes.Join(f.segments(t, form, 4), nil)
				for id := range strings.SplitSeq(form, "+") {
					want, got := decoded(t, f.files[packager.TrackID(id)], "0:0"), decoded(t, stream, "0:"+id)
					if len(want) == 0 || !slices.Equal(want, got) {
						t.Errorf("%s of %s: %d frames stored, %d in the stream, or other ones", id, form, len(want), len(got))
					}
				}
			}
		})
	}
}
