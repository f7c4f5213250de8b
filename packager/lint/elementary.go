package lint

// elementary measures one stream of audio or H.264 in transport segments.
type elementary struct {
	report  *report
	kind    uint8 // stream_type
	pid     int
	media   string // "video" or "audio"
	entry   sampleEntry
	sps     string // the last one read
	pending []byte // the PES packet at hand
	open    bool
	clock   int64 // the PCR when the PES packet at hand began, in 27 MHz
	clocked bool

	begun    bool
	last     int64 // the DTS before
	shortest int64 // distance of two DTS
	longest  int64
	due      int64 // the PTS that audio is due at
	frame    int64 // how long the last audio frame lasts, in 90 kHz
	segments []tsSegment
	// keys are the IDR pictures; steps the decode times of the segment at hand, before those of the one before it.
	keys          keySpan
	steps, before stepSpan
	rateBreak     string
}

// tsSegment is what a stream has in one segment. Times are in 90 kHz, unwrapped.
type tsSegment struct {
	first, last int64 // the earliest and the latest PTS
	samples     int
	sizeBytes   int64 // of all that the segment holds
}

func (e *elementary) begin(sizeBytes int) {
	e.before, e.steps = e.steps, stepSpan{}
	e.segments = append(e.segments, tsSegment{sizeBytes: int64(sizeBytes)})
}

func (e *elementary) segment() *tsSegment { return &e.segments[len(e.segments)-1] }

// packet adds a transport packet of this stream.
func (e *elementary) packet(where string, p *tsPacket, clock int64, clocked bool) {
	if !p.hasPayload {
		return
	}
	if p.starts {
		e.flush(where)
		e.open, e.clock, e.clocked = true, clock, clocked
	}
	if !e.open {
		if e.segment().samples == 0 {
			e.report.add(tsPES, where, "PID %d begins inside a PES packet", e.pid)
			e.open = true
			e.pending = nil
		}
		return
	}
	e.pending = append(e.pending, p.payload...)
}

// end ends the segment and returns how many samples it has.
func (e *elementary) end(where string) int {
	e.flush(where)
	if e.media == "video" && e.steps.differs(e.before) {
		e.rateBreak = where
	}
	return e.segment().samples
}

// flush judges the PES packet at hand.
func (e *elementary) flush(where string) {
	if !e.open {
		return
	}
	b := e.pending
	e.open, e.pending = false, e.pending[:0]
	p, err := parsePES(b)
	if err != nil {
		e.report.add(tsPES, where, "PID %d: %v", e.pid, err)
		return
	}
	if !p.hasPTS {
		e.report.add(tsPES, where, "PID %d has a PES packet without PTS", e.pid)
		return
	}
	pts := p.pts
	if e.begun {
		pts = unwrapIn(p.pts, e.last, timeCycle)
	}
	dts := unwrapIn(p.dts, pts, timeCycle)
	e.checkTimes(where, pts, dts)
	samples := 0
	if e.media == "video" {
		var key bool
		if samples, key = e.picture(where, p.data); key {
			e.keys.add(pts)
		}
		if e.begun {
			e.steps.add(dts - e.last)
		}
	} else {
		samples = e.sound(where, pts, p.data)
	}
	if gap := dts - e.last; e.begun && gap > 0 {
		e.longest = max(e.longest, gap)
		if e.shortest == 0 || gap < e.shortest {
			e.shortest = gap
		}
	}
	e.begun, e.last = true, dts
	s := e.segment()
	if s.samples == 0 {
		s.first, s.last = pts, pts
	}
	s.first, s.last = min(s.first, pts), max(s.last, pts)
	s.samples += samples
}

func (e *elementary) checkTimes(where string, pts, dts int64) {
	e.report.unless(pts >= dts, tsTimestamps, where, "PID %d: PTS %d lies before DTS %d", e.pid, pts, dts)
	e.report.unless(!e.begun || dts > e.last, tsTimestamps, where, "PID %d: DTS %d follows %d", e.pid, dts, e.last)
	if e.clocked {
		clock := unwrapIn(e.clock/300, dts, timeCycle)
		e.report.unless(clock <= dts, tsClock, where, "PID %d: DTS %d lies before the PCR %d", e.pid, dts, clock)
	}
}

// sound judges the frames of a PES packet, which must fill it, and returns their number.
func (e *elementary) sound(where string, pts int64, b []byte) (samples int) {
	total, rate := int64(0), int64(1)
	for len(b) > 0 {
		f, err := frameParsers[e.kind](b)
		if err != nil || f.size > len(b) {
			e.report.add(tsAudioFrames, where, "PID %d: frame of %d bytes in %d: %v", e.pid, f.size, len(b), err)
			break
		}
		b = b[f.size:]
		if f.samples == 0 {
			continue
		}
		samples++
		total, rate = total+int64(f.samples), int64(f.rate)
		e.frame = int64(f.samples) * 90000 / rate
		e.describe(where, f)
	}
	distance := pts - e.due
	e.report.unless(!e.begun || 2*distance <= e.frame && -2*distance <= e.frame, tsTimestamps, where,
		"PID %d: PTS is %d, the frames before end at %d", e.pid, pts, e.due)
	e.due = pts + total*90000/rate
	return samples
}

// describe keeps what the first frame says and wants all others to say the same.
func (e *elementary) describe(where string, f audioFrame) {
	found := sampleEntry{name: f.codec, codec: f.codec, channels: f.channels, esID: -1, adts: e.kind == streamAAC}
	if e.entry.codec == "" {
		e.entry = found
	}
	e.report.unless(found == e.entry, tsParameters, where, "PID %d changes from %s with %d channels to %s with %d",
		e.pid, e.entry.codec, e.entry.channels, found.codec, found.channels)
}
