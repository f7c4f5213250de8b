package lint

import (
	"encoding/binary"
	"iter"
	"slices"
)

// track is one track as its bytes show it.
type track struct {
	header
	initURL  string
	segments []segment
	// doubt is by how many ticks the duration of any segments may be off, endDoubt by how many more where the last is among
	// them: transport streams have times in 90 kHz, and do not say how long their last picture lasts.
	doubt, endDoubt int64
	// keyDistance is how far sync samples lie apart at most, and the last from the end, in ticks of decode time.
	keyDistance int64
	oldEvent    string // a segment with an emsg of version 0
	rateBreak   string // a segment whose frame rate is not that of the one before
}

// segment is one media segment, measured; times are in the track's timescale.
type segment struct {
	start, duration int64
	sizeBytes       int64
	samples         int
	shown           int64 // when its first sample is presented
	fragments       int
	claimed         bool // it was left out; start and duration are what the manifest says
}

func (s segment) end() int64 { return s.start + s.duration }

// end returns where the media ends.
func (t *track) end() int64 { return t.segments[len(t.segments)-1].end() }

// duration returns the length of the media.
func (t *track) duration() int64 { return t.end() - t.segments[0].start }

// whole reports whether every segment was fetched.
func (t *track) whole() bool {
	return !slices.ContainsFunc(t.segments, func(s segment) bool { return s.claimed })
}

// samples returns how many samples there are in the segments that were fetched.
func (t *track) samples() int64 {
	var n int64
	for _, s := range t.segments {
		n += int64(s.samples)
	}
	return n
}

// measuredDuration returns the length of the segments that were fetched.
func (t *track) measuredDuration() int64 {
	var n int64
	for _, s := range t.segments {
		if !s.claimed {
			n += s.duration
		}
	}
	return n
}

// sampleNanoseconds returns the average length of a sample, rounded up: a frame of video, a packet of audio.
func (t *track) sampleNanoseconds() int64 {
	samples := max(t.samples(), 1)
	return (nanoseconds(t.measuredDuration(), t.timescale) + samples - 1) / samples
}

// checker measures the segments of one track, in order.
type checker struct {
	report *report
	track  track
	// next is the decode time that is due; begun says whether a fragment was seen at all.
	next     int64
	begun    bool
	sequence uint32
	// whole says that what is given as segments are whole tracks, in which every moof begins a fragment.
	whole bool
	keys  keySpan  // in absolute decode time, since begun
	steps stepSpan // of the fragment before
}

// add measures one segment and reports what is wrong with it. ok is false where it is too damaged to measure.
func (c *checker) add(where string, b []byte) (ok bool) {
	top, err := boxes(b)
	if err != nil {
		c.report.add(cmafStructure, where, "%v", err)
		return false
	}
	s := segment{sizeBytes: int64(len(b))}
	fragments, ok := c.fragments(where, top)
	if !ok {
		return false
	}
	chunked := !c.whole && slices.ContainsFunc(fragments[min(1, len(fragments)):], func(f fragment) bool { return f.isChunk() })
	for i := range fragments {
		f := &fragments[i]
		chunk := chunked && i > 0 && f.isChunk()
		c.check(where, f, chunk, chunked)
		if s.samples == 0 {
			s.start, s.shown = f.start, f.start+f.earliest-c.track.shift
		}
		s.duration = f.start + f.duration - s.start
		s.samples += f.samples
		if !chunk {
			s.fragments++
		}
	}
	c.report.unless(len(find(top, "mdat")) <= len(find(top, "moof")), cmafChunk, where, "an mdat without a moof")
	if s.samples == 0 || s.duration <= 0 {
		c.report.add(cmafEmpty, where, "%d samples of %d ticks", s.samples, s.duration)
		return false
	}
	c.track.segments = append(c.track.segments, s)
	return true
}

// fragments reads the moof boxes of a segment and judges the boxes around them.
func (c *checker) fragments(where string, top []box) (list []fragment, ok bool) {
	for i, moof := range top {
		if moof.name != "moof" {
			c.checkOther(where, top, i)
			continue
		}
		if i+1 == len(top) || top[i+1].name != "mdat" {
			c.report.add(cmafChunk, where, "no mdat follows the moof at %d", moof.offset)
			continue
		}
		f, err := parseFragment(moof, top[i+1], c.track.defaults)
		if err != nil {
			c.report.add(cmafStructure, where, "fragment at %d: %v", moof.offset, err)
			return nil, false
		}
		list = append(list, f)
	}
	return list, true
}

// isChunk reports whether a moof can only go on with the fragment before it: it begins inside a group of pictures.
func (f *fragment) isChunk() bool { return f.samples > 0 && f.firstFlags&sampleIsNonSync != 0 }

// checkOther judges box i of a segment, which is no moof.
func (c *checker) checkOther(where string, top []box, i int) {
	switch b := top[i]; b.name {
	case "mdat", "styp", "prft", "free", "skip":
	case "emsg":
		c.checkEvent(where, b.body, len(find(top[:i], "moof")) > 0)
	case "sidx":
		x, err := parseIndex(b.body)
		if err != nil {
			c.report.add(segmentIndexSize, where, "%v", err)
			return
		}
		last := top[len(top)-1]
		rest := int64(last.offset+last.size-b.offset-b.size) - x.firstOffset
		c.report.unless(x.sizeBytes() == rest || len(find(top[i+1:], "sidx")) > 0, segmentIndexSize, where,
			"sidx is of %d bytes, %d follow it", x.sizeBytes(), rest)
	default:
		c.report.unless(!c.track.cmaf, cmafChunk, where, "a box %q in a segment", b.name)
	}
}

// check reports what is wrong with one fragment, or with a chunk of one; chunked says that the segment has chunks.
func (c *checker) check(where string, f *fragment, chunk, chunked bool) {
	r := c.report
	r.unless(f.trackID == c.track.trackID, cmafTrackID, where, "tfhd has track %d, the header %d", f.trackID, c.track.trackID)
	r.unless(f.baseIsMoof && !f.baseOffset || !c.track.cmaf, cmafBaseOffset, where,
		"default-base-is-moof %t, base-data-offset %t", f.baseIsMoof, f.baseOffset)
	r.unless(f.dataProblem == "", cmafData, where, "%s", f.dataProblem)
	asEdits := f.oldRun == (c.track.edits > 0)
	r.unless(asEdits || c.track.kind != "video" || !c.track.cmaf, cmafRunVersion, where,
		"trun of version 0 %t, edit list %t", f.oldRun, c.track.edits > 0)
	r.unless(!f.strangeRun, cmafRunVersion, where, "trun of a version above 1")
	c.checkEncryption(where, f.traf)
	r.unless(!c.begun || f.sequence > c.sequence, cmafSequence, where, "mfhd %d follows %d", f.sequence, c.sequence)
	c.checkTime(where, f, chunked)
	c.countKeys(f)
	if c.begun && f.steps.differs(c.steps) {
		c.track.rateBreak = where
	}
	c.steps = f.steps
	if f.samples > 0 && !chunk {
		c.track.entry.readInBand(f.first)
		synced := f.firstFlags&sampleIsNonSync == 0
		r.unless(synced, cmafSync, where, "the first sample at %d is not a sync sample", f.start)
		r.unless(!synced || c.track.entry.scheme != "" || startsRandomAccess(f.first, c.track.entry), cmafSync, where,
			"the first sample at %d is no IDR picture", f.start)
	}
	c.begun, c.sequence, c.next = true, f.sequence, f.start+f.duration
}

// countKeys notes the sync samples of a fragment, in the time of the track.
func (c *checker) countKeys(f *fragment) {
	if !c.begun {
		c.keys = keySpan{}
	}
	if k := f.keys; k.found {
		c.keys.add(f.start + k.first)
		c.keys.widest = max(c.keys.widest, k.widest)
		c.keys.last = f.start + k.last
	}
	toEnd := f.start + f.duration - c.keys.last
	if c.keys.found {
		c.track.keyDistance = max(c.track.keyDistance, c.keys.widest, toEnd)
	}
}

func (c *checker) checkTime(where string, f *fragment, chunked bool) {
	r := c.report
	switch {
	case !f.hasTime:
		r.add(cmafDecodeTime, where, "no tfdt")
	case f.start < 0 || f.start > maxTime<<8: // so that sums do not overflow
		r.add(cmafDecodeTime, where, "tfdt is %d", f.start)
	case c.begun && f.start != c.next:
		r.add(cmafDecodeTime, where, "tfdt is %d, the samples before end at %d", f.start, c.next)
	}
	shift := c.track.shift
	if c.track.kind == "audio" {
		shift = 0 // an edit list of sound leaves out what its encoder has put in front
	}
	inside := f.samples == 0 || f.earliest == shift && f.latest-shift < f.duration
	r.unless(inside || chunked || !c.track.cmaf || c.track.kind == "text", cmafPresentation, where,
		"samples of the fragment at %d, %d ticks long, are presented from %+d to %+d", f.start, f.duration, f.earliest, f.latest)
}

// startsRandomAccess reports whether the first coded picture in an access unit lets decoding start there without
// pictures from before: an IDR picture of AVC, an IDR or BLA picture of HEVC. Of other codecs it believes the flags.
func startsRandomAccess(accessUnit []byte, e sampleEntry) bool {
	for unit := range lengthPrefixed(accessUnit, e.lengthSize) {
		if access, coded := codedPicture(unit[0], e.name); coded {
			return access
		}
	}
	return e.lengthSize == 0
}

// lengthPrefixed yields the NAL units of an access unit, as far as they are there; none of another codec, whose size of
// lengths is 0. No unit is empty.
func lengthPrefixed(accessUnit []byte, sizeBytes int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for sizeBytes > 0 && len(accessUnit) > sizeBytes {
			var length [4]byte
			copy(length[4-sizeBytes:], accessUnit)
			accessUnit = accessUnit[sizeBytes:]
			size := min(int64(binary.BigEndian.Uint32(length[:])), int64(len(accessUnit)))
			if size > 0 && !yield(accessUnit[:size]) {
				return
			}
			accessUnit = accessUnit[size:]
		}
	}
}

// codedPicture judges the first byte of a NAL unit: coded says that it holds a slice, access that decoding may start.
func codedPicture(first byte, entry string) (access, coded bool) {
	switch entry {
	case "avc1", "avc3":
		unit := first & 0x1F
		return unit == 5, unit >= 1 && unit <= 5
	default:
		unit := first >> 1 & 0x3F
		return unit >= 16 && unit <= 20, unit <= 31
	}
}
