package ffmpeg

import (
	"strconv"
	"testing"

	"headwater/packager"
)

func TestRecipe_Sound(t *testing.T) {
	const black = "color=s=64x64:r=25:d=2"
	for _, test := range []struct {
		name   string
		file   string
		make   []string
		want   []string // channels and rate of each audio output
		copied bool
	}{
		{"stereo", "a.mp4", []string{"-f", "lavfi", "-i", black, "-f", "lavfi", "-i", "sine=d=2:r=44100", "-ac", "2"}, []string{"2 44100"}, false},
		{"mono", "a.mp4", []string{"-f", "lavfi", "-i", black, "-f", "lavfi", "-i", "sine=d=2:r=8000"}, []string{"2 48000"}, false},
		{"96 kHz", "a.mkv", []string{"-f", "lavfi", "-i", black, "-f", "lavfi", "-i", "sine=d=2:r=96000", "-c:a", "flac"}, []string{"2 48000"}, false},
		{"5.1", "a.mp4", []string{"-f", "lavfi", "-i", black, "-f", "lavfi", "-i", "sine=d=2", "-ac", "6", "-c:a", "ac3", "-ar", "48000"},
			[]string{"2 48000", "6 48000"}, false},
		{"7.1", "a.mkv", []string{"-f", "lavfi", "-i", black, "-f", "lavfi", "-i", "sine=d=2", "-ac", "8", "-c:a", "flac", "-ar", "48000"},
			[]string{"2 48000", "6 48000"}, false},
		{"without pictures", "a.mp3", []string{"-f", "lavfi", "-i", "sine=d=2:r=44100"}, []string{"2 44100"}, false},
		{"with gaps", "a.mkv", []string{"-f", "lavfi", "-i", black, "-f", "lavfi", "-i", "sine=d=2:r=48000",
			"-af", "aselect='not(between(t,0.6,1))'", "-c:a", "flac"}, []string{"2 48000"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := generate(t, test.file, test.make...)
			_, plan := planOf(t, file, encodeOnly(48))
			paths := execute(t, plan.Ladder, file)
			var got []string
			for i, o := range plan.Ladder.Outputs {
				if o.Kind != packager.Audio {
					continue
				}
				out := probeStored(t, paths[i])
				checkPriming(t, plan, o, out)
				got = append(got, strconv.Itoa(out.Streams[0].Channels)+" "+out.Streams[0].SampleRate)
				if out.Streams[0].Profile != "LC" {
					t.Errorf("profile %s", out.Streams[0].Profile)
				}
			}
			if len(got) != len(test.want) || got[0] != test.want[0] || got[len(got)-1] != test.want[len(got)-1] {
				t.Errorf("audio %q, want %q", got, test.want)
			}
		})
	}
}

// Cover art is no video.
func TestNewPlan_IgnoresCoverArt(t *testing.T) {
	picture := generate(t, "cover.png", "-f", "lavfi", "-i", "testsrc=s=64x64:d=1", "-frames:v", "1")
	file := generate(t, "a.mp3", "-f", "lavfi", "-i", "sine=d=1", "-i", picture.Name(), "-map", "0", "-map", "1",
		"-c:v", "copy", "-disposition:v", "attached_pic")
	_, plan := planOf(t, file, quick())
	if len(plan.Ladder.Outputs) != 1 || plan.Ladder.Outputs[0].Kind != packager.Audio {
		t.Errorf("outputs %+v", plan.Ladder.Outputs)
	}
	execute(t, plan.Ladder, file)
}

// Sound that outlasts the pictures is kept whole: the last picture stays.
func TestRecipe_HoldsTheLastPicture(t *testing.T) {
	for _, rate := range []string{"25", "120"} {
		file := generate(t, "a.mp4", "-f", "lavfi", "-i", "testsrc=s=64x64:r="+rate+":d=1", "-f", "lavfi", "-i", "sine=d=4")
		source, plan := planOf(t, file, quick(48))
		if plan.Fit != Unfit {
			t.Errorf("%s, want unfit: %s", plan.Fit, plan.Reason)
		}
		paths := execute(t, plan.Ladder, file)
		out := probeStored(t, paths[0])
		times := out.times()
		last := times[len(times)-1]
		frame := packager.Ticks(plan.Timescale) / 25
		if end := plan.End; last < end-frame || last > end || source.Video.End*packager.Ticks(2) > end {
			t.Errorf("last picture at %d of %d", last, end)
		}
		if keys := out.keys(); len(keys) != 2 {
			t.Errorf("keys at %v, want 2", keys)
		}
		checkPriming(t, plan, plan.Ladder.Outputs[1], probeStored(t, paths[1]))
	}
}

// AAC that begins with the pictures and lasts as long is not encoded again.
func TestRecipe_CopiesSoundThatSuits(t *testing.T) {
	for _, name := range []string{"a.mp4", "a.ts", "a.mkv"} {
		file := generate(t, name, "-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=2.048", "-f", "lavfi", "-i", "sine=d=2.2:r=48000",
			"-ac", "2", "-c:a", "aac", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "0", "-g", "25")
		_, plan := planOf(t, file, quick(90, 48))
		if plan.Fit != Suits {
			t.Fatalf("%s: %s: %s", name, plan.Fit, plan.Reason)
		}
		if !plan.Passthrough.Outputs[1].Copy {
			t.Errorf("%s: sound is encoded", name)
		}
		paths := execute(t, plan.Passthrough, file)
		checkPriming(t, plan, plan.Passthrough.Outputs[1], probeStored(t, paths[1]))
	}
}
