package origin

import (
	"headwater/cache"
	"headwater/packager"
)

// readAhead begins to read the segment after the one of a, unless it is there, when a viewer has just had to wait for
// that of a, or would have had to if it had not been read ahead itself: players ask for the next one soon.
func (h *Handler) readAhead(a *answer, entry *cache.Entry, outcome string) {
	if !h.cfg.Prefetch || outcome != outcomeMiss && !entry.TakeLead() {
		return
	}
	h.prefetch(a.presentation, ownedResource(a.presentation, a.target.resource))
}

// prefetch begins to read the segment after r.
func (h *Handler) prefetch(p *packager.Presentation, r packager.Resource) {
	r.Number++
	plan, err := p.Plan(r)
	if err != nil {
		return // there is none after the last
	}
	var scratch [keyBytes]byte
	key := appendKey(scratch[:0], p.Asset.Project())
	key = append(key, viewerPrefix...)
	key = append(key, p.Asset.Plain()...)
	key = append(key, '/')
	h.cache.Prefetch(r.AppendPath(key), plan.SizeBytes, h.segmentFill(p, r))
}
