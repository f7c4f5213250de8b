package dash

import (
	"headwater/packager"
)

// representationID is replaced by the id of a Representation, which is the id of its track (§5.3.9.4.4).
const representationID = "$RepresentationID$"

// sharesTemplate reports whether the tracks of s have one SegmentTemplate, in their AdaptationSet.
func (m *manifest) sharesTemplate(s set) bool {
	return m.files == nil && m.link == nil && (m.counts(s[0]) || agree(s, timescale))
}

// appendSegments appends what says where the segments of t lie and when they play.
func (m *manifest) appendSegments(dst []byte, indent string, t *packager.Track) []byte {
	switch {
	case m.files != nil:
		return m.appendFile(dst, indent, t)
	case m.link != nil:
		return m.appendList(dst, indent, t)
	}
	return m.appendTemplate(dst, indent, t)
}

// appendTemplate appends the SegmentTemplate of t, which serves every track of its timescale and kind in a set: video is
// cut exactly on the grid and audio tracks are alone. A nominal duration is written in the timescale of the grid, which holds
// it exactly.
func (m *manifest) appendTemplate(dst []byte, indent string, t *packager.Track) []byte {
	dst = append(dst, indent...)
	dst = append(dst, "<SegmentTemplate"...)
	counts := m.counts(t)
	if counts {
		dst = appendInt(dst, "timescale", m.grid.Timescale)
		dst = appendInt(dst, "duration", m.nominal)
	} else {
		dst = appendInt(dst, "timescale", t.Timescale)
	}
	dst = append(dst, ` startNumber="1" initialization="`...)
	dst = append(dst, m.up...)
	dst = packager.Resource{Kind: packager.InitSegment, Track: representationID}.AppendPath(dst)
	dst = append(dst, `" media="`...)
	dst = append(dst, m.up...)
	dst = packager.AppendSegmentDir(dst, representationID, m.segmentation.TargetSeconds)
	if counts {
		return append(dst, "$Number$.m4s\"/>\n"...)
	}
	dst = append(dst, "$Number$.m4s\">\n"...)
	dst = m.appendTimeline(dst, indent+"  ", t)
	dst = append(dst, indent...)
	return append(dst, "</SegmentTemplate>\n"...)
}

// appendTimeline appends the SegmentTimeline of t, runs of equal durations folded (§5.3.9.6). Only the first entry says
// when it starts, which for audio may be up to a packet after 0; the others follow without gaps.
func (m *manifest) appendTimeline(dst []byte, indent string, t *packager.Track) []byte {
	dst = append(dst, indent...)
	dst = append(dst, "<SegmentTimeline>\n"...)
	for number := 1; number <= m.segmentation.Len(); {
		start, duration := m.segmentation.Span(t, number)
		repeats := m.repeats(t, number, duration)
		dst = append(dst, indent...)
		dst = append(dst, "  <S"...)
		if number == 1 {
			dst = appendInt(dst, "t", start)
		}
		dst = appendInt(dst, "d", duration)
		if repeats > 0 {
			dst = appendInt(dst, "r", repeats)
		}
		dst = append(dst, "/>\n"...)
		number += 1 + repeats
	}
	dst = append(dst, indent...)
	return append(dst, "</SegmentTimeline>\n"...)
}

// repeats returns how many segments directly after number have the same duration and can share its S element. In a list
// none can: dash.js (5.2.1) takes the URL that stands where the S element stands.
func (m *manifest) repeats(t *packager.Track, number int, duration packager.Ticks) int {
	if m.link != nil {
		return 0
	}
	n := 0
	for next := number + 1; next <= m.segmentation.Len(); next++ {
		if _, d := m.segmentation.Span(t, next); d != duration {
			break
		}
		n++
	}
	return n
}
