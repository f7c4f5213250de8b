package lint

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// measurePlaylist fetches the media of a playlist and leaves what it finds in p. Transport streams, packed audio and
// fragmented MP4 are told apart by their bytes.
func (c *client) measurePlaylist(p *hlsPlaylist) {
	m := p.parsed
	for _, segment := range m.segments {
		p.parts = append(p.parts, part{resolve(p.where, segment.uri), segment.byteRange})
	}
	c.checkRanges(p)
	switch {
	case len(m.segments) == 0:
	case m.variables:
		c.skip(p.where, "the playlist has variables")
	case m.encrypted:
		c.skip(p.where, "the media are encrypted")
	case !m.ended && !m.vod:
		c.skip(p.where, "the playlist is live")
	case m.plainCMAF():
		if t := c.measure(p.media()); t != nil {
			p.tracks = []*track{t}
		}
	default:
		p.tracks = c.measureRuns(p)
	}
	if len(p.tracks) > 0 {
		p.track = p.tracks[0]
	}
}

// plainCMAF reports whether segments are whole files behind one EXT-X-MAP, without discontinuities.
func (m *mediaPlaylist) plainCMAF() bool {
	if len(m.maps) != 1 || m.maps[0].sizeBytes > 0 || m.segments[0].mapping != 1 {
		return false
	}
	return !slices.ContainsFunc(m.segments, func(r reference) bool { return r.sizeBytes > 0 || r.discontinuity })
}

// run is what measures the segments between two discontinuities.
type run interface {
	add(where string, b []byte) bool
	tracks(where string) []*track
}

// media returns where the bytes of a playlist of plain CMAF lie.
func (p *hlsPlaylist) media() *media {
	m := &media{init: p.mapPart(1), segments: p.parts, timescale: 1e9}
	var now int64
	for _, segment := range p.parsed.segments {
		m.claims = append(m.claims, interval{now, segment.duration})
		now += segment.duration
	}
	return m
}

// mapPart returns what the EXT-X-MAP of that number, from 1, names.
func (p *hlsPlaylist) mapPart(number int) part {
	m := p.parsed.maps[number-1]
	return part{resolve(p.where, m.uri), m.byteRange}
}

// measureRuns measures segment by segment; nil when one of them cannot be. Each leans on the one before, so that a sample
// is of the first ones, and what is said of the whole is not judged.
func (c *client) measureRuns(p *hlsPlaylist) (all []*track) {
	total := len(p.parts)
	sampled := p.parts[:len(c.choose(total))]
	whole := true
	var at run
	c.each(sampled, func(i int, answer Response, ok bool) {
		if whole = whole && ok; !whole {
			return
		}
		segment, where := p.parsed.segments[i], p.parts[i]
		c.judgeContainer(where.url, answer)
		if at == nil || segment.discontinuity || segment.mapping != p.parsed.segments[max(i-1, 0)].mapping {
			if at != nil {
				all = joinRuns(all, at.tracks(p.where))
			}
			if at = c.newRun(p, segment, answer.Body); at == nil {
				whole = false
				return
			}
		}
		whole = at.add(where.String(), answer.Body)
	})
	if !whole || at == nil {
		return nil
	}
	all = joinRuns(all, at.tracks(p.where))
	c.measured += len(all)
	if len(sampled) < total {
		c.skip(p.where, fmt.Sprintf("the last %d of %d segments, and with them durations and bit rates", total-len(sampled), total))
		return nil
	}
	return all
}

// newRun looks at the first segment of a run; nil when nothing measures such media.
func (c *client) newRun(p *hlsPlaylist, segment reference, b []byte) run {
	switch {
	case segment.mapping > 0:
		init := p.mapPart(segment.mapping)
		answer, ok := c.getHeader(init)
		if !ok {
			return nil
		}
		if h, ok := parseHeader(&c.report, init.String(), answer.Body); ok {
			return &fragmentRun{checker{report: &c.report, track: track{header: h, initURL: init.String()}}}
		}
		return nil
	case looksLikeTransport(b):
		return newTransportRun(&c.report)
	case bytes.HasPrefix(b, []byte("ID3")) || len(b) > 1 && b[0] == 0xFF && b[1] >= 0xE0 || bytes.HasPrefix(b, []byte{0x0B, 0x77}):
		return &packedRun{report: &c.report}
	case len(b) >= 8 && strings.Contains("styp moof sidx", string(b[4:8])):
		c.add(hlsMap, p.where, "no EXT-X-MAP before the first segment")
	default:
		c.skip(p.where, "the media are neither MPEG-TS, packed audio nor fragmented MP4")
	}
	return nil
}

// judgeContainer wants the media type that Apple lists for what the bytes are.
func (c *client) judgeContainer(address string, answer Response) {
	switch {
	case looksLikeTransport(answer.Body):
		c.judgeType(address, answer, transportTypes)
	case len(answer.Body) >= 8 && strings.Contains("styp moof sidx", string(answer.Body[4:8])):
		c.judgeType(address, answer, append(videoSegmentTypes[:len(videoSegmentTypes):len(videoSegmentTypes)], audioTypes...))
	}
}

// fragmentRun is a checker as a run.
type fragmentRun struct{ checker }

func (f *fragmentRun) tracks(string) []*track { return []*track{&f.track} }

// joinRuns puts the tracks of two runs behind each other, in the time of the first.
func joinRuns(all, next []*track) []*track {
	if all == nil {
		return next
	}
	if len(all) != len(next) {
		return nil
	}
	for i, t := range next {
		if len(t.segments) == 0 || len(all[i].segments) == 0 {
			return nil
		}
		shift := all[i].end() - t.segments[0].start*int64(all[i].timescale)/int64(t.timescale)
		for _, s := range t.segments {
			s.start = s.start*int64(all[i].timescale)/int64(t.timescale) + shift
			s.duration = s.duration * int64(all[i].timescale) / int64(t.timescale)
			all[i].segments = append(all[i].segments, s)
		}
		distance := t.keyDistance * int64(all[i].timescale) / int64(t.timescale)
		all[i].keyDistance = max(all[i].keyDistance, distance)
		all[i].oldEvent, all[i].rateBreak = cmp.Or(all[i].oldEvent, t.oldEvent), cmp.Or(all[i].rateBreak, t.rateBreak)
	}
	return all
}
