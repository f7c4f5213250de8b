package httpd

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

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

// Stream writes a body that is made while it is sent.
type Stream interface {
	Lender
	io.WriterTo
}

// source is where the bytes of a body come from: one of memory, a file and a stream, or nothing.
type source struct {
	lender Lender
	memory []byte // what is left of it
	file   File
	offset int64 // in file
	stream Stream
	left   int64 // bytes still to be sent
	prompt bool  // sending from file will not wait for the disk
}

// body is the body of a response on its way.
type body struct {
	source
	conn     *conn
	header   []byte // what is left of the header that goes before it
	resident *residents
	err      error // why sending ended early
	transmit func(fd uintptr) bool
}

// set replaces what there is.
func (b *body) set(s source) {
	lender := b.lender
	b.source = s
	if lender != nil {
		lender.Release()
	}
}

// send sends header and body over a plain connection. Memory leaves with the header, a file goes from the page cache to
// the socket; neither is copied.
func (b *body) send(header []byte, now time.Time) error {
	if b.conn.raw == nil || b.stream != nil {
		return b.sendCopied(header)
	}
	b.header, b.err = header, nil
	b.prompt = b.file != nil && b.left > 0 && b.left <= promptBytes &&
		b.resident.has(b.file.Fd(), b.offset+b.left, now)
	if err := b.conn.armWrite(false); err != nil {
		return err
	}
	err := b.conn.raw.Write(b.transmit)
	b.header = nil
	if err == nil {
		err = b.err
	}
	return err
}

func (b *body) sendCopied(header []byte) error {
	if _, err := b.conn.Write(header); err != nil {
		return err
	}
	return b.writeTo(b.conn)
}

// transmitTo sends as much as the socket takes; false when it takes no more at the moment.
func (b *body) transmitTo(fd uintptr) (done bool) {
	for len(b.header) > 0 || b.left > 0 {
		n, errno := b.push(int(fd))
		switch {
		case errno == unix.EINTR:
		case errno == unix.EAGAIN:
			b.err = b.conn.armWrite(true)
			return b.err != nil
		case errno != 0:
			b.err = &net.OpError{Op: "write", Net: "tcp", Addr: b.conn.RemoteAddr(), Err: errno}
			return true
		case n == 0:
			b.err = b.short()
			return true
		default:
			b.advance(n)
		}
	}
	return true
}

// push makes one system call. The header of a file goes by itself: a header that waits for the body (MSG_MORE) shifts
// the pages of the file in their packets, which costs more than it spares.
func (b *body) push(fd int) (int, unix.Errno) {
	switch {
	case b.file != nil && len(b.header) == 0:
		return sendFile(fd, b.file.Fd(), b.offset, min(b.left, maxPush), b.prompt)
	case len(b.header) > 0 && len(b.memory) > 0:
		return sendPair(fd, b.header, b.memory)
	case len(b.header) > 0:
		return send(fd, b.header)
	default:
		return send(fd, b.memory)
	}
}

// promptBytes is the size up to which a part of a file is sent without telling the scheduler when its end is in memory: it
// was read last. For such short calls the notice, and a thread that takes over meanwhile, cost a tenth of the request.
// That an earlier byte was evicted is rare, and then the worst is that one processor waits for the disk.
const promptBytes = 1 << 20

// maxPush bounds one call of sendfile(2), which takes up to 2 GiB.
const maxPush = 1 << 30

// advance notes that n bytes are on their way.
func (b *body) advance(n int) {
	fromHeader := min(n, len(b.header))
	b.header = b.header[fromHeader:]
	fromBody := n - fromHeader
	b.left -= int64(fromBody)
	if b.file != nil {
		b.offset += int64(fromBody)
	} else {
		b.memory = b.memory[fromBody:]
	}
}

func (b *body) short() error {
	b.file.Short()
	return &sourceError{fmt.Errorf("%w: %d bytes are missing", ErrShortFile, b.left)}
}

// writeTo writes the body to w.
func (b *body) writeTo(w io.Writer) error {
	switch {
	case b.left == 0:
		return nil
	case b.file != nil:
		buffer := copyBuffers.Get().(*[]byte)
		defer copyBuffers.Put(buffer)
		return b.copyTo(w, *buffer, 0)
	case b.stream != nil:
		return b.writeStream(w)
	default:
		_, err := w.Write(b.memory)
		return err
	}
}

// writeStream tells errors of the stream from those of the connection, which it hands through.
func (b *body) writeStream(w io.Writer) error {
	out := &noting{w: w}
	n, err := b.stream.WriteTo(out)
	switch {
	case out.err != nil:
		return out.err
	case err != nil:
		return &sourceError{err}
	case n != b.left:
		return &sourceError{fmt.Errorf("body of %d bytes: %d written: %w", b.left, n, io.ErrShortWrite)}
	default:
		return nil
	}
}

// noting is a writer that notes how it failed.
type noting struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (n *noting) Write(p []byte) (int, error) {
	written, err := n.w.Write(p)
	if err != nil {
		n.err = err
	}
	return written, err
}

// sourceError is a failure of where a body comes from. It may be one of a connection too, to storage, which must not be
// taken for that of the viewer.
type sourceError struct{ cause error }

// Error is that of the cause.
func (e *sourceError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *sourceError) Unwrap() error { return e.cause }

// copyTo writes the rest of the body by filling buffer, whose first filled bytes are to be written before.
func (b *body) copyTo(w io.Writer, buffer []byte, filled int) error {
	for b.left > 0 || filled > 0 {
		n, err := b.read(buffer[filled:])
		if err != nil {
			return err
		}
		if _, err := w.Write(buffer[:filled+n]); err != nil {
			return err
		}
		b.advance(n)
		filled = 0
	}
	return nil
}

// read reads the next bytes of a body in memory or in a file into p, as many as there are and fit.
func (b *body) read(p []byte) (int, error) {
	p = p[:min(int64(len(p)), b.left)]
	if b.file == nil || len(p) == 0 {
		return copy(p, b.memory), nil
	}
	n, err := ignoringInterrupts(func() (int, error) { return unix.Pread(b.file.Fd(), p, b.offset) })
	switch {
	case err != nil:
		return 0, &sourceError{fmt.Errorf("read the file that is being sent: %w", err)}
	case n == 0:
		return 0, b.short()
	default:
		return n, nil
	}
}

// copyBytes is the size of the buffer between a body and a connection that encrypts it: four TLS records.
const copyBytes = 64 << 10

var copyBuffers = sync.Pool{New: func() any { b := make([]byte, copyBytes); return &b }}

// ignoringInterrupts repeats a call that a signal has interrupted.
func ignoringInterrupts(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != unix.EINTR {
			return max(n, 0), err
		}
	}
}
