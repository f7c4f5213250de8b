package ffmpeg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"headwater/packager"
)

// Probe tells what is in file, which must be a regular file that everybody may read (mode 0444), because ffprobe runs
// as another user when we are root. It runs ffprobe two or three times, contained: for the header and the first frames,
// for more frames of the picture where the first did not suffice, and for all packets. Memory grows by key packets
// only; time is that of reading the file once.
//
// The error wraps ErrNotMedia, ErrNoStreams, a *LimitError, ErrCanceled, or is a fault of this machine. Its text is one
// line for the user.
func Probe(ctx context.Context, file *os.File) (Source, error) {
	info, err := file.Stat()
	if err != nil {
		return Source{}, fmt.Errorf("probe: %w", err)
	}
	if !info.Mode().IsRegular() {
		return Source{}, fmt.Errorf("%w: not a regular file", ErrNotMedia)
	}
	if info.Size() == 0 {
		return Source{}, fmt.Errorf("%w: the file is empty", ErrNotMedia)
	}
	if err := checkWhole(file, info.Size()); err != nil {
		return Source{}, err
	}
	h, err := readHeader(ctx, file)
	if err != nil {
		return Source{}, err
	}
	s := Source{Format: h.Format.Name, SizeBytes: info.Size(), Subtitles: h.subtitles(), Audio: h.audio()}
	if s.Video, err = h.bestVideo(ctx, file); err != nil {
		return Source{}, err
	}
	if s.Video == nil && len(s.Audio) == 0 {
		return Source{}, fmt.Errorf("%w: %s", ErrNoStreams, h.contents())
	}
	return s, s.scan(ctx, file)
}

// Limits of the runs of ffprobe. Decoding the first frames takes a second or two; reading all packets is as fast as
// the disk, and must only go on.
var (
	headerLimits = Limits{Wall: 25 * time.Second, Stall: 25 * time.Second, CPU: 60 * time.Second, MemoryBytes: 3 << 30, OutputBytes: 16 << 20}
	scanLimits   = Limits{Wall: 6 * time.Hour, Stall: 25 * time.Second, CPU: 2 * time.Hour, MemoryBytes: 3 << 30, OutputBytes: 1 << 40}
)

// Packets that are decoded: some of all streams at first, then, if no picture came of that, many of one stream. A
// broadcast may begin in the middle of a group of pictures of ten seconds.
const (
	firstPackets = 96
	morePackets  = 600
)

// ffprobe runs the program once and lets read have its output.
func ffprobe(ctx context.Context, file *os.File, limits Limits, read func(io.Reader) error, args ...string) error {
	p := &process{program: "ffprobe", source: file, limits: limits, readers: []func(io.Reader) error{read}}
	p.args = append([]string{"-hide_banner", "-v", "error", "-o", OutputURL(0)}, guards()...)
	p.args = append(p.args, args...)
	p.args = append(p.args, "-i", sourceURL)
	err := p.run(ctx)
	var run *RunError
	if errors.As(err, &run) && !errors.Is(err, ErrLimit) && !errors.Is(err, ErrCanceled) && run.Exited() {
		return fmt.Errorf("%w: %s", ErrNotMedia, run.Reason)
	}
	return err
}

// readHeader describes the streams and decodes the first packets of all.
func readHeader(ctx context.Context, file *os.File) (h header, err error) {
	err = ffprobe(ctx, file, headerLimits, h.read, decoding("%+#"+strconv.Itoa(firstPackets),
		"-show_format", "-show_streams", "-show_frames", "-show_entries", headerEntries)...)
	if err != nil {
		return header{}, err
	}
	return h, h.check()
}

// decoding returns arguments that decode an interval of packets within bounds and print JSON.
func decoding(interval string, args ...string) []string {
	return append([]string{
		"-threads", "2", "-max_pixels", strconv.Itoa(maxSide * maxSide), "-read_intervals", interval, "-of", "json",
	}, args...)
}

func (h *header) read(r io.Reader) (err error) {
	*h, err = parseHeader(r)
	return err
}

func (h *header) subtitles() (list []SubtitleStream) {
	for i := range h.Streams {
		if s := &h.Streams[i]; s.Type == "subtitle" && s.Codec != "" {
			list = append(list, SubtitleStream{Index: s.Index, Codec: s.Codec, Language: languageTag(s.Tags.Language)})
		}
	}
	return list
}

// audio returns the playable audio streams with the times at which their sound begins, where it was decoded.
func (h *header) audio() (list []AudioStream) {
	for i := range h.Streams {
		s := &h.Streams[i]
		if s.Type != "audio" {
			continue
		}
		if a, ok := s.audio(); ok {
			a.Start = h.firstSound(s.Index)
			list = append(list, a)
		}
	}
	distinguish(list)
	return list
}

// firstSound returns the time of the first samples that were decoded, noTime when none were.
func (h *header) firstSound(stream int) packager.Ticks {
	for _, f := range h.Frames {
		if f.Stream == stream && f.Type == "audio" && f.Samples > 0 && f.Time != nil {
			return packager.Ticks(*f.Time)
		}
	}
	return noTime
}

// bestVideo returns the stream worth watching of those that decode; nil when there is none.
func (h *header) bestVideo(ctx context.Context, file *os.File) (*VideoStream, error) {
	for _, s := range h.pictures() {
		v, ok := s.video()
		if !ok {
			continue
		}
		frames := h.framesOf(s.Index)
		if len(frames) == 0 {
			var err error
			if frames, err = decodeMore(ctx, file, s.Index); err != nil {
				return nil, err
			}
		}
		if len(frames) > 0 {
			v.correct(frames)
			return &v, nil
		}
	}
	return nil, nil
}

// pictures returns the streams of moving pictures: by falling area, the default ones first among equals.
func (h *header) pictures() (list []*streamHeader) {
	for i := range h.Streams {
		if s := &h.Streams[i]; s.isPicture() {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b *streamHeader) int {
		return cmp.Or(cmp.Compare(b.Width*b.Height, a.Width*a.Height), cmp.Compare(b.Disposition["default"], a.Disposition["default"]))
	})
	return list
}

// framesOf returns the decoded pictures of a stream that have a time.
func (h *header) framesOf(stream int) (list []frame) {
	for _, f := range h.Frames {
		if f.Stream == stream && f.Type == "video" && f.Time != nil {
			list = append(list, f)
		}
	}
	return list
}

// decodeMore decodes many packets of one stream until there are pictures.
func decodeMore(ctx context.Context, file *os.File, stream int) ([]frame, error) {
	var h header
	err := ffprobe(ctx, file, headerLimits, h.read, decoding("%+#"+strconv.Itoa(morePackets),
		"-select_streams", strconv.Itoa(stream), "-show_frames", "-show_entries", headerEntries)...)
	return h.framesOf(stream), err
}

// correct overrules the container by the first decoded frames.
func (v *VideoStream) correct(frames []frame) {
	first := frames[0]
	v.Start = packager.Ticks(*first.Time)
	if first.Width > 0 && first.Height > 0 {
		v.Width, v.Height = first.Width, first.Height
	}
	v.Colour = first.colourNames.over(v.Colour)
	for _, d := range first.SideData {
		// ffmpeg turns the picture by the container's matrix only.
		if d.DisplayMatrix == "" {
			v.addSideData([]sideData{d})
		}
	}
	interlaced, topFirst := 0, 0
	for _, f := range frames {
		interlaced += f.Interlaced
		topFirst += f.Interlaced * f.TopFieldFirst
	}
	// One in ten: broadcasts mix progressive frames in, and two of five frames of film at 30 Hz are interlaced.
	v.Interlaced = interlaced*10 >= len(frames)
	v.TopFieldFirst = 2*topFirst > interlaced
}

// contents says why a file has nothing to play.
func (h *header) contents() string {
	if pictures := h.pictures(); len(pictures) > 0 {
		return "its video (" + pictures[0].Codec + ") cannot be decoded"
	}
	var kinds []string
	for i := range h.Streams {
		kinds = append(kinds, strings.TrimSpace(h.Streams[i].Type+" "+h.Streams[i].Codec))
	}
	if len(kinds) == 0 {
		return "the file has no streams"
	}
	slices.Sort(kinds)
	return "the file has only " + strings.Join(slices.Compact(kinds), ", ")
}

// maxDuration bounds a source; the catalogue's grids hold far more.
const maxDuration = 48 * time.Hour

// scan reads all packets and completes s. Streams without any packet that can be shown are dropped.
func (s *Source) scan(ctx context.Context, file *os.File) error {
	all := scan{audio: map[int]*audioScan{}}
	if s.Video != nil {
		all.video = newVideoScan(s.Video.Index)
	}
	for i := range s.Audio {
		all.audio[s.Audio[i].Index] = newAudioScan(&s.Audio[i])
	}
	err := ffprobe(ctx, file, scanLimits, all.read, "-show_packets", "-show_entries", packetEntries, "-of", "compact=print_section=0")
	if err != nil {
		return err
	}
	all.describe(s)
	if s.Video == nil && len(s.Audio) == 0 {
		return fmt.Errorf("%w: no picture and no sound has a time", ErrNoStreams)
	}
	if err := s.checkTimes(); err != nil {
		return err
	}
	if d := s.Duration(); d > maxDuration {
		return &LimitError{"duration", fmt.Sprintf("%s, at most %s is allowed", d.Round(time.Second), maxDuration)}
	}
	return nil
}

// maxDistance bounds the times of a source on both sides of zero, so that converting them between time bases stays
// inside 64 bits. Recordings may count from 1970 or 1900.
const maxDistance = 200 * 365 * 24 * time.Hour

// checkTimes reports a stream that lies farther from zero than maxDistance.
func (s *Source) checkTimes() error {
	check := func(base Rational, start, end packager.Ticks) error {
		if from, to := base.Duration(start), base.Duration(end); from < -maxDistance || to > maxDistance {
			return &LimitError{"duration", fmt.Sprintf("its times lie more than %d years from zero", maxDistance/(365*24*time.Hour))}
		}
		return nil
	}
	if v := s.Video; v != nil {
		if err := check(v.TimeBase, v.Start, v.End); err != nil {
			return err
		}
	}
	for i := range s.Audio {
		if err := check(s.Audio[i].TimeBase, s.Audio[i].Start, s.Audio[i].End); err != nil {
			return err
		}
	}
	return nil
}
