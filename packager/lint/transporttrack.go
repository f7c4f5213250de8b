package lint

import "slices"

// transportScale is the timescale of what is measured in transport streams.
const transportScale = 90000

// roundingTicks is by how much the distance of two times can be off that were rounded to transportScale.
const roundingTicks = 2

// tracks returns what was measured, pictures before sound; an empty list where nothing could be.
func (t *transportRun) tracks(where string) []*track {
	defer t.flush()
	var pictures, sounds []*track
	for _, e := range t.streams {
		switch one := e.track(where); {
		case one == nil:
		case e.media == "video":
			pictures = append(pictures, one)
		default:
			sounds = append(sounds, one)
		}
	}
	if len(pictures) > 0 && len(sounds) > 0 {
		picture, sound := pictures[0], sounds[0]
		slack := max(picture.sampleNanoseconds(), sound.sampleNanoseconds())
		offset := nanoseconds(sound.segments[0].start-picture.segments[0].start, transportScale)
		t.report.unless(offset <= slack && offset >= -slack, tsOffset, where, "sound begins %d ns after the pictures", offset)
	}
	return append(pictures, sounds...)
}

// track returns the stream as a track; nil when a segment has none of it.
func (e *elementary) track(where string) *track {
	if len(e.segments) == 0 || e.entry.codec == "" {
		return nil
	}
	t := &track{header: header{entry: e.entry, kind: e.media, timescale: transportScale}, initURL: where, doubt: roundingTicks}
	if e.media == "video" && e.longest-e.shortest > roundingTicks {
		t.endDoubt = e.longest // frames of several lengths: which one the last has, nothing tells
	}
	if i := slices.IndexFunc(e.segments, func(s tsSegment) bool { return s.samples == 0 }); i >= 0 {
		e.report.add(tsEmpty, where, "segment %d has no sample of PID %d", i+1, e.pid)
		return nil
	}
	for i, s := range e.segments {
		one := segment{start: s.first, duration: e.lastDuration(), sizeBytes: s.sizeBytes, samples: s.samples}
		if i+1 < len(e.segments) {
			one.duration = e.segments[i+1].first - s.first
		}
		if one.duration <= 0 {
			e.report.add(tsTimestamps, where, "segment %d lasts %d ticks", i+1, one.duration)
			return nil
		}
		t.segments = append(t.segments, one)
	}
	if e.keys.found {
		t.keyDistance = max(e.keys.widest, t.end()-e.keys.last)
	}
	t.rateBreak = e.rateBreak
	return t
}

// lastDuration returns how long the last segment lasts: nothing in it says how long its last sample does.
func (e *elementary) lastDuration() int64 {
	s := e.segments[len(e.segments)-1]
	if e.media == "audio" {
		return e.due - s.first
	}
	var samples int64
	for _, one := range e.segments {
		samples += int64(one.samples)
	}
	span := s.last - e.segments[0].first
	if samples < 2 {
		return transportScale / 25
	}
	return s.last - s.first + (span+(samples-1)/2)/(samples-1)
}
