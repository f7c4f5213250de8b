package origin

import (
	"context"
	"fmt"

	"github.com/valyala/fasthttp"

	"headwater/cache"
	"headwater/packager"
	"headwater/packager/dash"
	"headwater/packager/hls"
)

// manifestWriter says how one kind of manifest is made.
type manifestWriter struct {
	contentType  string
	cacheControl string
	version      int
	appendTo     func(dst []byte, p *packager.Presentation, t target) ([]byte, error)
}

var manifestWriters = map[packager.ResourceKind]manifestWriter{
	packager.HLSMaster: {hls.ContentType, cacheEntry, hls.Version,
		func(dst []byte, p *packager.Presentation, t target) ([]byte, error) {
			return hls.AppendMaster(dst, p, t.options)
		}},
	packager.HLSMedia: {hls.ContentType, cacheMedia, hls.Version,
		func(dst []byte, p *packager.Presentation, t target) ([]byte, error) {
			return hls.AppendMedia(dst, p, t.resource.Track, t.options)
		}},
	packager.DASHManifest: {dash.ContentType, cacheEntry, dash.Version,
		func(dst []byte, p *packager.Presentation, t target) ([]byte, error) {
			return dash.AppendManifest(dst, p, t.options)
		}},
}

// planManifest plans a playlist or an MPD, plain or gzipped as the client likes.
func (h *Handler) planManifest(p *packager.Presentation, t target, path []byte, header *fasthttp.RequestHeader) (*answer, error) {
	if err := checkSelection(p, t); err != nil {
		return nil, err
	}
	w := manifestWriters[t.resource.Kind]
	a := &answer{
		contentType:  w.contentType,
		etag:         p.ManifestETag(t.options, t.resource, w.version),
		cacheControl: w.cacheControl,
		cacheTag:     cacheTag(p),
		generation:   p.Generation,
		negotiated:   true,
		sizeBytes:    unknownSize,
	}
	if accept, ok := fieldValue(header, fasthttp.HeaderAcceptEncoding); ok && prefersGzip(accept) {
		a.gzipped, a.etag = true, gzipETag(a.etag)
	}
	a.body = func(ctx context.Context) ([]byte, cache.Outcome, error) {
		// The tag says which generation and encoding it is; with the path it names the bytes for ever.
		key := append(append(make([]byte, 0, len(path)+len(a.etag)), path...), a.etag...)
		return h.fetch(ctx, key, manifestBytes(p, t), func(_ context.Context, dst []byte) ([]byte, error) {
			return w.make(dst, p, t, a.gzipped)
		})
	}
	return a, nil
}

// checkSelection reports packager.ErrNoTrack when the options leave nothing to list, so that HEAD knows it too.
func checkSelection(p *packager.Presentation, t target) error {
	if t.resource.Kind != packager.HLSMedia {
		_, err := t.options.Select(p)
		return err
	}
	if track := p.Track(t.resource.Track); track == nil || !t.options.Selects(track) {
		return fmt.Errorf("track %s of asset %s: %w", t.resource.Track, p.Asset, packager.ErrNoTrack)
	}
	return nil
}

// make appends the manifest in the encoding asked for.
func (w manifestWriter) make(dst []byte, p *packager.Presentation, t target, gzipped bool) ([]byte, error) {
	if !gzipped {
		return w.appendTo(dst, p, t)
	}
	plain, err := w.appendTo(nil, p, t)
	if err != nil {
		return nil, err
	}
	return appendGzip(dst, plain)
}

// manifestBytes estimates the size of a manifest.
func manifestBytes(p *packager.Presentation, t target) int64 {
	const fixed, perSegment = 4096, 40
	if t.resource.Kind == packager.HLSMaster {
		return fixed
	}
	return fixed + perSegment*int64(p.Segmentation(t.options.TargetSeconds()).Len())
}
