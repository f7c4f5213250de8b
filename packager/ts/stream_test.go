package ts_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"headwater/packager"
)

// heard is what a reader of a transport stream keeps from one segment to the next.
type heard struct {
	counters map[uint32]byte
	clock    int64 // the last one; -1 before the first
	farthest int64 // greatest distance of clocks
	decode   map[uint32]int64
	// unordered says that pictures may be shown, and segments begin, at any time.
	unordered bool
}

func newHeard() *heard {
	return &heard{counters: map[uint32]byte{}, clock: -1, decode: map[uint32]int64{}}
}

// judge reads a segment packet by packet and reports what breaks the rules.
func (h *heard) judge(t *testing.T, segment []byte, number int, start map[uint32]int64) {
	t.Helper()
	if len(segment)%188 != 0 {
		t.Fatalf("segment %d: %d bytes", number, len(segment))
	}
	begun := map[uint32]bool{}
	for i := 0; i < len(segment); i += 188 {
		packet := segment[i : i+188]
		word := binary.BigEndian.Uint32(packet)
		pid, unitStart, payload := word>>8&0x1fff, word>>22&1 == 1, word>>4&1 == 1
		if word>>24 != 0x47 || word>>23&1 != 0 || word>>6&3 != 0 {
			t.Fatalf("segment %d: packet %d begins with %08x", number, i/188, word)
		}
		if i == 0 && pid != 0 || i == 188 && pid != 0x1000 {
			t.Errorf("segment %d: packet %d of PID %d", number, i/188, pid)
		}
		h.count(t, pid, byte(word&15), payload)
		rest := packet[4:]
		if word>>5&1 == 1 {
			h.adaptation(t, rest[1:1+rest[0]])
			rest = rest[1+rest[0]:]
		}
		if payload == (len(rest) == 0) {
			t.Errorf("segment %d: packet %d has %d bytes of payload", number, i/188, len(rest))
		}
		if pid < 0x100 || pid == 0x1000 || !payload {
			continue
		}
		if !begun[pid] {
			begun[pid] = true
			if !unitStart {
				t.Errorf("segment %d: PID %d goes on where it should begin", number, pid)
			}
			h.first(t, number, pid, rest, start)
		}
		if unitStart {
			h.pes(t, pid, rest)
		}
	}
}

func (h *heard) count(t *testing.T, pid uint32, counter byte, payload bool) {
	t.Helper()
	last, known := h.counters[pid]
	want := last
	if payload {
		want = (last + 1) & 15
	}
	if known && counter != want || !known && counter != 0 {
		t.Errorf("PID %d: continuity counter %d, want %d", pid, counter, want)
	}
	h.counters[pid] = counter
}

func (h *heard) adaptation(t *testing.T, field []byte) {
	t.Helper()
	if len(field) == 0 || field[0]&0x10 == 0 {
		return
	}
	bits := uint64(binary.BigEndian.Uint16(field[1:]))<<32 | uint64(binary.BigEndian.Uint32(field[3:]))
	clock := int64(bits>>15)*300 + int64(bits&0x1ff)
	if h.clock >= 0 {
		if clock <= h.clock {
			t.Errorf("the clock goes from %d to %d", h.clock, clock)
		}
		h.farthest = max(h.farthest, clock-h.clock)
	}
	h.clock = clock
}

// first checks that a segment of a stream begins where its fragment does, and a video with all that decoding needs.
func (h *heard) first(t *testing.T, number int, pid uint32, pes []byte, start map[uint32]int64) {
	t.Helper()
	presentation, _, payload := stamps(pes)
	if presentation != start[pid] && !h.unordered {
		t.Errorf("segment %d: PID %d begins at %d, want %d", number, pid, presentation, start[pid])
	}
	if pid != 0x100 {
		return
	}
	for i, kind := range []byte{9, 7, 8} {
		at := bytes.Index(payload, []byte{0, 0, 0, 1})
		if at < 0 || payload[at+4]&0x1f != kind {
			t.Fatalf("segment %d: NAL unit %d is no %d", number, i, kind)
		}
		payload = payload[at+4:]
	}
}

func (h *heard) pes(t *testing.T, pid uint32, pes []byte) {
	t.Helper()
	presentation, decode, _ := stamps(pes)
	last, known := h.decode[pid]
	if known && decode <= last && !h.unordered || decode < last || presentation < decode || h.clock/300 > decode {
		t.Errorf("PID %d: shown at %d, decoded at %d after %d, clock %d", pid, presentation, decode, last, h.clock/300)
	}
	h.decode[pid] = decode
}

func stamps(pes []byte) (presentation, decode int64, payload []byte) {
	read := func(b []byte) int64 {
		return int64(b[0]>>1&7)<<30 | int64(b[1])<<22 | int64(b[2]>>1)<<15 | int64(b[3])<<7 | int64(b[4]>>1)
	}
	presentation = read(pes[9:])
	decode = presentation
	if pes[7]>>6 == 3 {
		decode = read(pes[14:])
	}
	return presentation, decode, pes[9+pes[8]:]
}

// TestAppend_rules holds what players and T-STD ask of a stream, within segments and across them, however they were made.
func TestAppend_rules(t *testing.T) {
	for _, test := range sampled(films) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := filmOf(t, test.video, test.audio)
			form := string(f.Tracks[0].ID)
			if len(f.Tracks) == 2 {
				form = "v+a"
			}
			for _, target := range []int{2, 6} {
				h := newHeard()
				for i, segment := range f.segments(t, form, target) {
					h.judge(t, segment, i+1, f.starts(target, i+1))
				}
				if limit := int64(2_700_000); h.farthest > limit {
					t.Errorf("the clock is told %d ticks apart, at most %d are allowed", h.farthest, limit)
				}
			}
		})
	}
}

// starts returns the time stamps that a segment begins with, by PID.
func (f *film) starts(targetSeconds, number int) map[uint32]int64 {
	starts := map[uint32]int64{}
	for i := range f.Tracks {
		track := &f.Tracks[i]
		pid := uint32(0x101)
		if track.Kind == packager.Video {
			pid = 0x100
		}
		from, _ := f.Segmentation(targetSeconds).Span(track, number)
		starts[pid] = 900_000 + int64(packager.Rescale(from, track.Timescale, 90_000))
	}
	return starts
}
