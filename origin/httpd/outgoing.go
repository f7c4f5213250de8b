package httpd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/valyala/fasthttp"
	"golang.org/x/sys/unix"
)

// ErrShortFile says that a file ended before the range of it that was being sent. The response is cut with it.
var ErrShortFile = errors.New("file ends before the range that is being sent")

// Lender owns the bytes of a body that is sent without a copy.
type Lender interface {
	// Release ends the loan. It is called once, when the last byte has been sent or none will be any more.
	Release()
}

// File lends ranges of an open file.
type File interface {
	Lender
	// Fd is the descriptor. It stays open until Release; its position is neither used nor moved.
	Fd() int
	// Short is called, before Release, when the file ended before the range did: it is not what it was when the header
	// was made.
	Short()
}

// SetMemory makes body the body of the response, sent from where it lies. It must not change until lender is released.
func SetMemory(rc *fasthttp.RequestCtx, body []byte, lender Lender) {
	o := outgoingOf(rc)
	o.lender, o.memory = lender, body
	o.attach(rc, int64(len(body)))
}

// SetFile makes sizeBytes bytes of file from offset on the body of the response. They go from the page cache to the
// socket; on a connection that encrypts them through a buffer of readBytes.
func SetFile(rc *fasthttp.RequestCtx, file File, offset, sizeBytes int64) {
	o := outgoingOf(rc)
	o.lender, o.file, o.offset = file, file, offset
	o.attach(rc, sizeBytes)
}

// outgoing is the body of the response that a connection is sending. It is the body stream of the fasthttp response:
// see [fasthttp.BodyWriterTo].
type outgoing struct {
	conn   *conn // nil in a response without a connection
	lender Lender

	memory []byte // what is left of a body in memory
	file   File   // or the file that it is in
	offset int64
	size   int64 // of the body
	left   int64 // of it still to be sent

	pending bool   // the header is still to come and takes the body with it
	header  []byte // what is left of the header
	err     error  // why sending ended early
}

func outgoingOf(rc *fasthttp.RequestCtx) *outgoing {
	if c := connOf(rc.Conn()); c != nil {
		return &c.out
	}
	return &outgoing{}
}

// attach gives the body to the response. On a plain connection the header is flushed at once, which makes
// [conn.Write] send both.
func (o *outgoing) attach(rc *fasthttp.RequestCtx, sizeBytes int64) {
	o.size, o.left = sizeBytes, sizeBytes
	rc.Response.SetBodyStream(o, int(sizeBytes))
	if o.conn != nil && o.conn.raw != nil && rc.Conn() == net.Conn(o.conn) && !rc.IsHead() {
		o.pending = true
		rc.Response.ImmediateHeaderFlush = true
	}
}

var endOfHeader = []byte("\r\n\r\n")

// follows reports whether the body is to be sent with p, the end of its header.
func (o *outgoing) follows(p []byte) bool { return o.pending && bytes.HasSuffix(p, endOfHeader) }

// send sends the header and the whole body.
func (o *outgoing) send(header []byte) error {
	o.pending = false
	o.header = header
	if err := o.conn.armWrite(false); err != nil {
		return err
	}
	err := o.conn.raw.Write(o.conn.transmit)
	o.header = nil
	if err == nil {
		err = o.err
	}
	return err
}

// transmit sends as much as the socket takes; false when it takes no more at the moment.
func (o *outgoing) transmit(fd uintptr) (done bool) {
	for len(o.header) > 0 || o.left > 0 {
		n, err := o.push(int(fd))
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			o.err = o.conn.armWrite(true)
			return o.err != nil
		case err != nil:
			o.err = &net.OpError{Op: "write", Net: "tcp", Addr: o.conn.RemoteAddr(), Err: err}
			return true
		case n == 0:
			o.err = o.short()
			return true
		default:
			o.advance(n)
		}
	}
	return true
}

// push makes one system call.
func (o *outgoing) push(fd int) (int, error) {
	switch {
	case o.file != nil && len(o.header) > 0:
		return send(fd, o.header, unix.MSG_MORE) // the segments of the body begin where the header ends
	case o.file != nil:
		at := o.offset
		return unix.Sendfile(fd, o.file.Fd(), &at, int(min(o.left, maxPush)))
	case len(o.header) > 0 && len(o.memory) > 0:
		return writePair(fd, o.header, o.memory)
	case len(o.header) > 0:
		return send(fd, o.header, 0)
	default:
		return send(fd, o.memory, 0)
	}
}

// maxPush bounds one call of sendfile(2), which takes up to 2 GiB.
const maxPush = 1 << 30

// advance notes that n bytes are on their way.
func (o *outgoing) advance(n int) {
	fromHeader := min(n, len(o.header))
	o.header = o.header[fromHeader:]
	fromBody := n - fromHeader
	o.left -= int64(fromBody)
	if o.file != nil {
		o.offset += int64(fromBody)
	} else {
		o.memory = o.memory[fromBody:]
	}
}

func (o *outgoing) short() error {
	o.file.Short()
	return fmt.Errorf("%w: %d bytes are missing", ErrShortFile, o.left)
}

// SupportsBodyWriteTo makes the server call WriteTo.
func (o *outgoing) SupportsBodyWriteTo() bool { return true }

// WriteTo sends what did not go out with the header and returns how much of the body has been written in all.
func (o *outgoing) WriteTo(w io.Writer) (int64, error) {
	o.pending = false
	err := o.write(w)
	return o.size - o.left, err
}

func (o *outgoing) write(w io.Writer) error {
	if o.file != nil {
		return o.copyFile(w)
	}
	if o.left == 0 {
		return nil
	}
	n, err := w.Write(o.memory)
	o.advance(n)
	return err
}

// readBytes is the size of the buffer between a file and a connection that encrypts: four TLS records.
const readBytes = 64 << 10

var readBuffers = sync.Pool{New: func() any { b := make([]byte, readBytes); return &b }}

func (o *outgoing) copyFile(w io.Writer) error {
	if o.left == 0 {
		return nil
	}
	buffer := readBuffers.Get().(*[]byte)
	defer readBuffers.Put(buffer)
	for o.left > 0 {
		n, err := ignoringInterrupts(func() (int, error) {
			return unix.Pread(o.file.Fd(), (*buffer)[:min(o.left, readBytes)], o.offset)
		})
		if err != nil {
			return fmt.Errorf("read the file that is being sent: %w", err)
		}
		if n == 0 {
			return o.short()
		}
		if _, err = w.Write((*buffer)[:n]); err != nil {
			return err
		}
		o.advance(n)
	}
	return nil
}

// Read exists because a body stream is a reader; the server uses WriteTo.
func (o *outgoing) Read([]byte) (int, error) {
	return 0, errors.New("httpd: the body is sent by WriteTo")
}

// Close ends the loan.
func (o *outgoing) Close() error {
	lender := o.lender
	*o = outgoing{conn: o.conn}
	if lender != nil {
		lender.Release()
	}
	return nil
}
