package lint

import "slices"

// agree compares the two manifests of one presentation: same media, same boundaries, same length.
func (c *client) agree(h *hlsStream, d *dashStream) {
	if h == nil || d == nil {
		return
	}
	if !slices.ContainsFunc(d.representations, func(r *representation) bool { return h.playlistOf(r) != nil }) {
		c.skip(h.where, "that the media agree: "+d.where+" names others")
		c.compareLengths(h, d)
		return
	}
	for _, r := range d.representations {
		if r.track == nil {
			continue // text or pictures, or reported already
		}
		p := h.playlistOf(r)
		if p == nil {
			c.add(agreeMedia, r.where, "no playlist of %s names the same init and media segments", h.where)
			continue
		}
		if !r.nominal {
			c.compareBoundaries(p, r)
		}
	}
	for _, p := range h.playlists {
		named := slices.ContainsFunc(d.representations, func(r *representation) bool { return h.playlistOf(r) == p })
		c.unless(named, agreeMedia, p.where, "no Representation of %s names the same init and media segments", d.where)
	}
	c.compareLengths(h, d)
}

// playlistOf returns the playlist with exactly the URLs of r; nil when there is none.
func (h *hlsStream) playlistOf(r *representation) *hlsPlaylist {
	for _, p := range h.playlists {
		if len(p.parsed.maps) > 0 && p.mapPart(1) == r.init && slices.Equal(p.parts, r.segments) {
			return p
		}
	}
	return nil
}

// boundaryTolerance is what EXTINF may lose in writing decimals, in nanoseconds.
const boundaryTolerance = 1_000_000

func (c *client) compareBoundaries(p *hlsPlaylist, r *representation) {
	var sum int64
	for i, t := range r.timeline {
		sum += p.parsed.segments[i].duration
		end := nanoseconds(t.start+t.duration-r.timeline[0].start, r.timescale)
		if distance := sum - end; distance > boundaryTolerance || distance < -boundaryTolerance {
			c.add(agreeBoundaries, p.where, "segment %d ends at %d ns, in %s at %d ns", i+1, sum, r.where, end)
			return
		}
	}
}

// compareLengths compares mediaPresentationDuration with the video playlists, or with all where there is no video. They
// may differ by the rounding of EXTINF, audio by the packet that covers the end.
func (c *client) compareLengths(h *hlsStream, d *dashStream) {
	video := slices.ContainsFunc(h.playlists, func(p *hlsPlaylist) bool { return p.track != nil && p.track.kind == "video" })
	for _, p := range h.playlists {
		if p.track == nil || video && p.track.kind != "video" {
			continue
		}
		var sum int64
		for _, s := range p.parsed.segments {
			sum += s.duration
		}
		slack := int64(boundaryTolerance)
		if !video {
			slack += p.track.sampleNanoseconds()
		}
		distance := sum - d.duration
		c.unless(distance <= slack && distance >= -slack, agreeDuration, p.where, "lasts %d ns, mediaPresentationDuration is %d ns", sum, d.duration)
	}
}
