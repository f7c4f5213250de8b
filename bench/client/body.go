package client

import (
	"bytes"
	"errors"
	"io"
	"math"
	"sync"
)

// MaxKeptBytes bounds a body that is kept.
const MaxKeptBytes = 64 << 20

// scratches are buffers for bodies that must pass through the process. Only a connection that reads holds one.
var scratches = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// readBody reads the body to its end.
func (c *Conn) readBody(frame framing, use Use, resp *Response) error {
	c.digest.Reset()
	err := c.readFramed(frame, use, resp)
	if use == Hash {
		resp.Hash = c.digest.Sum64()
	}
	return err
}

func (c *Conn) readFramed(frame framing, use Use, resp *Response) error {
	switch {
	case frame.chunked:
		return c.readChunks(use, resp)
	case frame.contentLength >= 0:
		return ended(ErrTruncated, c.take(frame.contentLength, use, resp))
	default: // all that comes until the connection ends
		if err := c.take(math.MaxInt64, use, resp); !errors.Is(err, io.EOF) {
			return ended(ErrTruncated, err)
		}
		return nil
	}
}

// take reads n bytes of the body. Its error is the connection's; io.EOF where that ends.
func (c *Conn) take(n int64, use Use, resp *Response) error {
	here := c.in.buffered()
	here = here[:min(int64(len(here)), n)]
	c.in.skip(len(here))
	if err := c.use(here, use, resp); err != nil {
		return err
	}
	n -= int64(len(here))
	switch {
	case n == 0:
		return nil
	case use == Discard && c.kernel != nil:
		dropped, err := c.kernel.drop(n)
		resp.BodyBytes += dropped
		return err
	default:
		return c.copy(n, use, resp)
	}
}

// copy reads n bytes through a recycled buffer.
func (c *Conn) copy(n int64, use Use, resp *Response) error {
	scratch := scratches.Get().(*[64 << 10]byte)
	defer scratches.Put(scratch)
	for n > 0 {
		got, err := c.in.from.Read(scratch[:min(int64(len(scratch)), n)])
		n -= int64(got)
		if used := c.use(scratch[:got], use, resp); used != nil {
			return used
		}
		if err != nil && n > 0 {
			return err
		}
	}
	return nil
}

// use does with a part of the body what the request asked for.
func (c *Conn) use(part []byte, use Use, resp *Response) error {
	resp.BodyBytes += int64(len(part))
	switch use {
	case Hash:
		c.digest.Write(part) // never fails
	case Keep:
		if resp.BodyBytes > MaxKeptBytes {
			return malformed("a body of more than %d bytes, to be kept", MaxKeptBytes)
		}
		resp.Body = append(resp.Body, part...)
	}
	return nil
}

// readChunks reads a chunked body with its trailer (RFC 9112 §7.1).
func (c *Conn) readChunks(use Use, resp *Response) error {
	for {
		line, err := c.in.line()
		if err != nil {
			return err
		}
		size, ok := parseChunkSize(line)
		if !ok {
			return malformed("chunk of size %.60q", line)
		}
		if size == 0 {
			return c.skipTrailer()
		}
		if err := c.take(size, use, resp); err != nil {
			return ended(ErrTruncated, err)
		}
		if line, err = c.in.line(); err != nil {
			return err
		}
		if len(line) > 0 {
			return malformed("%.60q after a chunk of %d bytes", line, size)
		}
	}
}

func (c *Conn) skipTrailer() error {
	for left := MaxHeadBytes; left > 0; {
		line, err := c.in.line()
		if err != nil || len(line) == 0 {
			return err
		}
		if _, _, ok := cutField(line); !ok {
			return malformed("trailer line %.60q", line)
		}
		left -= len(line) + len(crlf)
	}
	return malformed("a trailer of more than %d bytes", MaxHeadBytes)
}

// parseChunkSize reads the line before a chunk: hexadecimal digits, and extensions that nobody needs.
func parseChunkSize(line []byte) (size int64, ok bool) {
	digits := 0
	for digits < len(line) {
		value, isHex := hexValue(line[digits])
		if !isHex {
			break
		}
		if size > math.MaxInt64>>4 {
			return 0, false
		}
		size = size<<4 | value
		digits++
	}
	extension := bytes.TrimLeft(line[digits:], " \t")
	return size, digits > 0 && (len(extension) == 0 || extension[0] == ';')
}

func hexValue(c byte) (value int64, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return int64(c - '0'), true
	case lower(c) >= 'a' && lower(c) <= 'f':
		return int64(lower(c)-'a') + 10, true
	default:
		return 0, false
	}
}
