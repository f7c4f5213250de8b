package dash

import (
	"strconv"

	"headwater/packager"
)

// appendFile appends where the file of t and its index lie (§5.3.9.2, §8.3).
func (m *manifest) appendFile(dst []byte, indent string, t *packager.Track) []byte {
	file := m.files[t.ID]
	url := packager.Resource{Kind: packager.OnDemandFile, Track: t.ID}.AppendPath([]byte(m.up))
	dst = append(append(dst, indent...), "<BaseURL>"...)
	dst = appendEscaped(dst, string(m.link.Append(nil, url)))
	dst = append(append(append(dst, "</BaseURL>\n"...), indent...), "<SegmentBase"...)
	dst = appendInt(dst, "timescale", t.Timescale)
	dst = appendString(dst, "indexRange", byteRange(file.InitBytes, file.HeadBytes))
	dst = append(dst, ` indexRangeExact="true">`+"\n"...)
	dst = append(append(dst, indent...), "  <Initialization"...)
	dst = appendString(dst, "range", byteRange(0, file.InitBytes))
	dst = append(append(dst, "/>\n"...), indent...)
	return append(dst, "</SegmentBase>\n"...)
}

// byteRange writes the bytes from start up to end as attributes do: with the last one.
func byteRange(start, end int64) string {
	return strconv.FormatInt(start, 10) + "-" + strconv.FormatInt(end-1, 10)
}
