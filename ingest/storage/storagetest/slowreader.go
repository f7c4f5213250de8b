package storagetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"
)

// slowReader passes a body on as the line of its call lets it through.
type slowReader struct {
	*passage
	ctx  context.Context
	body io.Reader
}

// Read implements io.Reader.
func (r *slowReader) Read(dst []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if most := r.line.MaxReadBytes; most > 0 && len(dst) > 1 {
		dst = dst[:min(len(dst), 1+r.random.IntN(most))]
	}
	n, err := r.body.Read(dst)
	if rate := r.line.BytesPerSecond; rate > 0 && n > 0 {
		if err := r.pause(r.ctx, time.Duration(float64(n)/float64(rate)*float64(time.Second))); err != nil {
			return 0, err
		}
	}
	return n, err
}

// slowBody is a slowReader of an object.
type slowBody struct {
	slowReader
	io.Closer
}

// reader puts the line before the body of an object. One that will not arrive whole is read ahead, to know its length.
func (p *passage) reader(ctx context.Context, body io.ReadCloser) (io.ReadCloser, error) {
	breaks, cut := p.happens(p.line.BreakRate), p.happens(p.line.CutRate)
	r := slowBody{slowReader{p, ctx, body}, body}
	if !breaks && !cut {
		return &r, nil
	}
	whole, err := io.ReadAll(body)
	if err != nil {
		return nil, errors.Join(err, body.Close())
	}
	part := whole
	if len(whole) > 0 {
		part = whole[:p.random.IntN(len(whole))]
	}
	r.body = bytes.NewReader(part)
	if breaks {
		r.body = io.MultiReader(r.body, failingReader{p.unavailable()})
	}
	return &r, nil
}

// failingReader fails.
type failingReader struct{ err error }

// Read implements io.Reader.
func (r failingReader) Read([]byte) (int, error) { return 0, r.err }
