package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"strconv"
	"strings"
)

// soundRate is the rate at which sounds are compared: a sixteenth of a millisecond a sample.
const soundRate = 16000

// sound is the beginning of an audio stream, mixed to mono.
type sound struct {
	start   float64 // seconds from the first picture to the first sample
	samples []int16
}

// soundOf decodes the first 40 s of a stream. zero is the time of the first picture on the input's own timeline.
func soundOf(ctx context.Context, input, selector string, zero float64) (sound, error) {
	start, err := firstFrame(ctx, input, strings.TrimPrefix(selector, "0:"))
	if err != nil {
		return sound{}, err
	}
	// Holes between packets are filled, so that samples count time.
	pcm, err := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "fatal", "-i", input, "-map", selector, "-t", "40",
		"-af", "aresample=async=1:min_hard_comp=0.01", "-ac", "1", "-ar", strconv.Itoa(soundRate), "-f", "s16le", "-").Output()
	if err != nil {
		return sound{}, fmt.Errorf("sound of %s: %w", selector, err)
	}
	s := sound{start: start - zero, samples: make([]int16, len(pcm)/2)}
	for i := range s.samples {
		s.samples[i] = int16(binary.LittleEndian.Uint16(pcm[2*i:]))
	}
	return s, nil
}

// firstFrame returns the time of the first frame that a stream shows or sounds, on the input's own timeline; in AVI, whose
// packets have decode times alone, as ffmpeg makes it of those.
func firstFrame(ctx context.Context, input, stream string) (float64, error) {
	out, err := exec.CommandContext(ctx, "ffprobe", "-v", "error", "-select_streams", stream, "-show_frames",
		"-show_entries", "frame=best_effort_timestamp_time", "-read_intervals", "%+#200", "-of", "csv=p=0", input).Output()
	if err != nil {
		return 0, fmt.Errorf("first frame of stream %s: %w", stream, err)
	}
	start, err := firstTime(string(out))
	if err != nil {
		return 0, fmt.Errorf("first frame of stream %s: %w", stream, err)
	}
	return start, nil
}

// soundEnd returns when the last packet of a stream ends, on the input's own timeline.
func soundEnd(ctx context.Context, input string, stream int) (end float64, err error) {
	out, err := exec.CommandContext(ctx, "ffprobe", "-v", "error", "-select_streams", strconv.Itoa(stream), "-show_packets",
		"-show_entries", "packet=pts_time,duration_time", "-of", "csv=p=0", input).Output()
	for line := range strings.Lines(string(out)) {
		start, length, _ := strings.Cut(strings.TrimSpace(line), ",")
		length, _, _ = strings.Cut(length, ",")
		end = max(end, seconds(start)+seconds(length))
	}
	return end, err
}

// firstTime returns the first number of what ffprobe prints, a frame a line. Frames that an edit list hides have none.
func firstTime(printed string) (float64, error) {
	for line := range strings.Lines(printed) {
		field, _, _ := strings.Cut(strings.TrimSpace(line), ",")
		if seconds, err := strconv.ParseFloat(field, 64); err == nil {
			return seconds, nil
		}
	}
	return 0, errors.New("no frame has one")
}

// match says how two sounds lie on one another.
type match struct {
	lag         float64 // seconds by which the second comes later than the first
	correlation float64 // 1 for equal sounds
	silent      bool
}

// align compares a window of two seconds in which got is loud with what want has at the same time, give or take 150 ms.
func align(want, got sound) match {
	const window, reach = 2 * soundRate, 150 * soundRate / 1000
	// want.samples[i+shift] sounds when got.samples[i] does.
	shift := int(math.Round((got.start - want.start) * soundRate))
	at := -1
	for i := reach; i+window+reach < len(got.samples); i += soundRate / 4 {
		if i+shift-reach >= 0 && energy(got.samples[i:i+window]) > 50*50*window {
			at = i
			break
		}
	}
	if at < 0 {
		return match{silent: true}
	}
	best := match{}
	part := got.samples[at : at+window]
	for lag := -reach; lag <= reach; lag++ {
		from := at + shift - lag
		if from < 0 || from+window > len(want.samples) {
			continue
		}
		if c := correlation(want.samples[from:from+window], part); c > best.correlation {
			best = match{lag: float64(lag) / soundRate, correlation: c}
		}
	}
	return best
}

func energy(samples []int16) (sum float64) {
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return sum
}

func correlation(a, b []int16) float64 {
	var product, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		product += x * y
		aa += x * x
		bb += y * y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return product / math.Sqrt(aa*bb)
}
