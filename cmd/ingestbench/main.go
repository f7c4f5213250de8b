// Command ingestbench measures ingest on this machine and prints each line of the budget beside what was measured:
//
//   - CPU seconds of headwater ingest over those of one hand-written ffmpeg command that makes the same ladder of the
//     same source, alternated, with the 90 % interval of the median;
//   - the time from the command to the first segment that a server hands out, for a source that suits.
//
// CPU seconds are the user and system time of all processes of a run, which stays steady on a busy machine; the second
// figure is wall time and does not.
//
//	ingestbench [-binary bin/headwater] [-rounds 15] [-preset fast] [FILE]
//
// FILE should be at least 60 s of 720p with sound; without it a clip is made.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"headwater/cmd/internal/stat"
)

func main() {
	b := bench{}
	flag.StringVar(&b.binary, "binary", "bin/headwater", "the headwater to measure")
	flag.IntVar(&b.rounds, "rounds", 15, "runs of each side")
	flag.StringVar(&b.preset, "preset", "fast", "x264 preset of both sides")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := b.run(ctx, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "ingestbench:", err)
		os.Exit(1)
	}
}

// Budgets of DESIGN §6.
const (
	cpuBudget   = 1.03
	startBudget = 2 * time.Second
)

type bench struct {
	binary, preset string
	rounds         int
	dir            string // scratch
	source         string
}

func (b *bench) run(ctx context.Context, file string) (err error) {
	if b.dir, err = os.MkdirTemp("", "headwater-ingestbench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if b.source = file; file == "" {
		b.source = filepath.Join(b.dir, "clip.mp4")
		if err := makeClip(ctx, b.source); err != nil {
			return err
		}
	}
	if err := b.measureCPU(ctx); err != nil {
		return err
	}
	return b.measureStart(ctx)
}

// makeClip makes a minute of moving, grainy 720p that suits: H.264 and AAC, a key frame every 2 s.
func makeClip(ctx context.Context, path string) error {
	return run(ctx, "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=60,noise=alls=12:allf=t",
		"-f", "lavfi", "-i", "anoisesrc=d=60:c=pink:r=48000:a=0.3", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "5M",
		"-maxrate", "6M", "-bufsize", "6M", "-g", "60", "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-ac", "2", "-c:a", "aac", path)
}

func run(ctx context.Context, program string, args ...string) error {
	if out, err := exec.CommandContext(ctx, program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// rungs are the ladder of both sides; the first is the source's own size.
var rungs = []struct{ width, height, maxRate int }{
	{1280, 720, 3500}, {854, 480, 1600}, {640, 360, 900}, {426, 240, 450},
}

// config writes the settings under which headwater makes the whole ladder, as ffmpeg does: nothing is passed through.
func (b *bench) config() (path string, err error) {
	text := "ingest:\n  ladders:\n    - name: default\n      preset: " + b.preset + "\n      passthrough: []\n      rungs:\n"
	for _, r := range rungs {
		text += fmt.Sprintf("        - {height: %d, codec: avc, crf: 22, max_bit_rate: %d, buffer_bits: %d}\n",
			r.height, r.maxRate*1000, r.maxRate*1500)
	}
	path = filepath.Join(b.dir, "config.yaml")
	return path, os.WriteFile(path, []byte(text), 0o600)
}

// handwritten is the command that someone who knows ffmpeg would write for that ladder.
func (b *bench) handwritten(out string) []string {
	graph := fmt.Sprintf("[0:v:0]split=%d", len(rungs))
	for i := range rungs {
		graph += fmt.Sprintf("[s%d]", i)
	}
	var outputs []string
	for i, r := range rungs {
		graph += fmt.Sprintf(";[s%d]scale=%d:%d[v%d]", i, r.width, r.height, i)
		outputs = append(outputs, "-map", fmt.Sprintf("[v%d]", i), "-c:v", "libx264", "-preset", b.preset, "-profile:v", "high",
			"-crf", "22", "-maxrate", fmt.Sprintf("%dk", r.maxRate), "-bufsize", fmt.Sprintf("%dk", r.maxRate*3/2),
			"-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-pix_fmt", "yuv420p",
			"-movflags", "+frag_keyframe+empty_moov+default_base_moof", filepath.Join(out, fmt.Sprintf("%d.mp4", r.height)))
	}
	args := append([]string{"-nostdin", "-v", "error", "-i", b.source, "-filter_complex", graph}, outputs...)
	return append(args, "-map", "0:a:0", "-c:a", "aac", "-b:a", "128k", "-ac", "2",
		"-movflags", "+frag_keyframe+empty_moov+default_base_moof", filepath.Join(out, "audio.mp4"))
}

// measureCPU alternates both sides and prints the ratio.
func (b *bench) measureCPU(ctx context.Context) error {
	config, err := b.config()
	if err != nil {
		return err
	}
	var ratios []float64
	for round := range b.rounds {
		out := filepath.Join(b.dir, "out")
		if err := os.Mkdir(out, 0o755); err != nil {
			return err
		}
		plain, err := cpuSeconds(ctx, "ffmpeg", b.handwritten(out)...)
		if err != nil {
			return err
		}
		ours, err := cpuSeconds(ctx, b.binary, "ingest", "--data", filepath.Join(out, "data"), "--config", config, b.source)
		if err != nil {
			return err
		}
		if err := os.RemoveAll(out); err != nil {
			return err
		}
		ratios = append(ratios, ours/plain)
		fmt.Fprintf(os.Stderr, "round %d of %d: headwater %.1f, ffmpeg %.1f CPU seconds: %.3f\n", round+1, b.rounds, ours, plain, ours/plain)
	}
	e, budget := stat.Of(ratios), stat.AtMost(cpuBudget)
	fmt.Printf("ingest CPU / ffmpeg CPU          %.3f [%.3f, %.3f]   budget %s   %s\n", e.Median, e.Low, e.High, budget, budget.Judge(e))
	return nil
}

// cpuSeconds runs a command and returns the processor time of it and of all its children.
func cpuSeconds(ctx context.Context, program string, args ...string) (float64, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w: %s", filepath.Base(program), err, strings.TrimSpace(string(out)))
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), nil
}
