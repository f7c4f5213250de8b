package manifest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// cut is one segment of a timeline.
type cut struct {
	time            uint64 // $Time$
	start, duration time.Duration
}

// cuts returns the times of the segments. listed is how many a list names; 0 means that a template makes as many as it takes.
func (a *addresser) cuts(listed uint64) ([]cut, error) {
	switch {
	case a.info.Timeline != nil:
		return a.timeline()
	case orElse(a.info.Duration, 0) > 0:
		return a.regular(*a.info.Duration, listed)
	default:
		return nil, errors.New("neither SegmentTimeline nor @duration")
	}
}

// timeline unrolls a SegmentTimeline (§5.3.9.6).
func (a *addresser) timeline() ([]cut, error) {
	var cuts []cut
	offset := orElse(a.info.Offset, 0)
	next := uint64(0)
	runs := a.info.Timeline.S
	for i, s := range runs {
		if s.T != nil {
			next = *s.T
		}
		count, err := a.repeats(runs, i, next, offset)
		if err != nil {
			return nil, err
		}
		if s.D == 0 || s.D > 1<<62/maxSegments || uint64(len(cuts))+count > maxSegments {
			return nil, fmt.Errorf("%d segments of %d ticks are out of range", count, s.D)
		}
		for range count {
			c, err := a.cut(next, offset, s.D)
			if err != nil {
				return nil, err
			}
			cuts = append(cuts, c)
			next += s.D
		}
	}
	if len(cuts) == 0 {
		return nil, errors.New("an empty SegmentTimeline")
	}
	return cuts, nil
}

// repeats returns how many segments a run has. A negative @r reaches to the next run or to the end of the period.
func (a *addresser) repeats(runs []run, i int, next, offset uint64) (uint64, error) {
	s := runs[i]
	if s.R >= 0 {
		return uint64(s.R) + 1, nil
	}
	end := offset + uint64(a.length.Seconds()*float64(a.time.scale)+0.5)
	if i+1 < len(runs) && runs[i+1].T != nil {
		end = *runs[i+1].T
	}
	if end <= next || s.D == 0 {
		return 0, errors.New("a run of segments without an end")
	}
	return (end - next + s.D - 1) / s.D, nil
}

// cut returns the segment at next.
func (a *addresser) cut(next, offset, length uint64) (cut, error) {
	shown := uint64(0) // what lies before the period begins is not shown
	if next > offset {
		shown = next - offset
	}
	start, ok1 := a.time.duration(shown)
	end, ok2 := a.time.duration(shown + length)
	if !ok1 || !ok2 || a.start+end > maxDuration {
		return cut{}, fmt.Errorf("a segment at %d is later than %s", next, maxDuration)
	}
	return cut{time: next, start: a.start + start, duration: end - start}, nil
}

// regular cuts the period into segments of equal length.
func (a *addresser) regular(length, listed uint64) ([]cut, error) {
	each, ok := a.time.duration(length)
	if !ok || each <= 0 {
		return nil, fmt.Errorf("segments of %d ticks", length)
	}
	count := listed
	if last, first := orElse(a.info.EndNumber, 0), orElse(a.info.StartNumber, 1); listed == 0 && last >= first {
		count = last - first + 1
	}
	if a.length > 0 {
		fitting := uint64((a.length + each - 1) / each)
		if count == 0 || fitting < count {
			count = fitting
		}
	}
	switch {
	case count == 0:
		return nil, errors.New("neither the period nor the presentation has a duration")
	case count > maxSegments:
		return nil, fmt.Errorf("more than %d segments", maxSegments)
	}
	offset := orElse(a.info.Offset, 0)
	cuts := make([]cut, 0, count)
	for n := range count {
		c, err := a.cut(offset+n*length, offset, length)
		if err != nil {
			return nil, err
		}
		if end := a.start + a.length; a.length > 0 && c.start+c.duration > end {
			c.duration = end - c.start
		}
		cuts = append(cuts, c)
	}
	return cuts, nil
}

// expand replaces the identifiers of a template (§5.3.9.4.4). What is no identifier stays as it is.
func (a *addresser) expand(template string, number, at uint64) string {
	var expanded strings.Builder
	for {
		before, rest, found := strings.Cut(template, "$")
		expanded.WriteString(before)
		if !found {
			return expanded.String()
		}
		identifier, after, found := strings.Cut(rest, "$")
		if !found {
			expanded.WriteString("$" + rest)
			return expanded.String()
		}
		expanded.WriteString(a.identifier(identifier, number, at))
		template = after
	}
}

func (a *addresser) identifier(text string, number, at uint64) string {
	name, format, _ := strings.Cut(text, "%")
	switch name {
	case "":
		return "$"
	case "RepresentationID":
		return a.id
	case "Number":
		return padded(number, format)
	case "Time":
		return padded(at, format)
	case "Bandwidth":
		return padded(uint64(a.bandwidth), format)
	default:
		return "$" + text + "$"
	}
}

// padded formats n by 0WIDTHd; an empty format means width 1.
func padded(n uint64, format string) string {
	digits := strconv.FormatUint(n, 10)
	width, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimPrefix(format, "0"), "d"), 10, 8)
	if missing := min(int(width), 64) - len(digits); missing > 0 {
		return strings.Repeat("0", missing) + digits
	}
	return digits
}
