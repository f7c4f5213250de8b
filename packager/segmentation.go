package packager

import (
	"sort"
	"strconv"
	"strings"
)

// Limits and default of the segment target, in seconds.
const (
	DefaultTargetSeconds = 6 // HLS Authoring Specification 7.5
	MaxTargetSeconds     = 20
)

// segmentationVersion names the algorithm of newSegmentation. It is part of every segment's URL: a change of the
// algorithm needs a new version, because published URLs promise the same bytes for ever.
const segmentationVersion = 1

// Segmentation groups the intervals of a grid into segments. It is a pure function of the grid, the target and the
// version of the algorithm. Segments are numbered from 1.
type Segmentation struct {
	TargetSeconds int
	// starts[i] is the first interval of segment i+1; one more entry holds the number of intervals.
	starts []int32
}

// newSegmentation starts each segment where the last one ended and ends it at the cut nearest to the target, never
// more than half a second past it (HLS Authoring Specification 7.7) unless a single interval is longer. Counting from
// the segment's own start keeps durations uniform where the grid is a little off whole seconds (2.002 s at 29.97 Hz).
// A rest that fits within that half second is not worth a request of its own: the last segment takes it.
func newSegmentation(g *Grid, targetSeconds int) *Segmentation {
	target := Ticks(targetSeconds) * Ticks(g.Timescale)
	longest := target + Ticks(g.Timescale)/2
	s := &Segmentation{TargetSeconds: targetSeconds, starts: []int32{0}}
	for start := 0; start < g.Intervals(); {
		end := start + 1
		for end < g.Intervals() {
			length, next := g.Cuts[end]-g.Cuts[start], g.Cuts[end+1]-g.Cuts[start]
			if next > longest || distance(next, target) > distance(length, target) {
				break
			}
			end++
		}
		if g.End()-g.Cuts[start] <= longest {
			end = g.Intervals()
		}
		s.starts = append(s.starts, int32(end))
		start = end
	}
	return s
}

// Fragmentation returns the segmentation in which every interval of the grid is a segment of its own: the subsegments of
// on-demand files. Its target means nothing.
func (p *Presentation) Fragmentation() *Segmentation {
	s := &Segmentation{starts: make([]int32, len(p.Grid.Cuts))}
	for i := range s.starts {
		s.starts[i] = int32(i)
	}
	return s
}

// Uniform returns the duration that all segments have on g, the grid that s groups, but for the last one, which may be
// shorter; 0 when there is none.
func (s *Segmentation) Uniform(g *Grid) Ticks {
	nominal := g.Cuts[s.starts[1]]
	for i := 1; i < s.Len(); i++ {
		length := g.Cuts[s.starts[i+1]] - g.Cuts[s.starts[i]]
		if length > nominal || length < nominal && i < s.Len()-1 {
			return 0
		}
	}
	return nominal
}

func distance(a, b Ticks) Ticks {
	if a < b {
		return b - a
	}
	return a - b
}

// Len returns the number of segments.
func (s *Segmentation) Len() int { return len(s.starts) - 1 }

// End returns the end of the last segment on g, the grid that s groups.
func (s *Segmentation) End(g *Grid) Ticks { return g.Cuts[s.starts[s.Len()]] }

// first returns the first n segments of s.
func (s *Segmentation) first(n int) *Segmentation {
	if n >= s.Len() {
		return s
	}
	return &Segmentation{TargetSeconds: s.TargetSeconds, starts: s.starts[:n+1]}
}

// startingBefore returns how many segments start before an instant of g, the grid that s groups.
func (s *Segmentation) startingBefore(g *Grid, instant Ticks) int {
	return sort.Search(s.Len(), func(i int) bool { return g.Cuts[s.starts[i]] >= instant })
}

// Intervals returns the half-open range of grid intervals, and so of fragments, of segment number (1 to Len).
func (s *Segmentation) Intervals(number int) (first, end int) {
	return int(s.starts[number-1]), int(s.starts[number])
}

// Span returns the decode time of segment number (1 to Len) of t, and its duration, both in t's timescale.
func (s *Segmentation) Span(t *Track, number int) (start, duration Ticks) {
	first, end := s.Intervals(number)
	start = t.Fragments[first].DecodeTime
	return start, t.Fragments[end-1].End() - start
}

// SizeBytes returns the size of segment number (1 to Len) of t.
func (s *Segmentation) SizeBytes(t *Track, number int) int64 {
	first, end := s.Intervals(number)
	last := t.Fragments[end-1]
	return last.Offset + int64(last.SizeBytes) - t.Fragments[first].Offset
}

// TargetDuration returns HLS's EXT-X-TARGETDURATION for all playlists of p: the longest segment of any track, rounded
// to the nearest second, at least 1 (RFC 8216 §4.3.3.1; equal for audio and video by HLS Authoring Specification 8.2).
func (s *Segmentation) TargetDuration(p *Presentation) int {
	longest := 1
	for i := range p.Tracks {
		longest = max(longest, s.LongestSeconds(&p.Tracks[i]))
	}
	return longest
}

// LongestSeconds returns the longest segment of t, rounded to the nearest second, at least 1.
func (s *Segmentation) LongestSeconds(t *Track) int {
	longest := Ticks(0)
	for number := 1; number <= s.Len(); number++ {
		_, duration := s.Span(t, number)
		longest = max(longest, duration)
	}
	return max(1, int(Rescale(longest, t.Timescale, 1)))
}

// AppendID appends the path element that names the segmentation in URLs, such as "6s1": target and version.
func (s *Segmentation) AppendID(dst []byte) []byte { return appendSegmentationID(dst, s.TargetSeconds) }

func appendSegmentationID(dst []byte, targetSeconds int) []byte {
	dst = strconv.AppendInt(dst, int64(targetSeconds), 10)
	dst = append(dst, 's')
	return strconv.AppendInt(dst, segmentationVersion, 10)
}

// parseSegmentationID reads what AppendID writes, in its one canonical form.
func parseSegmentationID(id string) (targetSeconds int, ok bool) {
	target, version, found := strings.Cut(id, "s")
	if !found || version != strconv.Itoa(segmentationVersion) {
		return 0, false
	}
	targetSeconds, ok = parseCanonicalInt(target)
	return targetSeconds, ok && targetSeconds >= 1 && targetSeconds <= MaxTargetSeconds
}

// parseCanonicalInt reads a positive decimal number without sign or leading zeros, of at most 9 digits.
func parseCanonicalInt(s string) (int, bool) {
	if len(s) == 0 || len(s) > 9 || s[0] == '0' {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}
