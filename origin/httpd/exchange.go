package httpd

import (
	"bufio"
	"bytes"
	"io"
	"sync"

	"github.com/valyala/fasthttp"
)

// Exchange is one request and its response. A handler answers either with the fields and the body of Response, or, where
// building those would cost more than it should, with Head and at most one of the Send methods; the latter wins. It is
// recycled when the response has been sent: nothing of it may be kept. The zero value is one without a connection.
type Exchange struct {
	Request  fasthttp.Request
	Response fasthttp.Response
	Record   Record

	head   Head
	body   body
	secure bool
	reader *bufio.Reader // of the connection; it may hold the beginning of the next request
}

// Secure reports whether the connection is encrypted.
func (x *Exchange) Secure() bool { return x.secure }

// Head begins the header of the response.
func (x *Exchange) Head(status int) *Head {
	x.head.begin(status, x.Record.Start)
	return &x.head
}

// SendMemory makes content the body of the response, sent from where it lies. It must not change until lender, which may
// be nil, is released.
func (x *Exchange) SendMemory(content []byte, lender Lender) {
	x.body.set(source{memory: content, lender: lender, left: int64(len(content))})
	x.head.SetLength(int64(len(content)))
}

// SendFile makes sizeBytes bytes of file from offset on the body of the response. They go from the page cache to the
// socket; on a connection that encrypts them through a buffer.
func (x *Exchange) SendFile(file File, offset, sizeBytes int64) {
	x.body.set(source{file: file, lender: file, offset: offset, left: sizeBytes})
	x.head.SetLength(sizeBytes)
}

// SendStream makes what stream writes, sizeBytes bytes, the body of the response. An error of it cuts the connection,
// because the header has promised the whole.
func (x *Exchange) SendStream(stream Stream, sizeBytes int64) {
	x.body.set(source{stream: stream, lender: stream, left: sizeBytes})
	x.head.SetLength(sizeBytes)
}

// Status returns that of the response.
func (x *Exchange) Status() int {
	if x.head.active {
		return x.head.status
	}
	return x.Response.StatusCode()
}

// bodyBytes returns the size of the body that will be sent.
func (x *Exchange) bodyBytes() int64 {
	switch {
	case x.Request.Header.IsHead():
		return 0
	case x.head.active:
		return x.body.left
	default:
		return int64(len(x.Response.Body()))
	}
}

// Reset drops what there is of a response.
func (x *Exchange) Reset() {
	x.body.set(source{})
	x.head.active = false
	x.Response.Reset()
	x.Response.Header.SetNoDefaultContentType(true)
}

// WriteTo writes the response as it would go over a connection, and ends its loans. It is for exchanges without one.
func (x *Exchange) WriteTo(w io.Writer) (int64, error) {
	var out bytes.Buffer
	var err error
	if x.head.active {
		out.Write(x.head.finish(&x.Record, false))
		if !x.Request.Header.IsHead() {
			err = x.body.writeTo(&out)
		}
		x.body.set(source{})
	} else {
		x.Response.SkipBody = x.Request.Header.IsHead()
		buffered := bufio.NewWriter(&out)
		if err = x.Response.Write(buffered); err == nil {
			err = buffered.Flush()
		}
	}
	if err != nil {
		return 0, err
	}
	return out.WriteTo(w)
}

// exchanges recycles exchanges whose readers hold headers of up to maxHeaderBytes.
type exchanges struct {
	maxHeaderBytes int
	pool           sync.Pool
	resident       residents
}

func (e *exchanges) begin(s *session) *Exchange {
	x, ok := e.pool.Get().(*Exchange)
	if !ok {
		x = &Exchange{reader: bufio.NewReaderSize(nil, e.maxHeaderBytes)}
		x.body.transmit, x.body.resident = x.body.transmitTo, &e.resident
	}
	x.secure, x.body.conn = s.secure, s.conn
	x.reader.Reset(s)
	return x
}

// end takes x back, in whatever state.
func (e *exchanges) end(x *Exchange) {
	x.body.set(source{})
	x.body.conn = nil
	x.reader.Reset(nil)
	e.pool.Put(x)
}
