package origin

import "headwater/packager"

// prefetch begins to read the segment after r, which a viewer has just had to wait for: players ask for it next.
func (h *Handler) prefetch(p *packager.Presentation, r packager.Resource) {
	if !h.cfg.Prefetch {
		return
	}
	r.Number++
	plan, err := p.Segment(r.Track, r.TargetSeconds, r.Number)
	if err != nil {
		return // there is none after the last
	}
	var scratch [keyBytes]byte
	key := append(scratch[:0], viewerPrefix...)
	key = append(key, p.Asset...)
	key = append(key, '/')
	h.cache.Prefetch(r.AppendPath(key), plan.SizeBytes, h.segmentFill(p, r))
}
