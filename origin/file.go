package origin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"headwater/cache"
	"headwater/origin/httpd"
	"headwater/packager"
	"headwater/packager/mp4"
)

// planOnDemand plans the on-demand file of a track.
func (a *answer) planOnDemand() error {
	file, err := a.presentation.OnDemandFile(a.target.resource.Track)
	if err != nil {
		return err
	}
	a.layout = file.Layout
	return a.planMedia()
}

// planDownload plans the file that the options of the URL ask for. What it is made of changes with the asset, like what an
// entry manifest lists.
func (a *answer) planDownload() error {
	video, audio, err := a.presentation.Download(a.target.options)
	if err != nil {
		return err
	}
	if a.layout, err = mp4.Download(a.presentation, video, audio); err != nil {
		return err
	}
	a.media = a.layout.Download()
	a.contentType, a.cacheControl, a.sizeBytes = a.media.ContentType, cacheEntry, a.media.SizeBytes
	a.tag(a.media.ETag)
	return nil
}

// fillHead returns what makes the head of a file of p. p and its tracks outlive every request.
func (h *Handler) fillHead(p *packager.Presentation, kind packager.ResourceKind, l packager.Layout) cache.Fill {
	if kind == packager.OnDemandFile {
		return func(_ context.Context, dst []byte) ([]byte, error) {
			return mp4.AppendOnDemandHead(dst, l.Tracks[0]), nil
		}
	}
	return func(ctx context.Context, dst []byte) ([]byte, error) {
		dst, err := h.downloadHead(ctx, p, l, dst)
		if err != nil {
			return nil, fmt.Errorf("head of a download: %w", h.storedError(ctx, p, err))
		}
		return dst, nil
	}
}

// downloadHead appends the head of a download, for which it reads the sample tables.
func (h *Handler) downloadHead(ctx context.Context, p *packager.Presentation, l packager.Layout, dst []byte) ([]byte, error) {
	var tables [2][]byte
	for i, t := range l.Tracks {
		if t == nil {
			continue
		}
		tables[i] = make([]byte, t.SampleTableBytes)
		f := File{Asset: p.Asset, Track: t.ID, SampleTable: true, SizeBytes: int64(t.SampleTableBytes)}
		if err := h.source.ReadAt(ctx, f, tables[i], 0); err != nil {
			return nil, err
		}
	}
	dst, err := mp4.AppendDownloadHead(dst, l, tables)
	if errors.Is(err, mp4.ErrCorrupt) {
		err = fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return dst, err
}

// fileHead is the head of a file, and what its body is lent by.
type fileHead struct {
	httpd.Lender
	body []byte
}

// head returns the head of the file that a names, made once for all who wait. Where the cache has no room for it, it is made
// for one viewer alone; how many are at a time is bounded like streams are. The caller releases it.
func (h *Handler) head(ctx context.Context, rec *httpd.Record, a *answer) (fileHead, error) {
	key := append(slices.Clone(a.key()), "#head"...) // which no path has
	if a.target.resource.Kind == packager.Download {
		key = append(key, a.etag...) // the path names whatever is there now
	}
	entry, ok := h.cache.Get(key)
	rec.Cache = outcomeHit
	if !ok {
		var err error
		entry, err = h.fetch(ctx, rec, key, a.layout.HeadBytes, h.fillHead(a.presentation, a.target.resource.Kind, a.layout))
		if errors.Is(err, cache.ErrNoRoom) {
			return h.headAlone(ctx, a)
		}
		if err != nil {
			return fileHead{}, err
		}
	}
	return fileHead{entry, entry.Body()}, nil
}

func (h *Handler) headAlone(ctx context.Context, a *answer) (head fileHead, err error) {
	slot, err := h.takeStream()
	if err != nil {
		return fileHead{}, err
	}
	defer func() {
		if head.Lender == nil { // it failed, or panicked, from which requests recover
			slot.Release()
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, h.cfg.RequestTimeout)
	defer cancel()
	body, err := h.fillHead(a.presentation, a.target.resource.Kind, a.layout)(ctx, make([]byte, 0, a.layout.HeadBytes))
	if err != nil {
		return fileHead{}, err
	}
	return fileHead{slot, body}, nil
}

// sendFile sends the bytes at p of a file that is delivered whole: those of its head from memory, those of one track
// straight from its file where that can be, all others as they are read. Nothing but the head is kept in memory: the bytes
// are those of segments, and larger than what a cache is for.
func (h *Handler) sendFile(ctx context.Context, x *httpd.Exchange, a *answer, p part) error {
	l := &a.layout
	if p.offset >= l.HeadBytes && l.Tracks[1] == nil && h.files != nil && !x.Secure() {
		return h.sendFileRange(ctx, x, a, p)
	}
	var head fileHead
	if p.offset < l.HeadBytes {
		var err error
		if head, err = h.head(ctx, &x.Record, a); err != nil {
			return err
		}
		if p.offset+p.length <= l.HeadBytes {
			a.beginPart(x, p, a.sizeBytes)
			x.SendMemory(head.body[p.offset:][:p.length], head.Lender)
			return nil
		}
	}
	return h.streamFile(ctx, x, a, p, head)
}

// sendFileRange sends bytes of a track file from the page cache.
func (h *Handler) sendFileRange(ctx context.Context, x *httpd.Exchange, a *answer, p part) error {
	track, start, _ := a.layout.At(p.offset)
	file, err := h.files.get(ctx, a.presentation.Asset, track, x.Record.Start)
	if err != nil {
		return h.fileError(ctx, a.presentation, a.target.resource, err)
	}
	x.Record.Cache = httpd.CacheFile
	a.beginPart(x, p, a.sizeBytes)
	x.SendFile(file, start, p.length)
	return nil
}

// streamFile sends bytes as they are read. It takes head over, which is empty where no byte of it is sent.
func (h *Handler) streamFile(ctx context.Context, x *httpd.Exchange, a *answer, p part, head fileHead) error {
	slot, err := h.takeStream()
	if err != nil {
		if head.Lender != nil {
			head.Release()
		}
		return err
	}
	x.Record.Cache = cache.Bypass.String()
	s := &fileStream{
		ctx: ctx, slot: slot, reader: h.readerOf(a.presentation), presentation: a.presentation,
		layout: a.layout, head: head, offset: p.offset, left: p.length, buffer: streamBuffers.Get().(*[]byte),
	}
	sent := false
	defer func() {
		if !sent { // it failed, or panicked, from which requests recover
			s.Release()
		}
	}()
	if err := s.next(); err != nil { // while it can still be told
		return h.fileError(ctx, a.presentation, a.target.resource, err)
	}
	a.beginPart(x, p, a.sizeBytes)
	x.SendStream(s, p.length)
	sent = true
	return nil
}

// fileError explains why a file cannot be had, and alerts when what is stored is damaged.
func (h *Handler) fileError(ctx context.Context, p *packager.Presentation, r packager.Resource, err error) error {
	return fmt.Errorf("%s: %w", r.AppendPath(nil), h.storedError(ctx, p, err))
}

// fileStream is the body of a response that is read as it is sent.
type fileStream struct {
	ctx          context.Context // of the server: the request has none
	slot         streamSlot
	reader       *trackReader
	presentation *packager.Presentation
	layout       packager.Layout
	head         fileHead // empty where no byte of it is sent
	offset       int64    // of what is read next
	left         int64    // bytes from there on
	buffer       *[]byte
	piece        []byte // what was read and is not yet written
}

// next reads the next piece.
func (s *fileStream) next() error {
	if s.offset < s.layout.HeadBytes {
		s.piece = s.head.body[s.offset:]
		s.piece = s.piece[:min(int64(len(s.piece)), s.left)]
	} else {
		track, start, size := s.layout.At(s.offset)
		s.piece = (*s.buffer)[:min(streamBytes, size, s.left)]
		ctx, cancel := context.WithTimeout(s.ctx, s.slot.handler.cfg.RequestTimeout)
		defer cancel()
		if err := s.reader.read(ctx, track, s.piece, start); err != nil {
			return err
		}
	}
	s.offset += int64(len(s.piece))
	s.left -= int64(len(s.piece))
	return nil
}

// WriteTo writes piece by piece. An error cuts the connection: the header has promised the whole.
func (s *fileStream) WriteTo(w io.Writer) (written int64, err error) {
	for {
		n, err := w.Write(s.piece)
		written += int64(n)
		if err != nil || s.left == 0 {
			return written, err
		}
		if err := s.next(); err != nil {
			s.slot.handler.alertIfCorrupt(err)
			return written, fmt.Errorf("file of asset %s at %d: %w", s.presentation.Asset, s.offset, err)
		}
	}
}

// Release lets the next one stream.
func (s *fileStream) Release() {
	streamBuffers.Put(s.buffer)
	s.reader.close()
	if s.head.Lender != nil {
		s.head.Release()
	}
	s.slot.Release()
}
