package ts_test

import (
	"encoding/binary"
	"testing"

	"headwater/packager"
	"headwater/packager/ts"
)

// TestAppend_coarseTimescale holds that the clock is told often enough where a tick of the track is no small part of that.
func TestAppend_coarseTimescale(t *testing.T) {
	f := func(timescale packager.Timescale, durations ...uint32) {
		t.Helper()
		var samples []ts.Sample
		end := packager.Ticks(0)
		for i, duration := range durations {
			samples = append(samples, ts.Sample{SizeBytes: 200, Duration: duration, Sync: i == 0})
			end += packager.Ticks(duration)
		}
		v := handmadeFilm(t, []packager.Ticks{0, end}, []packager.Track{handmadeVideo(timescale)}, [][]ts.Sample{samples})
		h := newHeard()
		h.judge(t, v.segment(t, "v", 6, 1), 1, v.starts(6, 1))
		if limit := int64(2_700_000); h.farthest > limit {
			t.Errorf("timescale %d: the clock is told %d ticks apart, at most %d are allowed", timescale, h.farthest, limit)
		}
	}
	f(1, 1, 1, 2)
	f(5, 1, 1, 3)
	f(25, 5, 3, 1, 5)
	f(24, 12, 24)
	f(600, 54, 55, 120)
	f(10_000_000, 2_000_001, 900_001)
}

// TestAppend_stamps holds that each sample has the time that its ticks say, rounded once, also where the 33 bits wrap around
// after 26.5 hours; and that a segment in the middle of nowhere begins with the right counters.
func TestAppend_stamps(t *testing.T) {
	f := func(name string, timescale packager.Timescale, start uint32, offsets ...int32) {
		t.Run(name, func(t *testing.T) {
			const n, duration = 12, 1001
			end := packager.Ticks(start) + n*duration
			before := []ts.Sample{{SizeBytes: 7000, Duration: start, Sync: true}}
			v := handmadeFilm(t, []packager.Ticks{0, packager.Ticks(start), end}, []packager.Track{handmadeVideo(timescale)},
				[][]ts.Sample{before, everyPicture(n, duration, offsets...)})
			v.checkStamps(t, v.segment(t, "v", 1, 2), 1)
		})
	}
	f("in order", 24_000, 240_000)
	f("reordered", 30_000, 300_000, 0, 2002, -1001)
	f("after ten hours", 24_000, 864_000_000, 0, -3003, 1001)
	f("past 2^32 ticks of the stream", 24_000, 1_145_324_612, 0, 1001)
	f("around the wrap", 24_000, uint32((1<<33-900_000)*24_000/90_000-5*1001), 0, 2002, -1001)
	f("around the wrap, in ticks of the stream", 30_000, uint32((1<<33-900_000)*30_000/90_000-5*1001), 0, -2002)
}

// checkStamps compares the PES packets of a segment that has fragment i of the video alone with the samples of that.
func (v *invented) checkStamps(t *testing.T, segment []byte, i int) {
	t.Helper()
	track := &v.Tracks[0]
	before := uint32(0)
	for _, f := range track.Fragments[:i] {
		before += f.TSPackets - f.TSClockPackets
	}
	if got := binary.BigEndian.Uint32(segment[2*188:]) & 15; got != before&15 {
		t.Errorf("begins with counter %d, want %d", got, before&15)
	}
	in90k := func(ticks packager.Ticks) int64 {
		return (900_000 + int64(packager.Rescale(ticks, track.Timescale, 90_000))) & (1<<33 - 1)
	}
	decode, next := track.Fragments[i].DecodeTime, 0
	for at := 2 * 188; at < len(segment); at += 188 {
		packet := segment[at : at+188]
		if packet[1]&0x40 == 0 {
			continue
		}
		s := v.samples[track.ID][i][next]
		shown, decoded, _ := stamps(packet[5+packet[4]:])
		clock := int64(binary.BigEndian.Uint32(packet[6:]))<<1 | int64(packet[10]>>7)
		wantShown, wantDecoded := in90k(decode+packager.Ticks(s.CompositionOffset)), in90k(decode-track.ReorderDelay)
		if shown != wantShown || decoded != wantDecoded {
			t.Errorf("sample %d: shown at %d, decoded at %d, want %d and %d", next, shown, decoded, wantShown, wantDecoded)
		}
		if ahead := (decoded - clock) & (1<<33 - 1); ahead < 45_000 || ahead > 45_001 {
			t.Errorf("sample %d: the clock is %d ahead, want half a second", next, ahead)
		}
		decode, next = decode+packager.Ticks(s.Duration), next+1
	}
	if want := len(v.samples[track.ID][i]); next != want {
		t.Errorf("%d samples, want %d", next, want)
	}
}
