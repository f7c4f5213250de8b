package dash

import (
	"strconv"

	"headwater/packager"
)

// appendList appends the SegmentList of t (§5.3.9.3), its children in the order of the schema. It has no startNumber: 1 is
// the default, and ffmpeg (5.1) leaves out as many segments as it says.
func (m *manifest) appendList(dst []byte, indent string, t *packager.Track) []byte {
	dst = append(dst, indent...)
	dst = append(dst, "<SegmentList"...)
	dst = appendInt(dst, "timescale", t.Timescale)
	dst = append(dst, ">\n"...)
	url := packager.Resource{Kind: packager.InitSegment, Track: t.ID}.AppendPath([]byte(m.up))
	dst = m.appendLink(dst, indent, "Initialization", "sourceURL", url)
	dst = m.appendTimeline(dst, indent+"  ", t)
	url = packager.AppendSegmentDir(append(url[:0], m.up...), t.ID, m.segmentation.TargetSeconds)
	folder := len(url)
	for number := 1; number <= m.segmentation.Len(); number++ {
		url = strconv.AppendInt(url[:folder], int64(number), 10)
		url = append(url, ".m4s"...)
		dst = m.appendLink(dst, indent, "SegmentURL", "media", url)
	}
	dst = append(dst, indent...)
	return append(dst, "</SegmentList>\n"...)
}

// appendLink appends a child of a list: an element with one attribute, the URL that the link makes of a relative one.
func (m *manifest) appendLink(dst []byte, indent, element, attribute string, relative []byte) []byte {
	dst = append(dst, indent...)
	dst = append(dst, "  <"...)
	dst = append(dst, element...)
	dst = appendString(dst, attribute, string(m.link.Append(nil, relative)))
	return append(dst, "/>\n"...)
}
