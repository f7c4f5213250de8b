package client

import (
	"bytes"
	"io"
	"time"
)

// firstBufferBytes holds the head of an answer and all of a small one.
const firstBufferBytes = 4 << 10

// input buffers what has come from the server and is not read yet: at most MaxHeadBytes.
type input struct {
	from       io.Reader
	buf        []byte
	start, end int // of what is not read yet, in buf
}

func (in *input) buffered() []byte { return in.buf[in.start:in.end] }

func (in *input) skip(n int) { in.start += n }

// fill reads once, and makes room for that. The error is the connection's, or ErrMalformed when the buffer is full.
func (in *input) fill() error {
	if in.start > 0 {
		in.end = copy(in.buf, in.buffered())
		in.start = 0
	}
	if in.end == len(in.buf) {
		if in.end >= MaxHeadBytes {
			return malformed("more than %d bytes of header", MaxHeadBytes)
		}
		in.buf = append(in.buf, make([]byte, max(len(in.buf), firstBufferBytes))...)
	}
	n, err := in.from.Read(in.buf[in.end:])
	in.end += n
	if n > 0 {
		return nil
	}
	if err == nil {
		return io.ErrNoProgress
	}
	return err
}

// headEnd reads until a whole head is buffered and returns where it ends, the empty line included.
func (in *input) headEnd(resp *Response, start time.Time) (int, error) {
	seen := 0
	for {
		text := in.buffered()
		if at := bytes.Index(text[seen:], []byte(crlf+crlf)); at >= 0 {
			return seen + at + len(crlf+crlf), nil
		}
		seen = max(len(text)-len(crlf+crlf)+1, 0)
		if err := in.fill(); err != nil {
			if len(text) == 0 {
				return 0, ended(ErrStale, err)
			}
			return 0, ended(ErrTruncated, err)
		}
		if resp.FirstByte == 0 {
			resp.FirstByte = time.Since(start)
		}
	}
}

// line reads one line of a chunked body. It is valid until the next read.
func (in *input) line() ([]byte, error) {
	for {
		if at := bytes.Index(in.buffered(), []byte(crlf)); at >= 0 {
			line := in.buffered()[:at]
			in.skip(at + len(crlf))
			return line, nil
		}
		if err := in.fill(); err != nil {
			return nil, ended(ErrTruncated, err)
		}
	}
}
