package main

import (
	"context"
	"encoding/binary"
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
	stream := strings.TrimPrefix(selector, "0:")
	out, err := exec.CommandContext(ctx, "ffprobe", "-v", "error", "-select_streams", stream, "-show_frames",
		"-show_entries", "frame=pts_time", "-read_intervals", "%+#8", "-of", "csv=p=0", input).Output()
	if err != nil {
		return sound{}, fmt.Errorf("first time of %s: %w", selector, err)
	}
	first, _, _ := strings.Cut(firstLine(string(out)), ",")
	start, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return sound{}, fmt.Errorf("first time of %s: %w", selector, err)
	}
	pcm, err := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "fatal", "-i", input, "-map", selector, "-t", "40",
		"-ac", "1", "-ar", strconv.Itoa(soundRate), "-f", "s16le", "-").Output()
	if err != nil {
		return sound{}, fmt.Errorf("sound of %s: %w", selector, err)
	}
	s := sound{start: start - zero, samples: make([]int16, len(pcm)/2)}
	for i := range s.samples {
		s.samples[i] = int16(binary.LittleEndian.Uint16(pcm[2*i:]))
	}
	return s, nil
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
