package ffmpeg

import (
	"strings"
	"testing"
)

func TestDefaultLadders_AreValid(t *testing.T) {
	for _, ladder := range DefaultLadders() {
		if err := ladder.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestLadder_ValidateReportsAllProblems(t *testing.T) {
	f := func(change func(*Ladder), want ...string) {
		t.Helper()
		ladder := DefaultLadders()[0]
		change(&ladder)
		err := ladder.Validate()
		if err == nil {
			t.Fatalf("valid, want %q", want)
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(want) {
			t.Fatalf("%d problems, want %d:\n%v", len(lines), len(want), err)
		}
		for i, line := range lines {
			if !strings.HasPrefix(line, `ladder "`+ladder.Name+`": `+want[i]) {
				t.Errorf("%s\nwant %s", line, want[i])
			}
		}
	}
	f(func(l *Ladder) { l.Name = "My Ladder" }, "name: want")
	f(func(l *Ladder) { l.Rungs = nil }, "0 rungs: want 1 to 24")
	f(func(l *Ladder) { l.Rungs[1].Height = 1080 }, "rung 2: height 1080: want less")
	f(func(l *Ladder) { l.Rungs[0].Height = 1081 }, "rung 1: height 1081: want an even number")
	f(func(l *Ladder) { l.Rungs[0].Codec = "hevc" }, `first rung: codec "hevc": want avc`)
	f(func(l *Ladder) { l.Rungs[1].Codec = "theora" }, `rung 2: codec "theora": want avc, hevc, av1 or vp9`)
	f(func(l *Ladder) { l.Rungs = append(l.Rungs, Rung{1080, "av1", 64, 1e6, 1e6}) }, "rung 6: crf 64: want 1 to 63")
	f(func(l *Ladder) { l.ExtraAudio = []string{"ec3", "aac", "ec3"} }, `extra audio codec "aac"`, `extra audio codec "ec3"`)
	f(func(l *Ladder) { l.PassthroughAudio = []string{"opus", "aac", "opus"} },
		`passthrough audio codec "aac"`, `passthrough audio codec "opus"`)
	f(func(l *Ladder) { l.Rungs[4].CRF = 52 }, "rung 5: crf 52: want 1 to 51")
	f(func(l *Ladder) { l.Preset = "quick" }, `preset "quick": want one of`)
	f(func(l *Ladder) { l.PassthroughCodecs = []string{"avc", "h264", "avc"} },
		`passthrough codec "h264"`, `passthrough codec "avc"`)
	f(func(l *Ladder) { *l = Ladder{Name: "a", Rungs: []Rung{{}}} },
		`first rung: codec ""`, "rung 1: height 0", `rung 1: codec ""`, "rung 1: crf 0", "rung 1: maximum bit rate 0", "rung 1: buffer 0",
		`preset ""`, "stereo bit rate 0", "surround bit rate 0", "passthrough maximum bit rate 0")
}
