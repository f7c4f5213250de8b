package lint

import "fmt"

// Bounds of what a program clock reference may do (ISO/IEC 13818-1 §2.7.2), in 27 MHz.
const (
	clockRate     = 27_000_000
	clockInterval = clockRate / 10
	clockCycle    = int64(1) << 33 * 300
)

// transportRun measures the segments between two discontinuities of one transport stream, in order.
type transportRun struct {
	out *report
	// report collects the findings of one segment, of which out gets the first of each rule: what is wrong with one packet
	// mostly is with all.
	report  *report
	program tsProgram
	mapPID  int
	streams []*elementary
	// counters holds the last continuity counter of each PID that was seen.
	counters map[int]uint8
	clock    int64 // the last PCR
	clocked  bool
	segments int
}

func newTransportRun(r *report) *transportRun {
	return &transportRun{out: r, report: &report{}, counters: map[int]uint8{}}
}

// flush moves the findings of the segment at hand to the report.
func (t *transportRun) flush() {
	told := map[string]bool{}
	for _, f := range t.report.findings {
		if !told[f.Rule] && len(t.out.findings) < maxFindings {
			t.out.findings = append(t.out.findings, f)
		}
		told[f.Rule] = true
	}
	t.report.findings = t.report.findings[:0]
}

// add measures one segment and reports what is wrong with it. ok is false where it is too damaged to measure.
func (t *transportRun) add(where string, b []byte) (ok bool) {
	defer t.flush()
	packets, ok := t.packets(where, b)
	if !ok || !t.tables(where, packets) {
		return false
	}
	for _, e := range t.streams {
		e.begin(len(b))
	}
	nulls, clocks := 0, 0
	for i := range packets {
		p := &packets[i]
		if p.pid == tsNullPID {
			nulls++
			continue
		}
		t.checkContinuity(where, i, p)
		if p.hasPCR && p.pid == t.program.pcrPID {
			clocks++
			t.checkClock(where, p)
		}
		if e := t.stream(p.pid); e != nil {
			e.packet(where, p, t.clock, t.clocked)
		}
	}
	t.report.unless(clocks > 0, tsClock, where, "no PCR in the segment")
	t.report.unless(nulls == 0, tsNull, where, "%d of %d packets are null packets", nulls, len(packets))
	return t.finish(where)
}

// packets splits a segment.
func (t *transportRun) packets(where string, b []byte) (list []tsPacket, ok bool) {
	if len(b)%tsPacketBytes != 0 || len(b) == 0 {
		t.report.add(tsPackets, where, "%d bytes are no whole number of packets", len(b))
		return nil, false
	}
	scrambled := false
	for offset := 0; offset < len(b); offset += tsPacketBytes {
		p, err := parsePacket(b[offset : offset+tsPacketBytes])
		if err == nil && p.damaged {
			err = fmt.Errorf("transport_error_indicator is set")
		}
		if err != nil {
			t.report.add(tsPackets, where, "packet at %d: %v", offset, err)
			return nil, false
		}
		scrambled = scrambled || p.scrambled
		list = append(list, p)
	}
	if scrambled {
		t.report.add(tsScrambled, where, "packets are scrambled")
		return nil, false
	}
	return list, true
}

// tables wants a PAT and a PMT before all media, which every segment repeats (RFC 8216 §3.2).
func (t *transportRun) tables(where string, packets []tsPacket) (ok bool) {
	pid, program, first, err := findTables(packets)
	if err != nil {
		t.report.add(tsTables, where, "%v", err)
		return false
	}
	t.report.unless(first, tsTablesFirst, where, "the first two packets are not a PAT and a PMT")
	if t.segments++; t.segments == 1 {
		t.mapPID, t.program = pid, program
		t.open(where)
		return true
	}
	same := pid == t.mapPID && program.equal(t.program)
	t.report.unless(same, tsTables, where, "the program differs from that of the segment before: %v, %v", program, t.program)
	return same
}

// open makes the elementary streams of the program.
func (t *transportRun) open(where string) {
	kinds := map[string]int{}
	for _, s := range t.program.streams {
		kind := streamKinds[s.kind]
		kinds[kind]++
		if s.kind == streamPrivate && s.format == "AV01" {
			t.report.add(tsAV1, where, "PID %d has AV1", s.pid)
			continue
		}
		t.report.unless(kind != "", tsStreamType, where, "PID %d has stream type %#02x", s.pid, s.kind)
		t.report.unless(s.kind != streamHEVC, tsHEVC, where, "PID %d has HEVC", s.pid)
		if kind == "video" && s.kind == streamAVC || kind == "audio" {
			t.streams = append(t.streams, &elementary{report: t.report, kind: s.kind, pid: s.pid, media: kind})
		}
	}
	t.report.unless(kinds["audio"] <= 1, hlsOneAudio, where, "%d streams of audio", kinds["audio"])
	t.report.unless(kinds["video"] <= 1, tsTables, where, "%d streams of video", kinds["video"])
}

func (t *transportRun) stream(pid int) *elementary {
	for _, e := range t.streams {
		if e.pid == pid {
			return e
		}
	}
	return nil
}

// checkContinuity wants counters to go on, in a segment and from one to the next (ISO/IEC 13818-1 §2.4.3.3). A packet may be
// sent twice.
func (t *transportRun) checkContinuity(where string, i int, p *tsPacket) {
	last, seen := t.counters[p.pid]
	t.counters[p.pid] = p.counter
	if !seen || p.discontinuity {
		return
	}
	want := last
	if p.hasPayload {
		want = (last + 1) & 0xF
	}
	t.report.unless(p.counter == want || p.counter == last, tsContinuity, where,
		"packet %d of PID %d has continuity counter %d, want %d", i, p.pid, p.counter, want)
}

func (t *transportRun) checkClock(where string, p *tsPacket) {
	next := p.pcr
	if t.clocked && !p.discontinuity {
		next = unwrapIn(p.pcr, t.clock, clockCycle)
		step := next - t.clock
		t.report.unless(step >= 0, tsClock, where, "the PCR goes back by %d ms", -step*1000/clockRate)
		t.report.unless(step <= clockInterval, tsClockInterval, where, "%d ms lie between two PCRs", step*1000/clockRate)
	}
	t.clock, t.clocked = next, true
}

// finish ends the segment in all streams.
func (t *transportRun) finish(where string) (ok bool) {
	samples := 0
	for _, e := range t.streams {
		samples += e.end(where)
	}
	t.report.unless(samples > 0, tsEmpty, where, "no sample in the segment")
	return samples > 0
}
