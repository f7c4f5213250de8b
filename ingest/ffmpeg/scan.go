package ffmpeg

import (
	"fmt"
	"io"
	"slices"

	"headwater/packager"
)

// scan gathers what only the packets of the whole file tell, in memory that grows by key packets alone.
type scan struct {
	video *videoScan         // nil without video
	audio map[int]*audioScan // by stream index
	count int
}

// Limits of a scan, against files of countless empty packets. A day of video at 60 Hz with 8 tracks of sound has
// 40 million packets; a day of all-intra video at 48 Hz has 4 million keys, which take 32 MiB.
const (
	maxPackets = 1 << 26
	maxKeys    = 1 << 22
)

// read takes in ffprobe's report on packets.
func (s *scan) read(r io.Reader) error { return readPackets(r, s.add) }

func (s *scan) add(p packet) error {
	if s.count++; s.count > maxPackets {
		return &LimitError{"packets", fmt.Sprintf("more than %d packets", maxPackets)}
	}
	if s.video != nil && p.stream == s.video.stream {
		return s.video.add(p)
	}
	if a := s.audio[p.stream]; a != nil {
		a.add(p)
	}
	return nil
}

// describe completes a source and drops streams without any packet that is shown.
func (s *scan) describe(d *Source) {
	if d.Video != nil && s.video.span.empty() {
		d.Video = nil
	}
	if d.Video != nil {
		s.video.describe(d.Video)
	}
	d.Audio = slices.DeleteFunc(d.Audio, func(a AudioStream) bool { return s.audio[a.Index].span.empty() })
	for i := range d.Audio {
		s.audio[d.Audio[i].Index].describe(&d.Audio[i])
	}
}

// span is the stretch of time that packets cover.
type span struct {
	start, end packager.Ticks // noTime before the first packet
	bytes      int64
}

func newSpan() span { return span{start: noTime, end: noTime} }

func (s *span) empty() bool { return s.start == noTime }

// cover extends s over one packet that lasts from start to end.
func (s *span) cover(start, end packager.Ticks, size int64) {
	if s.start == noTime || start < s.start {
		s.start = start
	}
	if s.end == noTime || end > s.end {
		s.end = end
	}
	s.bytes += size
}

// videoScan gathers facts on the packets of one video stream.
type videoScan struct {
	stream     int
	packets    int
	discarded  int
	backwards  int
	keys       []packager.Ticks
	openGOP    bool
	parameters bool // they change
	span       span
	lastKey    packager.Ticks // noTime before the first
	lastDecode packager.Ticks
	last       packet // the one shown last
	order      reorder
}

func newVideoScan(stream int) *videoScan {
	return &videoScan{stream: stream, span: newSpan(), lastKey: noTime, lastDecode: noTime}
}

func (v *videoScan) add(p packet) error {
	v.packets++
	v.parameters = v.parameters || p.newParameters && v.packets > 1
	if p.dts != noTime {
		if v.lastDecode != noTime && p.dts < v.lastDecode {
			v.backwards++
		}
		v.lastDecode = p.dts
	}
	time := p.time()
	if time == noTime {
		return nil
	}
	if p.key {
		v.lastKey = time
	} else if v.lastKey != noTime && time < v.lastKey {
		v.openGOP = true
	}
	if p.discarded {
		v.discarded++
		return nil
	}
	if v.span.empty() || time > v.last.time() {
		v.last = p
	}
	v.span.cover(time, time+p.duration, p.size)
	v.order.add(time)
	if p.key {
		v.keys = append(v.keys, time)
	}
	if len(v.keys) > maxKeys {
		return &LimitError{"packets", fmt.Sprintf("more than %d key packets", maxKeys)}
	}
	return nil
}

// describe completes what the header and the first frames told. There must be something to see.
func (v *videoScan) describe(d *VideoStream) {
	v.order.flush()
	d.End = v.last.time() + v.last.duration
	if v.last.duration == 0 {
		d.End += v.order.shortest
	}
	d.Packets, d.Discarded, d.Backwards = v.packets, v.discarded, v.backwards
	slices.Sort(v.keys)
	d.Keys = slices.Compact(v.keys)
	d.OpenGOP, d.ParametersChange = v.openGOP, v.parameters
	d.MinFrameDuration, d.MaxFrameDuration = v.order.shortest, v.order.longest
	d.BitRate = bitRate(v.span.bytes, d.TimeBase, d.End-v.span.start)
}

// reorder puts times that arrive in decode order into presentation order, and measures the distances.
type reorder struct {
	window            []packager.Ticks // sorted
	last              packager.Ticks
	any               bool
	shortest, longest packager.Ticks // 0 before the second time
}

// maxReorder is above the 16 frames by which H.264, HEVC and AV1 can reorder.
const maxReorder = 20

func (o *reorder) add(time packager.Ticks) {
	at, _ := slices.BinarySearch(o.window, time)
	o.window = slices.Insert(o.window, at, time)
	if len(o.window) > maxReorder {
		o.emit()
	}
}

// emit measures the distance of the earliest time of the window and removes it.
func (o *reorder) emit() {
	time := o.window[0]
	o.window = slices.Delete(o.window, 0, 1)
	if distance := time - o.last; o.any && distance > 0 {
		if o.shortest == 0 || distance < o.shortest {
			o.shortest = distance
		}
		o.longest = max(o.longest, distance)
	}
	if !o.any || time > o.last {
		o.last, o.any = time, true
	}
}

func (o *reorder) flush() {
	for len(o.window) > 0 {
		o.emit()
	}
}

// bitRate returns bits per second, 0 for an empty stretch of time.
func bitRate(sizeBytes int64, base Rational, length packager.Ticks) int64 {
	seconds := base.Seconds(length)
	if seconds <= 0 {
		return 0
	}
	return int64(float64(sizeBytes) * 8 / seconds)
}
