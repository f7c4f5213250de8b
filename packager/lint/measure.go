package lint

import (
	"bytes"
	"slices"
	"strings"
)

// measurePlaylist fetches the media of a playlist and leaves what it finds in p. Transport streams, packed audio and
// fragmented MP4 are told apart by their bytes.
func (c *client) measurePlaylist(p *hlsPlaylist) {
	m := p.parsed
	for _, segment := range m.segments {
		p.segmentURLs = append(p.segmentURLs, resolve(p.where, segment.uri))
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
		if t := c.measure(resolve(p.where, m.mapURI), p.segmentURLs); t != nil {
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

// measureRuns measures segment by segment; nil when one of them cannot be.
func (c *client) measureRuns(p *hlsPlaylist) (all []*track) {
	source := &parts{client: c}
	var at run
	for i, segment := range p.parsed.segments {
		answer, ok := source.get(p.segmentURLs[i], segment.byteRange)
		if !ok {
			return nil
		}
		c.judgeContainer(p.segmentURLs[i], answer)
		previous := p.parsed.segments[max(i-1, 0)]
		if at == nil || segment.discontinuity || segment.mapping != previous.mapping {
			if at != nil {
				all = joinRuns(all, at.tracks(p.where))
			}
			if at = c.newRun(p, source, segment, answer.Body); at == nil {
				return nil
			}
		}
		if !at.add(segment.at(p.segmentURLs[i]), answer.Body) {
			return nil
		}
	}
	return joinRuns(all, at.tracks(p.where))
}

// newRun looks at the first segment of a run; nil when nothing measures such media.
func (c *client) newRun(p *hlsPlaylist, source *parts, segment reference, b []byte) run {
	switch {
	case segment.mapping > 0:
		m := p.parsed.maps[segment.mapping-1]
		address := resolve(p.where, m.uri)
		answer, ok := source.get(address, m.byteRange)
		if !ok {
			return nil
		}
		if h, ok := parseHeader(&c.report, address, answer.Body); ok {
			return &fragmentRun{checker{report: &c.report, track: track{header: h, initURL: address}}}
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
	}
	return all
}
