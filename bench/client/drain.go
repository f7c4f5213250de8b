package client

import (
	"io"
	"syscall"
)

// maxDropBytes is what one system call is asked to drop.
const maxDropBytes = 1 << 30

// drain drops received bytes in the kernel.
type drain struct {
	raw  syscall.RawConn
	recv func(fd uintptr) bool // a method value made once, since making it allocates
	left int64
	err  error
}

func newDrain(raw syscall.RawConn) *drain {
	d := &drain{raw: raw}
	d.recv = d.receive
	return d
}

// drop waits for n bytes and drops them. The error is the connection's; io.EOF where that ends.
func (d *drain) drop(n int64) (dropped int64, err error) {
	d.left, d.err = n, nil
	if err = d.raw.Read(d.recv); err == nil {
		err = d.err
	}
	return n - d.left, err
}

// receive drops what is there; false when more must come first. MSG_TRUNC makes tcp(7) throw the bytes away instead of
// copying them. The buffer is a null pointer: a kernel that wanted to copy after all would fail, not write over memory.
func (d *drain) receive(fd uintptr) bool {
	for d.left > 0 {
		n, _, errno := syscall.Syscall6(syscall.SYS_RECVFROM, fd, 0, uintptr(min(d.left, maxDropBytes)),
			syscall.MSG_TRUNC|syscall.MSG_DONTWAIT, 0, 0)
		switch {
		case errno == syscall.EINTR:
		case errno == syscall.EAGAIN:
			return false
		case errno != 0:
			d.err = errno
			return true
		case n == 0:
			d.err = io.EOF
			return true
		default:
			d.left -= int64(n)
		}
	}
	return true
}
