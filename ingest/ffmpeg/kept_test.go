package ffmpeg

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
	"headwater/packager/fmp4"
)

// keptClip is a source with a flash and a beep at 1 s and at 3 s whose sound is kept.
type keptClip struct {
	name  string   // of the file
	sound []string // how its sound is made
	// recorded is a file of HE-AAC, which ffmpeg cannot make: the same beeps, 105 ms (v1) or 148 ms (v2) later, as
	// "fdkaac -p 5 -m 1 -f 2" and "fdkaac -p 29 -m 1 -f 2" encoded them.
	recorded string
	codec    string // of the kept track
	want     packager.AudioFormat
	short    bool // one of those for -short
}

var keptClips = []keptClip{
	{"a.mp4", nil, "v1.aac", "mp4a.40.5", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 2048}, false},
	{"a.ts", nil, "v1.aac", "mp4a.40.5", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 2048}, true},
	{"a.mkv", nil, "v1.aac", "mp4a.40.5", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 2048}, false},
	{"a.mp4", nil, "v2.aac", "mp4a.40.29", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 2048}, false},
	{"a.ts", nil, "v2.aac", "mp4a.40.29", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 2048}, false},
	{"a.mkv", nil, "v2.aac", "mp4a.40.29", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 2048}, false},
	{"a.mp4", []string{"-c:a", "ac3", "-ac", "2"}, "", "ac-3", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 1536}, false},
	{"a.ts", []string{"-c:a", "ac3", "-ac", "6"}, "", "ac-3", packager.AudioFormat{Channels: 6, SampleRate: 48000, FrameSamples: 1536}, true},
	{"a.mkv", []string{"-c:a", "ac3", "-ac", "6"}, "", "ac-3", packager.AudioFormat{Channels: 6, SampleRate: 48000, FrameSamples: 1536}, false},
	{"a.mp4", []string{"-c:a", "eac3", "-ac", "6"}, "", "ec-3", packager.AudioFormat{Channels: 6, SampleRate: 48000, FrameSamples: 1536}, true},
	{"a.ts", []string{"-c:a", "eac3", "-ac", "2"}, "", "ec-3", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 1536}, false},
	{"a.mkv", []string{"-c:a", "eac3", "-ac", "6"}, "", "ec-3", packager.AudioFormat{Channels: 6, SampleRate: 48000, FrameSamples: 1536}, false},
	{"a.mp4", []string{"-c:a", "libopus", "-ac", "2"}, "", "Opus", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 960}, false},
	{"a.mkv", []string{"-c:a", "libopus"}, "", "Opus", packager.AudioFormat{Channels: 1, SampleRate: 48000, FrameSamples: 960}, true},
	{"a.mkv", []string{"-c:a", "libopus", "-ac", "6", "-frame_duration", "60"}, "", "Opus",
		packager.AudioFormat{Channels: 6, SampleRate: 48000, FrameSamples: 2880}, false},
	{"a.mp4", []string{"-c:a", "flac", "-strict", "-2"}, "", "fLaC", packager.AudioFormat{Channels: 1, SampleRate: 48000, FrameSamples: 4608}, false},
	{"a.mkv", []string{"-c:a", "flac", "-sample_fmt", "s32", "-ar", "44100", "-ac", "2"}, "", "fLaC",
		packager.AudioFormat{Channels: 2, SampleRate: 44100, FrameSamples: 4608}, true},
	{"a.mp4", []string{"-c:a", "libmp3lame", "-ac", "2"}, "", "mp4a.6B", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 1152}, true},
	{"a.mkv", []string{"-c:a", "libmp3lame", "-ar", "44100"}, "", "mp4a.6B", packager.AudioFormat{Channels: 1, SampleRate: 44100, FrameSamples: 1152}, false},
}

func (c keptClip) generate(t *testing.T) *os.File {
	t.Helper()
	args := []string{"-f", "lavfi", "-i", "color=black:s=160x90:r=25:d=4,format=yuv420p,drawbox=c=white:t=fill:enable='eq(mod(n,50),25)'"}
	if c.recorded != "" {
		args = append(args, "-i", filepath.Join("testdata", "heaac", c.recorded), "-c:a", "copy")
	} else {
		args = append(args, "-f", "lavfi", "-i", "aevalsrc='if(between(mod(t,2),1,1.05),0.8*cos(2*PI*1000*(mod(t,2)-1)),0)':s=48000:d=4.1")
	}
	args = append(args, "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-bf", "2")
	return generate(t, c.name, append(args, c.sound...)...)
}

// Each packet of the source's sound that is heard with the pictures is stored, byte for byte, and no further from them than
// in the source.
func TestRecipe_KeepsSound(t *testing.T) {
	for _, clip := range keptClips {
		t.Run(clip.codec+" in "+clip.name, func(t *testing.T) {
			if testing.Short() && !clip.short {
				t.Skip("one container of each codec is enough for -short")
			}
			file := clip.generate(t)
			ladder := quick(90)
			ladder.PassthroughAudio = keptAudio
			_, plan := planOf(t, file, ladder)
			recipe := plan.Passthrough
			if recipe == nil {
				recipe = plan.Ladder
			}
			made := packageRecipe(t, plan, recipe, execute(t, recipe, file))
			kept := made[len(made)-1]
			if !kept.output.Copy || !kept.output.Expendable || kept.track.Codec != clip.codec || kept.track.Audio != clip.want {
				t.Fatalf("the last output is %+v: %s %+v, want %s %+v", kept.output, kept.track.Codec, kept.track.Audio, clip.codec, clip.want)
			}
			if beside := made[len(made)-2].track; beside.Codec != "mp4a.40.2" {
				t.Errorf("beside it stands %s", beside.Codec)
			}
			checkPackets(t, file.Name(), kept.path)
			want := offsets(t, file.Name(), file.Name(), "0:v", "0:a")
			for i, got := range offsets(t, made[0].path, kept.path, "0:v", "0:a") {
				if math.Abs(got-want[i]) > 0.001 {
					t.Errorf("beep %d is %.4f s after its flash, in the source %.4f s", i, got, want[i])
				}
			}
		})
	}
}

// Sound that ends before the pictures is followed by silence in its own encoding, and decodes as one.
func TestRecipe_KeepsSoundThatEndsEarly(t *testing.T) {
	for i, args := range [][]string{
		{"-c:a", "eac3", "-ac", "6"}, {"-c:a", "ac3", "-ac", "6", "-b:a", "448k"}, {"-c:a", "libopus", "-ac", "1"}, {"-c:a", "libmp3lame", "-ar", "44100"},
	} {
		t.Run(args[1], func(t *testing.T) {
			if testing.Short() && i > 0 {
				t.Skip("one codec is enough for -short")
			}
			file := generate(t, "a.mkv", append([]string{"-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=4", "-f", "lavfi", "-i", "sine=r=48000:d=3.1",
				"-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-pix_fmt", "yuv420p"}, args...)...)
			ladder := quick(90)
			ladder.PassthroughAudio = keptAudio
			_, plan := planOf(t, file, ladder)
			made := packageRecipe(t, plan, plan.Passthrough, execute(t, plan.Passthrough, file))
			kept := made[len(made)-1]
			if end := kept.track.Duration(); !kept.output.Copy || end < 4*packager.Ticks(kept.track.Timescale) {
				t.Errorf("output %+v ends at %d", kept.output, end)
			}
			sent, stored := hashes(t, file.Name()), hashes(t, kept.path)
			first := slices.Index(sent, stored[0])
			if first < 0 || first > 1 || !slices.Equal(sent[first:], stored[:len(sent)-first]) {
				t.Errorf("the %d packets do not begin with the source's %d", len(stored), len(sent))
			}
			tool(t, "ffmpeg", "-i", kept.path, "-f", "null", "-") // fails where it complains
		})
	}
}

// packaged is a track file that was made of one output.
type packaged struct {
	output Output
	track  packager.Track
	path   string
}

// packageRecipe packages what a recipe wrote to paths, as ingest does.
func packageRecipe(t *testing.T, plan *Plan, recipe *Recipe, paths []string) (made []packaged) {
	t.Helper()
	zero, grid := fmp4.Instant{Ticks: plan.Zero, Timescale: plan.Timescale}, packager.Grid{ID: "g"}
	for i, o := range recipe.Outputs {
		source, err := os.Open(paths[i])
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		var file bytes.Buffer
		p := packaged{output: o, path: filepath.Join(t.TempDir(), "track.mp4")}
		if o.Kind == packager.Video {
			result, err := fmp4.PackageVideo(&file, source, fmp4.VideoConfig{ID: "v"})
			if err != nil {
				t.Fatal(err)
			}
			p.track, zero = result.Track, result.Zero
			grid.Timescale, grid.Cuts = result.Track.Timescale, result.Cuts
		} else {
			cfg := fmp4.AudioConfig{ID: "a", Zero: zero, Grid: &grid}
			if o.Silence {
				continue
			}
			if i+1 < len(paths) && recipe.Outputs[i+1].Silence {
				cfg.Silence = open(t, paths[i+1])
			}
			result, err := fmp4.PackageAudio(&file, source, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if 2*result.ShortBy > packager.Ticks(result.Track.Audio.FrameSamples) {
				t.Errorf("output %d ends %d samples early", i, result.ShortBy)
			}
			p.track = result.Track
		}
		if err := os.WriteFile(p.path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		made = append(made, p)
	}
	return made
}

// checkPackets demands that the packets of kept are those of source but for some at the start, which encoders put before
// the sound, and at the end, which begin after the pictures.
func checkPackets(t *testing.T, source, kept string) {
	t.Helper()
	sent, stored := hashes(t, source), hashes(t, kept)
	first := slices.Index(sent, stored[0])
	for first >= 0 && first+len(stored) <= len(sent) && !slices.Equal(sent[first:first+len(stored)], stored) {
		next := slices.Index(sent[first+1:], stored[0]) // silence makes equal packets
		if next < 0 {
			break
		}
		first += 1 + next
	}
	if first < 0 || first+len(stored) > len(sent) || !slices.Equal(sent[first:first+len(stored)], stored) {
		t.Fatalf("%d packets are no run of the source's %d", len(stored), len(sent))
	}
	t.Logf("%d of %d packets are stored, all as they came; %d before zero", len(stored), len(sent), first)
	if first > 1 || len(sent)-len(stored) > 15 {
		t.Errorf("%d of %d packets are stored, %d are missing at the start", len(stored), len(sent), first)
	}
}

// hashes returns a digest of each packet of sound in path, without headers that a container adds.
func hashes(t *testing.T, path string) (list []string) {
	t.Helper()
	args := []string{"-i", path, "-map", "0:a", "-c", "copy", "-f", "framemd5"}
	if strings.Contains(string(tool(t, "ffprobe", "-show_entries", "stream=codec_name", path)), "=aac") {
		args = append(args, "-bsf:a", "aac_adtstoasc")
	}
	for line := range strings.Lines(string(tool(t, "ffmpeg", append(args, "-")...))) {
		if fields := strings.Split(line, ","); !strings.HasPrefix(line, "#") && len(fields) > 5 {
			list = append(list, strings.TrimSpace(fields[5]))
		}
	}
	if len(list) == 0 {
		t.Fatal(fmt.Errorf("%s has no packets", path))
	}
	return list
}
