package origin

import (
	"context"
	"fmt"
	"strings"

	"headwater/cache"
	"headwater/origin/httpd"
	"headwater/packager"
	"headwater/packager/dash"
	"headwater/packager/hls"
)

// manifestWriter says how one kind of manifest is made.
type manifestWriter struct {
	contentType  string
	cacheControl string
	lifetime     lifetime
	version      int
	appendTo     func(dst []byte, p *packager.Presentation, t target, link packager.Link) ([]byte, error)
}

// manifestWriters are indexed by kind; those of media are empty.
var manifestWriters = [packager.ResourceKinds]manifestWriter{
	packager.HLSMaster:        {hls.ContentType, cacheEntry, entry, hls.Version, appendMaster},
	packager.HLSMedia:         {hls.ContentType, cacheMedia, media, hls.Version, appendMedia},
	packager.HLSIFrames:       {hls.ContentType, cacheMedia, media, hls.Version, appendIFrames},
	packager.TSMaster:         {hls.ContentType, cacheEntry, entry, hls.Version, appendMaster},
	packager.TSMedia:          {hls.ContentType, cacheMedia, media, hls.Version, appendMedia},
	packager.TSIFrames:        {hls.ContentType, cacheMedia, media, hls.Version, appendIFrames},
	packager.ByteRangeMaster:  {hls.ContentType, cacheEntry, entry, hls.Version, appendMaster},
	packager.ByteRangeMedia:   {hls.ContentType, cacheMedia, media, hls.Version, appendMedia},
	packager.ByteRangeIFrames: {hls.ContentType, cacheMedia, media, hls.Version, appendIFrames},
	packager.DASHManifest:     {dash.ContentType, cacheEntry, entry, dash.Version, appendMPD},
	packager.OnDemandManifest: {dash.ContentType, cacheEntry, entry, dash.Version, appendMPD},
}

func appendMaster(dst []byte, p *packager.Presentation, t target, link packager.Link) ([]byte, error) {
	return hls.AppendMaster(dst, p, t.resource.Kind, t.options, link)
}

func appendMPD(dst []byte, p *packager.Presentation, t target, link packager.Link) ([]byte, error) {
	return dash.AppendManifest(dst, p, t.resource.Kind, t.options, link)
}

func appendMedia(dst []byte, p *packager.Presentation, t target, link packager.Link) ([]byte, error) {
	return hls.AppendMedia(dst, p, t.resource, t.options, link)
}

func appendIFrames(dst []byte, p *packager.Presentation, t target, link packager.Link) ([]byte, error) {
	return hls.AppendIFrames(dst, p, t.resource, t.options, link)
}

// planManifest plans a playlist or an MPD, plain or gzipped as the client likes.
func (a *answer) planManifest() error {
	w := &manifestWriters[a.target.resource.Kind]
	if w.appendTo == nil {
		return fmt.Errorf("no writer of %s: %w", a.path, packager.ErrNoTrack)
	}
	if err := checkSelection(a.presentation, a.target); err != nil {
		return err
	}
	a.manifest = w
	a.contentType, a.cacheControl, a.sizeBytes = a.manifest.contentType, a.manifest.cacheControl, unknownSize
	a.gzipped = a.fields.acceptEncoding.ok && prefersGzip(a.fields.acceptEncoding.value)
	a.tag(a.presentation.ManifestETag(a.target.options, a.target.resource, a.manifest.version))
	if a.visit.SignsChildren() {
		a.etag, a.fields = nil, requestFields{}
	}
	return nil
}

// checkSelection reports packager.ErrNoTrack when the options leave nothing to list, so that HEAD knows it too.
func checkSelection(p *packager.Presentation, t target) error {
	if t.resource.Track == "" {
		return t.options.Check(p, t.resource.Kind.Format())
	}
	_, err := t.options.Listed(p, t.resource)
	return err
}

// fetchManifest returns a manifest that was not in the cache, made once for all who wait for it. The caller releases it.
func (h *Handler) fetchManifest(ctx context.Context, rec *httpd.Record, a *answer, key []byte) (*cache.Entry, error) {
	p, t, w, gzipped := a.presentation, a.target, a.manifest, a.gzipped
	// The fill may outlive the request that t is a view of. The options are not: they are kept by the handler.
	t.asset = p.Asset
	t.resource.Track = packager.TrackID(strings.Clone(string(t.resource.Track)))
	t.resource.Audio = packager.TrackID(strings.Clone(string(t.resource.Audio)))
	return h.fetch(ctx, rec, key, manifestBytes(p, t), func(_ context.Context, dst []byte) ([]byte, error) {
		return w.make(dst, p, t, gzipped, nil)
	})
}

// make appends the manifest in the encoding asked for.
func (w *manifestWriter) make(dst []byte, p *packager.Presentation, t target, gzipped bool, link packager.Link) ([]byte, error) {
	if !gzipped {
		return w.appendTo(dst, p, t, link)
	}
	plain, err := w.appendTo(nil, p, t, link)
	if err != nil {
		return nil, err
	}
	return appendGzip(dst, plain)
}

// manifestBytes estimates the size of a manifest.
func manifestBytes(p *packager.Presentation, t target) int64 {
	const fixed, perSegment = 4096, 90
	if t.resource.Track == "" && t.resource.Kind.Format() != packager.DASH {
		return fixed
	}
	return fixed + perSegment*int64(p.Segmentation(t.options.TargetSeconds()).Len())
}
