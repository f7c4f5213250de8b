package origin

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"headwater/cache"
	"headwater/packager"
)

// planInit plans an init segment: the presentation has its bytes.
func (h *Handler) planInit(p *packager.Presentation, r packager.Resource) (*answer, error) {
	plan, err := p.Init(r.Track)
	if err != nil {
		return nil, err
	}
	return planned(p, plan, func(context.Context) ([]byte, cache.Outcome, error) { return plan.Body, 0, nil }), nil
}

// planSegment plans a media segment: a range of a track file. path is the segment's one path, so it is the key.
func (h *Handler) planSegment(p *packager.Presentation, r packager.Resource, path []byte) (*answer, error) {
	plan, err := p.Segment(r.Track, r.TargetSeconds, r.Number)
	if err != nil {
		return nil, err
	}
	return planned(p, plan, func(ctx context.Context) ([]byte, cache.Outcome, error) {
		return h.fetch(ctx, path, plan.SizeBytes, func(ctx context.Context, dst []byte) ([]byte, error) {
			return h.readSegment(ctx, p, r.TargetSeconds, r.Number, plan.Extent, dst)
		})
	}), nil
}

func planned(p *packager.Presentation, plan packager.Plan, body func(context.Context) ([]byte, cache.Outcome, error)) *answer {
	return &answer{
		contentType:  plan.ContentType,
		etag:         plan.ETag,
		cacheControl: cacheForever,
		cacheTag:     cacheTag(p),
		generation:   p.Generation,
		sizeBytes:    plan.SizeBytes,
		body:         body,
	}
}

// readSegment reads the extent of a segment into dst and checks that the fragments are where the index has them.
func (h *Handler) readSegment(ctx context.Context, p *packager.Presentation, targetSeconds, number int, extent packager.Extent, dst []byte) ([]byte, error) {
	track := p.Track(extent.Track)
	file := File{Asset: p.Asset, Track: track.ID, SizeBytes: track.SizeBytes}
	dst = dst[:extent.SizeBytes]
	err := h.source.ReadAt(ctx, file, dst, extent.Offset)
	switch {
	case errors.Is(err, ErrNotFound):
		err = h.table.explainMissing(ctx, p.Asset, p.Generation, err)
	case err == nil:
		first, end := p.Segmentation(targetSeconds).Intervals(number)
		err = checkFragments(dst, track.Fragments[first:end])
	}
	if err != nil {
		if errors.Is(err, ErrCorrupt) {
			h.alerts.Add(1)
		}
		return nil, fmt.Errorf("segment %d of %d s of track %s of asset %s: %w", number, targetSeconds, extent.Track, p.Asset, err)
	}
	return dst, nil
}

// checkFragments reports ErrCorrupt unless body holds a moof of the listed size and an mdat at the place of each
// fragment. It is what a file of another length, or with bytes moved, does not have.
func checkFragments(body []byte, fragments []packager.Fragment) error {
	start := fragments[0].Offset
	for _, f := range fragments {
		at := f.Offset - start
		moof, mdat := body[at:], body[at+int64(f.MoofSizeBytes):at+int64(f.SizeBytes)]
		if !isBox(moof, "moof") || binary.BigEndian.Uint32(moof) != f.MoofSizeBytes {
			return fmt.Errorf("%w: no moof of %d bytes at %d", ErrCorrupt, f.MoofSizeBytes, f.Offset)
		}
		if !isBox(mdat, "mdat") {
			return fmt.Errorf("%w: no mdat at %d", ErrCorrupt, f.Offset+int64(f.MoofSizeBytes))
		}
	}
	return nil
}

// isBox reports whether b begins with the header of a box of that type (ISO/IEC 14496-12 §4.2).
func isBox(b []byte, boxType string) bool { return len(b) >= 8 && string(b[4:8]) == boxType }
