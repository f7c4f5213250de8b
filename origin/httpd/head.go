package httpd

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// Head is the header of a response under construction. Names and values are written as they are, so they must hold no
// line breaks. The server adds Date, Content-Length, X-Request-Id and Connection.
type Head struct {
	buf    []byte
	status int
	length int64
	active bool
}

const unknownLength = -1

func (h *Head) begin(status int, now time.Time) {
	h.active, h.status, h.length = true, status, unknownLength
	h.buf = append(h.buf[:0], statusLine(status)...)
	h.buf = append(h.buf, dateLine(now)...)
}

// Field adds one field.
func (h *Head) Field(name, value string) {
	h.buf = append(h.buf, name...)
	h.buf = append(h.buf, ": "...)
	h.buf = append(h.buf, value...)
	h.buf = append(h.buf, "\r\n"...)
}

// Lines adds whole lines "Name: value\r\n".
func (h *Head) Lines(lines string) { h.buf = append(h.buf, lines...) }

// SetLength sets the Content-Length of a response whose body is not sent (RFC 9110 §8.6). The Send methods set it too.
func (h *Head) SetLength(sizeBytes int64) { h.length = sizeBytes }

// finish adds the server's fields and the end and returns the header, which is valid until the next begin.
func (h *Head) finish(rec *Record, closes bool) []byte {
	h.buf = append(h.buf, "X-Request-Id: "...)
	h.buf = rec.AppendRequestID(h.buf)
	if h.length != unknownLength {
		h.buf = append(h.buf, "\r\nContent-Length: "...)
		h.buf = strconv.AppendInt(h.buf, h.length, 10)
	}
	if closes {
		h.buf = append(h.buf, "\r\nConnection: close"...)
	}
	h.buf = append(h.buf, "\r\n\r\n"...)
	return h.buf
}

// statusLine returns the first line of a response.
func statusLine(status int) string {
	switch status { // the most frequent ones, as constants
	case fasthttp.StatusOK:
		return "HTTP/1.1 200 OK\r\n"
	case fasthttp.StatusNoContent:
		return "HTTP/1.1 204 No Content\r\n"
	case fasthttp.StatusPartialContent:
		return "HTTP/1.1 206 Partial Content\r\n"
	case fasthttp.StatusNotModified:
		return "HTTP/1.1 304 Not Modified\r\n"
	default:
		return "HTTP/1.1 " + strconv.Itoa(status) + " " + fasthttp.StatusMessage(status) + "\r\n"
	}
}

// date is the Date line of one second.
type date struct {
	second int64
	line   string
}

var lastDate atomic.Pointer[date]

// dateLine returns the Date line of now (RFC 9110 §6.6.1).
func dateLine(now time.Time) string {
	second := now.Unix()
	d := lastDate.Load()
	if d == nil || d.second != second {
		d = &date{second, "Date: " + string(fasthttp.AppendHTTPDate(nil, now)) + "\r\n"}
		lastDate.Store(d)
	}
	return d.line
}
