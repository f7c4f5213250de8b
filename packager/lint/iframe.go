package lint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// iframeChecker judges what the entries of one I-frame playlist name.
type iframeChecker struct {
	*client
	playlist *hlsPlaylist
	judge    func(number int, where string, answer Response)
	header   header
	// next is the number of the entry behind the one at hand, which the playlist has from start to end, in nanoseconds.
	next       int
	start, end int64
	// first is when the first picture that was judged of a stretch is shown, in ticks, and due when the playlist has it, in
	// nanoseconds. A stretch ends at a discontinuity.
	first, due int64
	begun      bool
	skipped    bool
}

// readHeader reads the EXT-X-MAP of a list and compares it with what the multivariant playlist says.
func (i *iframeChecker) readHeader(where string, v iframeVariant) (ok bool) {
	init, out := i.playlist.mapPart(1), &i.report
	if _, judged := i.headers[init]; judged {
		out = &report{} // what is wrong with it has been told
	}
	answer, ok := i.getHeader(init)
	if !ok {
		return false
	}
	i.judgeType(init.url, answer, videoInitTypes)
	if i.header, ok = parseHeader(out, init.String(), answer.Body); !ok {
		return false
	}
	e := i.header.entry
	i.unless(v.codecs == "" || sameCodec(v.codecs, e.codec), hlsIFrames, where, "CODECS is %q, the I-frames are %s", v.codecs, e.codec)
	i.unless(v.width == int64(e.width) && v.height == int64(e.height) || v.width == 0, hlsIFrames, where,
		"RESOLUTION is %dx%d, the I-frames have %dx%d", v.width, v.height, e.width, e.height)
	if e.known() {
		want := videoRanges[e.transfer]
		i.unless(v.videoRange == want || want == "" && v.videoRange == "SDR", hlsVideoRange, where,
			"VIDEO-RANGE is %q, transfer characteristics %d", v.videoRange, e.transfer)
	}
	if e.scheme != "" {
		i.skip(init.String(), "encrypted with "+e.scheme+": the I-frames")
		return false
	}
	return true
}

// fragment wants a moof and the whole of its first sample, which is a key frame, at the time that the playlist has it.
func (i *iframeChecker) fragment(number int, where string, answer Response) {
	i.judgeType(i.playlist.parts[number].url, answer, videoSegmentTypes)
	f, err := parseIFrame(answer.Body, i.header.defaults)
	if err != nil {
		i.add(hlsIFrameRanges, where, "%v", err)
		return
	}
	switch {
	case f.samples == 0:
		i.add(hlsIFrameRanges, where, "no sample")
		return
	case int64(len(f.first)) < f.firstSize:
		i.add(hlsIFrameRanges, where, "the range ends %d bytes before the first sample does", f.firstSize-int64(len(f.first)))
	case f.firstFlags&sampleIsNonSync != 0 || !startsRandomAccess(f.first, i.header.entry):
		i.add(hlsIFrameRanges, where, "the first sample is no key frame")
	}
	i.checkTime(number, f.start+f.earliest, i.header.timescale, (f.duration+int64(f.samples)-1)/int64(f.samples), 0)
}

// checkTime, which is called for entries in their order, wants the picture of one to be shown, counted from the first, as
// late as the EXTINF before it add up to, within a frame. Times wrap around after cycle ticks; 0 for those that do not.
func (i *iframeChecker) checkTime(number int, shown int64, timescale uint32, frame, cycle int64) {
	for ; i.next <= number; i.next++ {
		s := i.playlist.parsed.segments[i.next]
		i.begun = i.begun && !s.discontinuity
		i.start, i.end = i.end, i.end+s.duration
	}
	if !i.begun {
		i.begun, i.first, i.due = true, shown, i.start
		return
	}
	want := i.start - i.due
	if cycle > 0 {
		shown = unwrapIn(shown, i.first+rescale(want, 1e9, timescale), cycle)
	}
	got := nanoseconds(shown-i.first, timescale)
	i.unless(near(got, want, nanoseconds(frame, timescale)), hlsIFrameTimes, i.playlist.where,
		"I-frame %d is shown %d ms after the first, EXTINF has it after %d ms", number+1, got/1e6, want/1e6)
}

// parseIFrame reads a moof and as much as there is of the mdat behind it. Boxes of other names may stand before the moof.
func parseIFrame(b []byte, d sampleDefaults) (f fragment, err error) {
	for offset := 0; ; {
		if len(b)-offset < 8 {
			return f, fmt.Errorf("no moof in %d bytes", len(b))
		}
		size, name := int64(binary.BigEndian.Uint32(b[offset:])), string(b[offset+4:offset+8])
		if name == "mdat" {
			return f, fmt.Errorf("the range begins with the mdat: it lacks the moof")
		}
		if size < 8 || size > int64(len(b)-offset) {
			return f, fmt.Errorf("box %q of %d bytes, %d are there", name, size, len(b)-offset)
		}
		end := offset + int(size)
		if name != "moof" {
			offset = end
			continue
		}
		moof := box{name, b[offset+8 : end], offset, int(size)}
		const mdatHeader = 8
		if len(b)-end < mdatHeader || string(b[end+4:end+8]) != "mdat" {
			return f, fmt.Errorf("no mdat behind the moof")
		}
		return parseFragment(moof, box{"mdat", b[end+mdatHeader:], end, len(b) - end}, d)
	}
}

// transport wants an IDR picture in packets of a transport stream. Without a PAT and a PMT nothing tells which packets are
// those of pictures.
func (i *iframeChecker) transport(number int, where string, answer Response) {
	b := answer.Body
	i.judgeType(i.playlist.parts[number].url, answer, transportTypes)
	if len(b) == 0 || len(b)%tsPacketBytes != 0 || !looksLikeTransport(b) {
		i.add(hlsIFrameRanges, where, "%d bytes are neither packets of a transport stream nor behind an EXT-X-MAP", len(b))
		return
	}
	run := newTransportRun(&report{}) // what is wrong with packets is told where the segment is judged
	if packets, ok := run.packets(where, b); !ok || !run.tables(where, packets) {
		if !i.skipped {
			i.skip(i.playlist.where, "I-frames of MPEG-TS without a PAT and a PMT")
		}
		i.skipped = true
		return
	}
	run = newTransportRun(&report{})
	run.add(where, b)
	at := slices.IndexFunc(run.streams, func(e *elementary) bool { return e.media == "video" && e.keys.found })
	if at < 0 {
		i.add(hlsIFrameRanges, where, "no IDR picture of H.264")
		return
	}
	i.checkTime(number, run.streams[at].keys.first, transportScale, transportScale/24, timeCycle)
}

func (i *iframeChecker) jpeg(_ int, where string, answer Response) {
	i.unless(bytes.HasPrefix(answer.Body, []byte{0xFF, 0xD8, 0xFF}), hlsIFrameRanges, where, "no JPEG picture")
}
