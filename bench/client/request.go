package client

import (
	"fmt"
	"strings"
	"time"
)

// Use is what to do with the body of an answer.
type Use uint8

// The uses of a body.
const (
	Discard Use = iota // drop it without looking at it
	Hash               // sum it up in Response.Hash
	Keep               // store it in Response.Body
)

// Request is one request. It can be used again, and by several connections at once.
type Request struct {
	// Method is sent as it is; GET when empty.
	Method string
	// Path is the request target in origin form, with the query: it begins with a slash.
	Path string
	// Header holds further fields, preformatted: "Accept-Encoding: gzip\r\n", each with its end of line. The connection
	// itself writes Host.
	Header string
	// Use says what to do with the body.
	Use Use
	// Deadline ends the request as a whole; there is none when zero.
	Deadline time.Time
}

const (
	methodGet  = "GET"
	methodHead = "HEAD"
)

func (r *Request) method() string {
	if r.Method == "" {
		return methodGet
	}
	return r.Method
}

// validate refuses what would be read as something else than one request: paths come out of playlists.
func (r *Request) validate() error {
	if !isToken(r.method()) {
		return fmt.Errorf("%w: method %q", ErrRequest, r.Method)
	}
	if !strings.HasPrefix(r.Path, "/") {
		return fmt.Errorf("%w: path %q does not begin with a slash", ErrRequest, r.Path)
	}
	for i := range len(r.Path) {
		if c := r.Path[i]; c <= ' ' || c == 0x7f {
			return fmt.Errorf("%w: path %q holds a space or a control character", ErrRequest, r.Path)
		}
	}
	if r.Header != "" && (!strings.HasSuffix(r.Header, crlf) || strings.HasPrefix(r.Header, crlf) || strings.Contains(r.Header, crlf+crlf)) {
		return fmt.Errorf("%w: header %q: end each line with \\r\\n, and leave none empty", ErrRequest, r.Header)
	}
	return nil
}

// append writes the request as it is sent to host.
func (r *Request) append(dst []byte, host string) []byte {
	dst = append(dst, r.method()...)
	dst = append(dst, ' ')
	dst = append(dst, r.Path...)
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	dst = append(dst, host...)
	dst = append(dst, "\r\n"...)
	dst = append(dst, r.Header...)
	return append(dst, "\r\n"...)
}
