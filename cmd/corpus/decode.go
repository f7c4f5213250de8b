package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// frames are the decoded frames of one stream, in presentation order.
type frames struct {
	times  []float64 // seconds
	hashes []string
	last   float64 // duration of the last frame, seconds; 0 when unknown
}

// frame returns the length of the longest frame.
func (f *frames) frame() float64 {
	longest := f.last
	for i := 1; i < len(f.times); i++ {
		longest = max(longest, f.times[i]-f.times[i-1])
	}
	return longest
}

func (f *frames) duration() float64 {
	if len(f.times) == 0 {
		return 0
	}
	return f.times[len(f.times)-1] + f.last - f.times[0]
}

// farthest returns the greatest distance of corresponding frames, each counted from its stream's first.
func (f *frames) farthest(other frames) (distance float64) {
	for i := range min(len(f.times), len(other.times)) {
		distance = max(distance, math.Abs((f.times[i]-f.times[0])-(other.times[i]-other.times[0])))
	}
	return distance
}

// decode decodes the streams of input that the selectors name. A word of ffmpeg's on the way is an error, unless loud says
// that the source itself is damaged and makes it speak.
func decode(ctx context.Context, loud bool, input string, selectors ...string) ([]frames, error) {
	decoded, complaints, err := decodeLoudly(ctx, input, selectors...)
	if err == nil && complaints != "" && !loud {
		err = fmt.Errorf("ffmpeg says: %s", firstLine(complaints))
	}
	return decoded, err
}

// patience is how much of a stream ffmpeg looks at before it complains that it knows no picture: by itself it does so where
// slides stand for longer than five seconds, because a picture in a transport stream ends where the next begins.
const patience = "60M"

// decodeLoudly decodes and returns what ffmpeg said, which may be nothing.
func decodeLoudly(ctx context.Context, input string, selectors ...string) (decoded []frames, complaints string, err error) {
	dir, err := os.MkdirTemp("", "headwater-frames-")
	if err != nil {
		return nil, "", err
	}
	defer os.RemoveAll(dir)
	args := []string{"-nostdin", "-v", "warning", "-analyzeduration", patience, "-i", input}
	list := func(i int) string { return filepath.Join(dir, strconv.Itoa(i)) }
	for i, selector := range selectors {
		args = append(args, "-map", selector, "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "framemd5", list(i))
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "ffmpeg", args...)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return nil, "", fmt.Errorf("ffmpeg: %w: %s", err, firstLine(stderr.String()))
	}
	for i := range selectors {
		text, err := os.ReadFile(list(i))
		if err != nil {
			return nil, "", err
		}
		decoded = append(decoded, parseFrames(string(text)))
	}
	return decoded, stderr.String(), nil
}

// parseFrames reads the framemd5 format: a header with the time base, then "stream, dts, pts, duration, size, hash".
func parseFrames(text string) (f frames) {
	base := 1.0
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "#tb 0: "); ok {
			num, den, _ := strings.Cut(strings.TrimSpace(rest), "/")
			n, _ := strconv.ParseFloat(num, 64)
			d, _ := strconv.ParseFloat(den, 64)
			base = n / d
		}
		fields := strings.Split(line, ",")
		if strings.HasPrefix(line, "#") || len(fields) < 6 {
			continue
		}
		pts, _ := strconv.ParseFloat(strings.TrimSpace(fields[2]), 64)
		duration, _ := strconv.ParseFloat(strings.TrimSpace(fields[3]), 64)
		f.times = append(f.times, pts*base)
		f.hashes = append(f.hashes, strings.TrimSpace(fields[5]))
		f.last = duration * base
	}
	return f
}

// source is what the file itself decodes to.
type source struct {
	video     *frames
	frameRate float64
	audio     []sound
	// loud reports that decoding the pictures makes ffmpeg complain: the file is damaged, but plays.
	loud bool
	// tail is how long the longest sound goes on after the last picture, in seconds.
	tail float64
}

type probed struct {
	Streams []struct {
		Index        int
		CodecType    string `json:"codec_type"`
		Width        int
		Height       int
		AvgFrameRate string `json:"avg_frame_rate"`
		Disposition  struct {
			AttachedPic int `json:"attached_pic"`
		}
	}
}

// examine decodes the source with plain ffmpeg, apart from anything that headwater does.
func examine(ctx context.Context, file string) (*source, error) {
	out, err := exec.CommandContext(ctx, "ffprobe", "-v", "error", "-show_streams", "-of", "json", file).Output()
	if err != nil {
		return nil, err
	}
	var p probed
	if err := json.Unmarshal(out, &p); err != nil {
		return nil, err
	}
	s, area, video := &source{}, 0, -1
	for _, stream := range p.Streams {
		if stream.CodecType == "video" && stream.Disposition.AttachedPic == 0 && stream.Width*stream.Height > area {
			area, video = stream.Width*stream.Height, stream.Index
			s.frameRate = fraction(stream.AvgFrameRate)
		}
	}
	start := 0.0
	if video >= 0 {
		decoded, complaints, err := decodeLoudly(ctx, file, "0:"+strconv.Itoa(video))
		if err != nil {
			return nil, err
		}
		s.video, s.loud = &decoded[0], complaints != ""
		s.video.increasingOnly()
		if s.video.last == 0 || s.video.last > 2*s.video.frame() {
			s.video.last = lastGap(s.video.times)
		}
		if start, err = firstFrame(ctx, file, strconv.Itoa(video)); err != nil {
			return nil, err
		}
	}
	for _, stream := range p.Streams {
		if stream.CodecType != "audio" {
			continue
		}
		heard, err := soundOf(ctx, file, "0:"+strconv.Itoa(stream.Index), start)
		if err != nil {
			return nil, err
		}
		s.audio = append(s.audio, heard)
		if s.video != nil {
			end, err := soundEnd(ctx, file, stream.Index)
			if err != nil {
				return nil, err
			}
			s.tail = max(s.tail, end-start-s.video.duration())
		}
	}
	if s.video == nil {
		s.beginWithSound()
	}
	return s, nil
}

// beginWithSound moves zero of the timeline of a source without pictures to where its first sound begins.
func (s *source) beginWithSound() {
	first := math.Inf(1)
	for _, heard := range s.audio {
		first = min(first, heard.start)
	}
	for i := range s.audio {
		s.audio[i].start -= first
	}
}

// increasingOnly drops frames whose time is not later than the one before: no player could show them.
func (f *frames) increasingOnly() {
	kept := frames{last: f.last}
	for i, t := range f.times {
		if len(kept.times) == 0 || t > kept.times[len(kept.times)-1] {
			kept.times, kept.hashes = append(kept.times, t), append(kept.hashes, f.hashes[i])
		}
	}
	*f = kept
}

func lastGap(times []float64) float64 {
	if len(times) < 2 {
		return 0
	}
	tail := slices.Clone(times[len(times)-2:])
	return tail[1] - tail[0]
}

// seconds reads what ffprobe writes; what it does not know is 0.
func seconds(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return n
}

func fraction(text string) float64 {
	num, den, _ := strings.Cut(text, "/")
	n, _ := strconv.ParseFloat(num, 64)
	d, _ := strconv.ParseFloat(den, 64)
	if d == 0 {
		return 0
	}
	return n / d
}
