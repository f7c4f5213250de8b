package httpd

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file alone passes addresses to the kernel. The calls keep nothing of what they are given.

// send writes p to the socket (send(2)). p must not be empty.
func send(fd int, p []byte) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)),
		unix.MSG_NOSIGNAL, 0, 0)
	return result(n, errno)
}

// writePair writes a and then b in one call (writev(2)). Neither may be empty.
func writePair(fd int, a, b []byte) (int, error) {
	vector := [2]unix.Iovec{{Base: unsafe.SliceData(a)}, {Base: unsafe.SliceData(b)}}
	vector[0].SetLen(len(a))
	vector[1].SetLen(len(b))
	n, _, errno := unix.Syscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&vector)), uintptr(len(vector)))
	return result(n, errno)
}

func result(n uintptr, errno unix.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
