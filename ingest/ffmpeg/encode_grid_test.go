package ffmpeg

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"headwater/packager"
)

// Every rendition must show a picture at each of the source's times and begin its intervals at the same ones, in exact
// ticks. Scene changes must not add to them.
func TestRecipe_GridIsEqualInEveryRendition(t *testing.T) {
	scenes := func(rate, name string, encode ...string) func(*testing.T) *os.File {
		return func(t *testing.T) *os.File {
			return generate(t, name, append([]string{"-f", "lavfi", "-i", "testsrc2=s=160x90:r=" + rate + ":d=5",
				"-vf", "negate=enable='lt(mod(t,1.3),0.65)'", "-c:v", "libx264", "-preset", "veryfast"}, encode...)...)
		}
	}
	uneven := []string{"-vf", "negate=enable='lt(mod(t,1.3),0.65)',select='gt(mod(n*7,11),2)'", "-fps_mode", "passthrough"}
	for _, test := range []struct {
		name   string
		source func(*testing.T) *os.File
	}{
		{"23.976", scenes("24000/1001", "a.mp4")},
		{"25 in transport stream", scenes("25", "a.ts")},
		{"29.97", scenes("30000/1001", "a.mp4")},
		{"50", scenes("50", "a.mp4")},
		{"59.94", scenes("60000/1001", "a.mp4")},
		{"variable", scenes("30000/1001", "a.mp4", uneven...)},
		{"29.97 in milliseconds", scenes("30000/1001", "a.mkv")},
		{"variable in milliseconds", scenes("60000/1001", "a.mkv", uneven...)},
		{"begins late", scenes("25", "a.mp4", "-output_ts_offset", "0.7")},
		{"25 in avi", scenes("25", "a.avi", "-bf", "0")},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := test.source(t)
			ladder := encodeOnly(90, 64, 48)
			ladder.Preset = "veryfast" // with frames out of order, unlike the fastest
			for _, codec := range []string{"hevc", "av1", "vp9"} {
				if testing.Short() && test.name != "variable" {
					continue // other encoders take their time
				}
				ladder.Rungs = append(ladder.Rungs, Rung{Height: 64, Codec: codec, CRF: 50, MaxBitRate: 200_000, BufferBits: 300_000})
			}
			source, plan := planOf(t, file, ladder)
			times := pictureTimes(t, file.Name(), source.Video.TimeBase, plan.Timescale)
			grid := wantedKeys(times, plan)
			for i, path := range execute(t, plan.Ladder, file) {
				out := probeStored(t, path)
				if got := out.keys(); !slices.Equal(got, grid) {
					t.Errorf("rung %+v: keys at %v, want %v", plan.Ladder.Outputs[i].Rung, got, grid)
				}
				if got := out.times(); !slices.Equal(got, times) {
					t.Errorf("rung %+v: pictures at %v, want %v", plan.Ladder.Outputs[i].Rung, got, times)
				}
				if want := "1/" + strconv.Itoa(int(plan.Timescale)); out.Streams[0].TimeBase != want {
					t.Errorf("time base %s, want %s", out.Streams[0].TimeBase, want)
				}
			}
		})
	}
}

// pictureTimes returns the times of all pictures of a file in ticks of timescale.
func pictureTimes(t *testing.T, path string, base Rational, timescale packager.Timescale) []packager.Ticks {
	t.Helper()
	out := string(tool(t, "ffprobe", "-select_streams", "v", "-show_entries", "frame=best_effort_timestamp",
		"-of", "default=noprint_wrappers=1:nokey=1", path))
	var times []packager.Ticks
	for _, text := range strings.Fields(out) {
		ticks := packager.Ticks(number(t, text))
		times = append(times, ticks*packager.Ticks(base.Num*int64(timescale)/base.Den))
	}
	return times
}

// wantedKeys returns the first picture, and the first at or after each second second from it.
func wantedKeys(times []packager.Ticks, plan *Plan) (keys []packager.Ticks) {
	slack := packager.Ticks(plan.Timescale) / 2000
	for _, time := range times {
		if time+slack >= plan.Zero+packager.Ticks(2*len(keys))*packager.Ticks(plan.Timescale) {
			keys = append(keys, time)
		}
	}
	return keys
}

// times returns the presentation times of all packets, rising.
func (s stored) times() []packager.Ticks {
	times := make([]packager.Ticks, len(s.Packets))
	for i, p := range s.Packets {
		times[i] = p.PTS
	}
	slices.Sort(times)
	return times
}

// A ladder beside a copied source has its key frames exactly on the cuts that the source allows.
func TestRecipe_LadderFollowsTheGridOfTheSource(t *testing.T) {
	for _, test := range []struct{ name, file, rate, keys string }{
		{"every second", "a.mp4", "25", "expr:gte(t,n_forced)"},
		{"uneven keys at 29.97", "a.mp4", "30000/1001", "0.4,1,1.5,3.3,4,4.1"},
		{"in milliseconds", "a.mkv", "24000/1001", "0.5,1.7,2.9,3.1"},
		{"transport stream", "a.ts", "60000/1001", "expr:gte(t,n_forced*0.7)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := generate(t, test.file, "-f", "lavfi", "-i", "testsrc2=s=160x90:r="+test.rate+":d=5", "-c:v", "libx264",
				"-preset", "veryfast", "-forced-idr", "1", "-force_key_frames", test.keys, "-x264-params", noKeysOfItsOwn)
			_, plan := planOf(t, file, quick(90, 64, 48))
			if plan.Fit != Suits {
				t.Fatalf("%s: %s", plan.Fit, plan.Reason)
			}
			want := plan.Cuts[:len(plan.Cuts)-1]
			copied := probeStored(t, execute(t, plan.Passthrough, file)[0])
			for _, cut := range want {
				if !slices.Contains(copied.keys(), cut) {
					t.Errorf("copied video has keys at %v, cut wanted at %d", copied.keys(), cut)
				}
			}
			paths := execute(t, plan.Ladder, file)
			if len(paths) != 2 {
				t.Errorf("%d rungs beside the copied one, want 2", len(paths))
			}
			for _, path := range paths {
				out := probeStored(t, path)
				if got := out.keys(); !slices.Equal(got, want) {
					t.Errorf("keys at %v, want %v", got, want)
				}
				if !slices.Equal(out.times(), copied.times()) {
					t.Errorf("pictures at %v, copied ones at %v", out.times(), copied.times())
				}
			}
		})
	}
}
