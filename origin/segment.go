package origin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headwater/cache"
	"headwater/origin/httpd"
	"headwater/packager"
)

// planMedia plans what a manifest names: its type, tag and size, and where its bytes lie if they are stored as one.
func (a *answer) planMedia() (err error) {
	a.media, err = a.presentation.Plan(a.target.resource)
	a.contentType, a.cacheControl, a.sizeBytes = a.media.ContentType, cacheForever, a.media.SizeBytes
	a.tag(a.media.ETag)
	return err
}

// openSegment returns the open file of a segment whose fragments are where the index has them. The caller releases it.
func (h *Handler) openSegment(ctx context.Context, now time.Time, a *answer) (*trackFile, error) {
	p, r := a.presentation, a.target.resource
	track := p.Track(r.Track)
	file, err := h.files.get(ctx, p.Asset, track, now)
	if err != nil {
		return nil, h.segmentError(ctx, p, r, err)
	}
	first, end := p.Segmentation(r.TargetSeconds).Intervals(r.Number)
	if err := file.check(track.Fragments, first, end); err != nil {
		file.Release()
		return nil, h.segmentError(ctx, p, r, err)
	}
	return file, nil
}

// fetchSegment returns a segment in memory, read once for all who wait for it. The caller releases it.
func (h *Handler) fetchSegment(ctx context.Context, rec *httpd.Record, a *answer) (*cache.Entry, error) {
	p, r := a.presentation, ownedResource(a.presentation, a.target.resource)
	return h.fetch(ctx, rec, a.key(), a.sizeBytes, h.segmentFill(p, r))
}

// ownedResource returns r with the track ids of p in place of the view of a request, so that it may outlive the request.
func ownedResource(p *packager.Presentation, r packager.Resource) packager.Resource {
	r.Track = p.Track(r.Track).ID
	if r.Audio != "" {
		r.Audio = p.Track(r.Audio).ID
	}
	return r
}

// segmentFill returns what reads or makes segment r of p, whose track ids it names.
func (h *Handler) segmentFill(p *packager.Presentation, r packager.Resource) cache.Fill {
	if r.Kind == packager.TSSegment {
		return func(ctx context.Context, dst []byte) ([]byte, error) { return h.makeTransport(ctx, p, r, dst) }
	}
	return func(ctx context.Context, dst []byte) ([]byte, error) { return h.readSegment(ctx, p, r, dst) }
}

// readSegment reads the extent of a segment into dst and checks that the fragments are where the index has them.
func (h *Handler) readSegment(ctx context.Context, p *packager.Presentation, r packager.Resource, dst []byte) ([]byte, error) {
	plan, err := p.Segment(r.Track, r.TargetSeconds, r.Number)
	if err != nil {
		return nil, err
	}
	track := p.Track(r.Track)
	dst = dst[:plan.SizeBytes]
	if err = h.source.ReadAt(ctx, fileOf(p, track), dst, plan.Extent.Offset); err == nil {
		first, end := p.Segmentation(r.TargetSeconds).Intervals(r.Number)
		err = checkFragments(dst, track.Fragments[first:end])
	}
	if err != nil {
		return nil, h.segmentError(ctx, p, r, err)
	}
	return dst, nil
}

func fileOf(p *packager.Presentation, track *packager.Track) File {
	return File{Asset: p.Asset, Track: track.ID, SizeBytes: track.SizeBytes}
}

// checkFragments checks a body that holds fragments and nothing else.
func checkFragments(body []byte, fragments []packager.Fragment) error {
	start := fragments[0].Offset
	for i := range fragments {
		f := &fragments[i]
		at := f.Offset - start
		if err := checkFragment(body[at:], body[at+int64(f.MoofSizeBytes):at+int64(f.SizeBytes)], f); err != nil {
			return err
		}
	}
	return nil
}

// segmentError explains why a segment cannot be had, and alerts when what is stored is damaged.
func (h *Handler) segmentError(ctx context.Context, p *packager.Presentation, r packager.Resource, err error) error {
	return fmt.Errorf("segment %d of %d s of track %s of asset %s: %w", r.Number, r.TargetSeconds, r.Track, p.Asset, h.storedError(ctx, p, err))
}

// storedError explains an error of storage.
func (h *Handler) storedError(ctx context.Context, p *packager.Presentation, err error) error {
	if errors.Is(err, ErrNotFound) {
		err = h.table.explainMissing(ctx, p.Asset, p.Generation, err)
	}
	h.alertIfCorrupt(err)
	return err
}

func (h *Handler) alertIfCorrupt(err error) {
	if errors.Is(err, ErrCorrupt) {
		h.alerts.Add(1)
	}
}
