package ffmpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"headwater/packager"
)

// flashAndBeep makes 5 s of black with one white picture at 1 s and one at 3 s, and of silence with a tone of 50 ms that
// begins at full strength at the same instants.
func flashAndBeep(t *testing.T, name string, frameRate, sampleRate int, encode ...string) *os.File {
	t.Helper()
	flash := fmt.Sprintf("color=black:s=160x90:r=%d:d=5,format=yuv420p,drawbox=c=white:t=fill:enable='eq(mod(n,%d),%d)'",
		frameRate, 2*frameRate, frameRate)
	beep := fmt.Sprintf("aevalsrc='if(between(mod(t,2),1,1.05),0.8*cos(2*PI*1000*(mod(t,2)-1)),0)':s=%d:d=5", sampleRate)
	args := []string{"-f", "lavfi", "-i", flash, "-f", "lavfi", "-i", beep, "-c:v", "libx264", "-preset", "veryfast"}
	return generate(t, name, append(args, encode...)...)
}

// remux writes file again with other options before and after its name.
func remux(t *testing.T, file *os.File, name string, before, after []string) *os.File {
	t.Helper()
	args := append(append(before, "-i", file.Name()), after...)
	return generate(t, name, append(args, "-c", "copy")...)
}

// flashes returns the times at which white pictures begin in the stream of path, in seconds.
func flashes(t *testing.T, path, stream string) []float64 {
	t.Helper()
	out := tool(t, "ffmpeg", "-copyts", "-i", path, "-map", stream, "-vf", "signalstats,metadata=mode=print:file=-",
		"-fps_mode", "passthrough", "-f", "null", "-")
	var times []float64
	var now, luma float64
	for line := range strings.Lines(string(out)) {
		if _, text, found := strings.Cut(strings.TrimSpace(line), "pts_time:"); found {
			now = number(t, text)
		}
		if text, found := strings.CutPrefix(strings.TrimSpace(line), "lavfi.signalstats.YAVG="); found {
			before := luma
			if luma = number(t, text); luma > 128 && before <= 128 {
				times = append(times, now)
			}
		}
	}
	return times
}

// beeps returns the times at which tones begin in the stream of path, in seconds, by counting samples from the first.
func beeps(t *testing.T, path, stream string) []float64 {
	t.Helper()
	shown := string(tool(t, "ffprobe", "-select_streams", stream[2:], "-show_entries", "frame=pts_time:stream=sample_rate",
		"-of", "default=noprint_wrappers=1:nokey=1", path))
	lines := strings.Fields(shown)
	first, rate := number(t, lines[0]), number(t, lines[len(lines)-1])

	raw := tool(t, "ffmpeg", "-copyts", "-i", path, "-map", stream, "-ac", "1", "-f", "f32le", "-")
	var times []float64
	quiet := math.Inf(1)
	for i := 0; i+4 <= len(raw); i += 4 {
		level := math.Abs(float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[i:]))))
		if level < 0.3 {
			quiet++
			continue
		}
		if quiet > rate/2 {
			times = append(times, first+float64(i/4)/rate)
		}
		quiet = 0
	}
	return times
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// A flash and its beep must stay as far apart in every rendition as they are in the source, within 1 ms.
func TestRecipe_KeepsSync(t *testing.T) {
	bFrames := []string{"-bf", "3", "-g", "25", "-c:a", "aac"}
	for i, test := range []struct {
		name   string
		source func(t *testing.T) *os.File
		want   []float64 // nil: as measured in the source
	}{
		{"mp4", func(t *testing.T) *os.File { return flashAndBeep(t, "a.mp4", 25, 48_000, "-bf", "0", "-c:a", "aac") }, nil},
		{"B-frames", func(t *testing.T) *os.File { return flashAndBeep(t, "a.mp4", 25, 48_000, bFrames...) }, nil},
		{"transport stream", func(t *testing.T) *os.File { return flashAndBeep(t, "a.ts", 25, 48_000, bFrames...) }, nil},
		{"mkv with opus", func(t *testing.T) *os.File {
			return flashAndBeep(t, "a.mkv", 30, 48_000, "-bf", "3", "-c:a", "libopus")
		}, nil},
		{"avi with mp3", func(t *testing.T) *os.File {
			return flashAndBeep(t, "a.avi", 25, 48_000, "-bf", "0", "-c:a", "libmp3lame")
		}, nil},
		{"sound 200 ms late", func(t *testing.T) *os.File {
			file := flashAndBeep(t, "a.mp4", 25, 48_000, bFrames...)
			return remux(t, file, "b.mp4", []string{"-i", file.Name(), "-itsoffset", "0.2"}, []string{"-map", "0:v", "-map", "1:a"})
		}, nil},
		{"sound 150 ms early", func(t *testing.T) *os.File {
			file := flashAndBeep(t, "a.mp4", 25, 48_000, bFrames...)
			return remux(t, file, "b.ts", []string{"-i", file.Name(), "-itsoffset", "-0.15"}, []string{"-map", "0:v", "-map", "1:a"})
		}, nil},
		{"edit list", func(t *testing.T) *os.File {
			return remux(t, flashAndBeep(t, "a.mp4", 25, 48_000, bFrames...), "b.mp4", []string{"-ss", "0.5"}, nil)
		}, nil},
		{"44.1 kHz", func(t *testing.T) *os.File { return flashAndBeep(t, "a.mp4", 30, 44_100, bFrames...) }, nil},
		{"mono 8 kHz", func(t *testing.T) *os.File {
			return flashAndBeep(t, "a.mp4", 25, 8_000, "-bf", "3", "-c:a", "aac", "-ac", "1")
		}, nil},
		{"hole in the sound", func(t *testing.T) *os.File {
			return flashAndBeep(t, "a.mkv", 25, 48_000, "-af", "aselect='not(between(t,1.5,2.2))'", "-c:a", "flac")
		}, []float64{0, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if testing.Short() && i%3 != 0 {
				t.Skip("a sample of them is enough for -short")
			}
			file := test.source(t)
			for _, ladder := range []Ladder{quick(90, 48), encodeOnly(90, 48)} {
				_, plan := planOf(t, file, ladder)
				want := test.want
				if want == nil {
					want = offsets(t, file.Name(), file.Name(), "0:v", "0:a")
				}
				for _, recipe := range []*Recipe{plan.Passthrough, plan.Ladder} {
					if recipe != nil && recipe.Outputs[len(recipe.Outputs)-1].Kind == packager.Audio {
						checkSync(t, plan, recipe, file, want)
					}
				}
				if plan.Passthrough == nil {
					break // all is encoded already
				}
			}
		})
	}
}

// offsets returns how much later than each flash of the video its beep is heard, in seconds.
func offsets(t *testing.T, video, audio, videoStream, audioStream string) []float64 {
	t.Helper()
	seen, heard := flashes(t, video, videoStream+":0"), beeps(t, audio, audioStream+":0")
	if len(seen) != 2 || len(heard) != 2 {
		t.Fatalf("flashes at %v, beeps at %v", seen, heard)
	}
	return []float64{heard[0] - seen[0], heard[1] - seen[1]}
}

func checkSync(t *testing.T, plan *Plan, recipe *Recipe, file *os.File, want []float64) {
	t.Helper()
	paths := execute(t, recipe, file)
	last := len(paths) - 1
	for i, o := range recipe.Outputs[:last] {
		for j, got := range offsets(t, paths[i], paths[last], "0:v", "0:a") {
			if math.Abs(got-want[j]) > 0.001 {
				t.Errorf("%dx%d copy %t: beep %d is %.4f s after its flash, in the source %.4f s",
					o.Width, o.Height, o.Copy, j, got, want[j])
			}
		}
		if first := probeStored(t, paths[i]).earliest(); first != plan.Zero {
			t.Errorf("%dx%d: first picture at %d, zero is %d", o.Width, o.Height, first, plan.Zero)
		}
	}
	checkPriming(t, plan, recipe.Outputs[last], probeStored(t, paths[last]))
}

// checkPriming demands that encoded sound begins one packet before zero and covers the pictures.
func checkPriming(t *testing.T, plan *Plan, o Output, sound stored) {
	t.Helper()
	zero := packager.Rescale(plan.Zero, plan.Timescale, packager.Timescale(o.SampleRate))
	end := packager.Rescale(plan.End, plan.Timescale, packager.Timescale(o.SampleRate))
	packets := sound.Packets
	if first := packets[0].PTS; !o.Copy && first != zero-aacFrameSamples {
		t.Errorf("first packet at %d, want %d", first, zero-aacFrameSamples)
	}
	if last := packets[len(packets)-1].PTS + aacFrameSamples; last < end-aacFrameSamples/2 {
		t.Errorf("sound ends at %d, pictures at %d", last, end)
	}
	for i := 1; i < len(packets); i++ {
		if gap := packets[i].PTS - packets[i-1].PTS; !o.Copy && gap != aacFrameSamples {
			t.Errorf("packet %d comes %d samples after the one before", i, gap)
		}
	}
}

func (s stored) earliest() packager.Ticks {
	first := s.Packets[0].PTS
	for _, p := range s.Packets {
		first = min(first, p.PTS)
	}
	return first
}

// Broadcasts change their sound in the middle. The filters begin again there; the timeline must not. A packet that is
// filled up at the seam may shift what follows by less than its length.
func TestRecipe_SoundThatChangesKeepsItsTime(t *testing.T) {
	file := joined(t,
		[]string{"-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=2", "-f", "lavfi", "-i", "sine=d=1.98", "-c:a", "ac3", "-ac", "2"},
		[]string{"-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2", "-c:a", "ac3", "-ac", "6"})
	_, plan := planOf(t, file, encodeOnly(90))
	packets := probeStored(t, execute(t, plan.Ladder, file)[1]).Packets
	for i, p := range packets {
		if drift := p.PTS - packets[0].PTS - packager.Ticks(i)*aacFrameSamples; drift <= -aacFrameSamples || drift >= aacFrameSamples {
			t.Fatalf("packet %d is %d samples from its place", i, drift)
		}
	}
}

// The size of the picture may change too: the renditions keep theirs.
func TestRecipe_PictureThatChangesKeepsItsSize(t *testing.T) {
	file := joined(t,
		[]string{"-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=2", "-c:v", "mpeg2video"},
		[]string{"-f", "lavfi", "-i", "testsrc=s=320x180:r=25:d=2", "-c:v", "mpeg2video"})
	_, plan := planOf(t, file, encodeOnly(90))
	out := probeStored(t, execute(t, plan.Ladder, file)[0])
	if len(out.Packets) < 98 {
		t.Errorf("%d of 100 pictures are left", len(out.Packets))
	}
}

// Encoders refuse times that do not rise. Pictures that have them are dropped; the others keep theirs.
func TestRecipe_DropsPicturesThatComeTwice(t *testing.T) {
	part := []string{"-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=3", "-c:v", "mpeg2video", "-bf", "0"}
	file := joined(t, part, part)
	_, plan := planOf(t, file, encodeOnly(90))
	times := probeStored(t, execute(t, plan.Ladder, file)[0]).times()
	for i := 1; i < len(times); i++ {
		if step := times[i] - times[i-1]; step != 3600 {
			t.Errorf("picture %d comes %d ticks after the one before", i, step)
		}
	}
	if len(times) < 120 {
		t.Errorf("%d of 125 pictures are left", len(times))
	}
}

// joined makes a transport stream of two parts that follow each other in time.
func joined(t *testing.T, first, second []string) *os.File {
	t.Helper()
	var whole bytes.Buffer
	for i, args := range [][]string{first, second} {
		part := generate(t, "part.ts", append(args, "-output_ts_offset", strconv.Itoa(2*i))...)
		content, err := os.ReadFile(part.Name())
		if err != nil {
			t.Fatal(err)
		}
		whole.Write(content)
	}
	path := filepath.Join(t.TempDir(), "whole.ts")
	if err := os.WriteFile(path, whole.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}
