package ffmpeg

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxProgressLine bounds a line of ffmpeg's -progress report; real ones have some dozens of bytes.
const maxProgressLine = 4 << 10

// readProgress calls report for each block that ffmpeg -progress writes, with done on the last one. Values that are
// missing or make no sense keep what the block before said. It reads to the end of r.
func readProgress(r io.Reader, report func(p Progress, done bool)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 512), maxProgressLine)
	var p Progress
	for lines.Scan() {
		key, value, found := strings.Cut(strings.TrimSpace(lines.Text()), "=")
		if key == "progress" && found {
			report(p, value == "end")
			continue
		}
		p.set(key, strings.TrimSpace(value))
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read progress: %w", err)
	}
	return nil
}

// set takes over one line of a block. Times and counts never fall.
func (p *Progress) set(key, value string) {
	switch key {
	case "frame":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			p.Frames = max(p.Frames, n)
		}
	case "out_time_us":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n <= int64(1<<63-1)/int64(time.Microsecond) {
			p.OutTime = max(p.OutTime, time.Duration(n)*time.Microsecond)
		}
	case "speed":
		if x, err := strconv.ParseFloat(strings.TrimSuffix(value, "x"), 64); err == nil && x >= 0 && x < 1e9 {
			p.Speed = x
		}
	}
}

// complete fills what ffmpeg does not know: the bytes over all outputs and the fraction of the whole.
func (p Progress) complete(sizeBytes int64, whole time.Duration, done bool) Progress {
	p.SizeBytes = sizeBytes
	switch {
	case done:
		p.Fraction = 1
	case whole > 0:
		// Not 1 before the end: the duration is an estimate.
		p.Fraction = min(float64(p.OutTime)/float64(whole), 0.999)
	}
	return p
}
