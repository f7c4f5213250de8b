package ffmpeg

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"headwater/packager"
)

// quick is the default ladder with the fastest preset and rungs for tiny clips, which makes one AAC of each sound.
func quick(heights ...int) Ladder {
	ladder := DefaultLadders()[0]
	ladder.Preset, ladder.PassthroughAudio = "ultrafast", nil
	if len(heights) > 0 {
		ladder.Rungs = nil
		for _, height := range heights {
			ladder.Rungs = append(ladder.Rungs, defaultRung(height, 1_000_000))
		}
	}
	return ladder
}

// encodeOnly is quick without passthrough.
func encodeOnly(heights ...int) Ladder {
	ladder := quick(heights...)
	ladder.PassthroughCodecs = nil
	return ladder
}

// planOf probes file and plans it.
func planOf(t *testing.T, file *os.File, ladder Ladder) (Source, *Plan) {
	t.Helper()
	source, err := Probe(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := NewPlan(source, ladder)
	if err != nil {
		t.Fatal(err)
	}
	return source, plan
}

// execute runs recipe and returns the files that it wrote, one for each output.
func execute(t *testing.T, recipe *Recipe, file *os.File) []string {
	t.Helper()
	folder := t.TempDir()
	paths := make([]string, len(recipe.Outputs))
	command := Command{Source: file, InputArgs: recipe.InputArgs, OutputArgs: recipe.OutputArgs}
	for i := range recipe.Outputs {
		paths[i] = filepath.Join(folder, strconv.Itoa(i)+".mp4")
		command.Outputs = append(command.Outputs, func(r io.Reader) error {
			var content bytes.Buffer
			if _, err := io.Copy(&content, r); err != nil {
				return err
			}
			return os.WriteFile(paths[i], content.Bytes(), 0o600)
		})
	}
	if err := Run(context.Background(), command); err != nil {
		t.Fatalf("%v\n%q", err, recipe.OutputArgs)
	}
	return paths
}

// tool runs ffmpeg or ffprobe on a file that a test made and returns what it prints.
func tool(t *testing.T, program string, args ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(program, append([]string{"-v", "error"}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s %q: %v %s", program, args, err, stderr.Bytes())
	}
	return out
}

// stored is what ffprobe finds in an output.
type stored struct {
	Streams []struct {
		CodecName   string `json:"codec_name"`
		Profile     string
		Level       int
		Width       int
		Height      int
		Aspect      string `json:"sample_aspect_ratio"`
		PixelFormat string `json:"pix_fmt"`
		Range       string `json:"color_range"`
		Matrix      string `json:"color_space"`
		Transfer    string `json:"color_transfer"`
		Primaries   string `json:"color_primaries"`
		FieldOrder  string `json:"field_order"`
		TimeBase    string `json:"time_base"`
		SampleRate  string `json:"sample_rate"`
		Channels    int
		Layout      string `json:"channel_layout"`
	}
	Packets []struct {
		PTS   packager.Ticks
		DTS   packager.Ticks
		Flags string
	}
}

func probeStored(t *testing.T, path string) stored {
	t.Helper()
	var s stored
	if err := json.Unmarshal(tool(t, "ffprobe", "-show_streams", "-show_packets", "-of", "json", path), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Streams) != 1 {
		t.Fatalf("%s: %d streams", path, len(s.Streams))
	}
	return s
}

// keys returns the presentation times of the key packets.
func (s stored) keys() (keys []packager.Ticks) {
	for _, p := range s.Packets {
		if p.Flags[0] == 'K' {
			keys = append(keys, p.PTS)
		}
	}
	return keys
}
