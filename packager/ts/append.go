package ts

import (
	"fmt"
	"slices"
	"sync"

	"headwater/packager"
)

// Read fills dst with the bytes of a track file from offset on, or returns an error.
type Read func(track *packager.Track, dst []byte, offset int64) error

// Append appends the transport stream segment that r names, a TSSegment of p: as many bytes as
// [packager.Presentation.TransportSegment] plans. It reads the fragments of the tracks by read, in order and in pieces. Errors
// are those of TransportSegment, those of read, or wrap [ErrCorrupt] when what was read is not what the index describes; dst
// is then of its old length.
func Append(dst []byte, p *packager.Presentation, r packager.Resource, read Read) ([]byte, error) {
	plan, err := p.TransportSegment(r)
	if err != nil {
		return dst, err
	}
	start := len(dst)
	dst = slices.Grow(dst, int(plan.SizeBytes))
	m := muxers.Get().(*muxer)
	defer m.recycle()
	m.read = read
	m.writer = writer{dst: dst[start : start+int(plan.SizeBytes)]}
	if err := m.begin(p, r); err != nil {
		return dst, err
	}
	first, end := p.Segmentation(r.TargetSeconds).Intervals(r.Number)
	for i := first; i < end; i++ {
		if err := m.interval(i); err != nil {
			return dst, fmt.Errorf("interval %d: %w", i, err)
		}
	}
	if m.writer.at != len(m.writer.dst) {
		return dst, corrupt("%d bytes of transport stream, %d by the index", m.writer.at, len(m.writer.dst))
	}
	return dst[:start+int(plan.SizeBytes)], nil
}

// muxer makes one segment. It is recycled for its scratch memory.
type muxer struct {
	writer  writer
	read    Read
	streams []elementary
	tracks  [2]input
	head    []byte // of a PES packet
}

// input is one track of the segment.
type input struct {
	track  *packager.Track
	config config
	source source
	decode packager.Ticks // of the next sample
	next   int            // index of the next sample of the fragment
	group  []byte         // frames of one PES packet of sound
	lull   lull
}

// lull is the time that the content of a PES packet lasts, in which packets without payload tell the clock. It is on the
// program clock, because a tick of the track may be longer than the clock may be silent.
type lull struct {
	from, end    int64
	clocks, told int64 // how many packets, and how many of them are written
}

// next returns when the next of the packets is due.
func (l *lull) next() int64 { return l.from + (l.end-l.from)/(l.clocks+1)*(l.told+1) }

// maxKeptBytes is how much scratch memory is worth keeping: room for the largest pictures that are usual.
const maxKeptBytes = 4 << 20

var muxers = sync.Pool{New: func() any { return new(muxer) }}

func (m *muxer) recycle() {
	m.read, m.writer = nil, writer{}
	for i := range m.tracks {
		in := &m.tracks[i]
		in.track, in.source.track, in.source.read = nil, nil, nil
		clear(in.config.sets) // views of an init segment
		if len(in.source.window) > maxKeptBytes {
			in.source.window = nil
		}
	}
	muxers.Put(m)
}

// begin finds the tracks of r and writes the tables. The first track tells the clock.
func (m *muxer) begin(p *packager.Presentation, r packager.Resource) error {
	m.streams = m.streams[:0]
	first, _ := p.Segmentation(r.TargetSeconds).Intervals(r.Number)
	for _, id := range [...]packager.TrackID{r.Track, r.Audio} {
		if id == "" {
			continue
		}
		in := &m.tracks[len(m.streams)]
		in.track = p.Track(id)
		if !in.config.configure(in.track) {
			return corrupt("track %s has no place in a transport stream", id)
		}
		e := elementary{config: &in.config, pid: pidAudio, clocked: len(m.streams) == 0}
		if in.track.Kind == packager.Video {
			e.pid = pidVideo
		}
		for i := range in.track.Fragments[:first] {
			e.counter += in.track.Fragments[i].TSPackets - in.track.Fragments[i].TSClockPackets
		}
		m.streams = append(m.streams, e)
	}
	if !m.writer.room(2) {
		return corrupt("no room for the tables")
	}
	m.writer.tables(r.Number, m.streams)
	return nil
}

// interval writes the fragments of one interval of the grid, their PES packets by decode time.
func (m *muxer) interval(i int) error {
	start := m.writer.at
	inputs := m.tracks[:len(m.streams)]
	packets := int64(0)
	for j := range inputs {
		in := &inputs[j]
		f := &in.track.Fragments[i]
		packets += int64(f.TSPackets)
		in.decode, in.next, in.lull = f.DecodeTime, 0, lull{}
		if err := in.source.open(in.track, f, m.read); err != nil {
			return err
		}
	}
	for {
		j := earliest(inputs)
		if j < 0 {
			break
		}
		e, in := &m.streams[j], &inputs[j]
		if in.lull.told < in.lull.clocks {
			if !m.writer.room(1) {
				return corrupt("more packets than the index says")
			}
			m.writer.clockOnly(e, in.due())
			in.lull.told++
			continue
		}
		if err := m.pes(e, in); err != nil {
			return err
		}
	}
	if written := int64(m.writer.at-start) / packetBytes; written != packets {
		return corrupt("%d packets, %d by the index", written, packets)
	}
	return nil
}

// earliest returns the input whose next packet is due first, pictures before sound; -1 when none is left.
func earliest(inputs []input) int {
	best, bestTime := -1, int64(0)
	for j := range inputs {
		in := &inputs[j]
		if in.next == len(in.source.samples) && in.lull.told == in.lull.clocks {
			continue
		}
		if t := in.due(); best < 0 || t < bestTime {
			best, bestTime = j, t
		}
	}
	return best
}

// delay is how much earlier than its decode time in the track file a sample is decoded.
func (in *input) delay() packager.Ticks {
	if in.track.Kind == packager.Video {
		return in.track.ReorderDelay
	}
	return 0
}

// due returns what the program clock shows when the next packet of an input comes: for that its content is decoded, or in
// a lull.
func (in *input) due() int64 {
	if in.lull.told < in.lull.clocks {
		return in.lull.next()
	}
	return clock(in.decode-in.delay(), in.track.Timescale)
}

// pes writes the next PES packet of an input.
func (m *muxer) pes(e *elementary, in *input) error {
	from, due := in.decode, in.due()
	var u unit
	var err error
	if in.track.Kind == packager.Video {
		u, err = m.picture(in)
	} else {
		u, err = m.sound(in)
	}
	if err != nil {
		return err
	}
	if !m.writer.room(pesPackets(int64(len(u.head) + len(u.data)))) {
		return corrupt("more packets than the index says")
	}
	u.clock = due
	m.writer.pes(e, u)
	in.lull = lull{from: due, end: in.due(), clocks: clockPackets(in.decode-from, in.track.Timescale)}
	return nil
}

// picture makes the access unit of the next sample.
func (m *muxer) picture(in *input) (unit, error) {
	s := in.source.samples[in.next]
	data, err := in.source.take(int(s.SizeBytes))
	if err != nil {
		return unit{}, err
	}
	if err := toStartCodes(data); err != nil {
		return unit{}, err
	}
	shown := stamp(in.decode+packager.Ticks(s.CompositionOffset), in.track.Timescale)
	decoded := stamp(in.decode-in.delay(), in.track.Timescale)
	if shown < decoded {
		return unit{}, corrupt("a picture is shown before it is decoded")
	}
	head := appendVideoHeader(m.head[:0], shown, decoded)
	head = append(head, delimiter...)
	if s.Sync {
		for _, set := range in.config.sets {
			head = append(append(head, startCode...), set...)
		}
	}
	m.head = head
	in.next++
	in.decode += packager.Ticks(s.Duration)
	return unit{head: head, data: data, random: s.Sync}, nil
}

// sound makes a group of frames of the next samples.
func (m *muxer) sound(in *input) (unit, error) {
	from := in.decode
	in.group = in.group[:0]
	var g group
	for in.next < len(in.source.samples) {
		s := in.source.samples[in.next]
		if !in.config.fitsFrame(s) {
			return unit{}, corrupt("a frame of %d bytes", s.SizeBytes)
		}
		if !g.takes(&in.config, s) {
			break
		}
		g.add(&in.config, s)
		data, err := in.source.take(int(s.SizeBytes))
		if err != nil {
			return unit{}, err
		}
		if in.config.hasADTS {
			in.group = append(in.group, in.config.adts[:]...)
			in.config.putADTS(in.group[len(in.group)-adtsBytes:], len(data))
		}
		in.group = append(in.group, data...)
		in.next++
		in.decode += packager.Ticks(s.Duration)
	}
	m.head = appendAudioHeader(m.head[:0], in.config.streamID, len(in.group), stamp(from, in.track.Timescale))
	return unit{head: m.head, data: in.group, random: true}, nil
}
