package manifest

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"
)

// addresser finds the media of one Representation in one period (ISO/IEC 23009-1 §5.3.9).
type addresser struct {
	base      *url.URL
	id        string
	bandwidth int64
	// start and length are those of the period; length 0 means unknown.
	start, length time.Duration

	info segmentInfo
	time ticks
	init *Resource
}

// address fills the segments of r, or its index. levels are the elements of period, set and Representation; the last that
// has one decides the kind of addressing, and inherits what it leaves out (§5.3.9.1).
func (a *addresser) address(r *Rendition, levels ...addressing) error {
	var list, template bool
	for _, level := range levels {
		for _, info := range []*segmentInfo{level.Base, level.List, level.Template} {
			if info == nil {
				continue
			}
			a.info.inherit(info)
			list, template = info == level.List, info == level.Template
		}
	}
	a.time.scale = orElse(a.info.Timescale, 1)
	if a.time.scale == 0 || a.time.scale > 1<<32 {
		return fmt.Errorf("timescale %d", a.time.scale)
	}
	if err := a.findInit(template); err != nil {
		return err
	}
	switch {
	case template:
		return a.template(r)
	case list:
		return a.list(r)
	default:
		return a.onDemand(r)
	}
}

// inherit puts what is set in from over what is known.
func (s *segmentInfo) inherit(from *segmentInfo) {
	over(&s.Timescale, from.Timescale)
	over(&s.Offset, from.Offset)
	over(&s.Duration, from.Duration)
	over(&s.StartNumber, from.StartNumber)
	over(&s.EndNumber, from.EndNumber)
	over(&s.Media, from.Media)
	over(&s.InitializationURL, from.InitializationURL)
	over(&s.IndexRange, from.IndexRange)
	over(&s.InitializationFile, from.InitializationFile)
	over(&s.Timeline, from.Timeline)
	if len(from.URLs) > 0 {
		s.URLs = from.URLs
	}
}

func over[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

func orElse(value *uint64, otherwise uint64) uint64 {
	if value == nil {
		return otherwise
	}
	return *value
}

func (a *addresser) findInit(template bool) (err error) {
	switch {
	case template && a.info.InitializationURL != nil:
		a.init, err = a.resource(a.expand(*a.info.InitializationURL, 0, 0), "")
	case a.info.InitializationFile != nil:
		a.init, err = a.resource(a.info.InitializationFile.Source, a.info.InitializationFile.Range)
	}
	return err
}

// resource resolves a URL with a range as in the header field of HTTP; both may be empty.
func (a *addresser) resource(reference, bytes string) (*Resource, error) {
	address, err := resolve(a.base, reference)
	if err != nil {
		return nil, err
	}
	r := &Resource{URL: address.String()}
	if bytes != "" {
		r.Offset, r.Length, err = parseRange(bytes)
	}
	return r, err
}

// parseRange parses first-last.
func parseRange(text string) (offset, length int64, err error) {
	firstText, lastText, _ := strings.Cut(text, "-")
	first, err1 := parseUint(firstText)
	last, err2 := parseUint(lastText)
	if err1 != nil || err2 != nil || last < first || last > math.MaxInt64/2 {
		return 0, 0, fmt.Errorf("range %.40q", text)
	}
	return first, last - first + 1, nil
}

// onDemand is one file, alone or with an index in it.
func (a *addresser) onDemand(r *Rendition) error {
	media, err := a.resource("", "")
	if err != nil {
		return err
	}
	r.Media, r.Init = *media, a.init
	if a.info.IndexRange != nil {
		r.Index, err = a.resource("", *a.info.IndexRange)
		return err
	}
	if a.length <= 0 {
		return errors.New("neither segments nor a duration")
	}
	r.Segments = []Segment{{Resource: *media, Init: a.init, Start: a.start, Duration: a.length}}
	return nil
}

func (a *addresser) list(r *Rendition) error {
	if len(a.info.URLs) == 0 {
		return errors.New("SegmentList without SegmentURL")
	}
	cuts, err := a.cuts(uint64(len(a.info.URLs)))
	if err != nil {
		return err
	}
	for i, c := range cuts[:min(len(cuts), len(a.info.URLs))] {
		media, err := a.resource(a.info.URLs[i].Media, a.info.URLs[i].Range)
		if err != nil {
			return err
		}
		r.Segments = append(r.Segments, Segment{Resource: *media, Init: a.init, Start: c.start, Duration: c.duration})
	}
	return nil
}

func (a *addresser) template(r *Rendition) error {
	if a.info.Media == nil {
		return errors.New("SegmentTemplate without media")
	}
	cuts, err := a.cuts(0)
	if err != nil {
		return err
	}
	number := orElse(a.info.StartNumber, 1)
	for i, c := range cuts {
		media, err := a.resource(a.expand(*a.info.Media, number+uint64(i), c.time), "")
		if err != nil {
			return err
		}
		r.Segments = append(r.Segments, Segment{Resource: *media, Init: a.init, Start: c.start, Duration: c.duration})
	}
	return nil
}
