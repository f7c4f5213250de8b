package httpd

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file alone passes addresses to the kernel. The calls keep nothing of what they are given; none may be empty. They
// return the plain error number, because comparing it is part of every request. Those that a socket in non-blocking mode
// ends at once spare the scheduler the notice that a thread might block.

// readSocket reads what a socket holds (read(2)).
func readSocket(fd int, p []byte) (int, unix.Errno) {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), address(p), uintptr(len(p)))
		if errno != unix.EINTR {
			return count(n, errno), errno
		}
	}
}

// send writes p to a socket (send(2)).
func send(fd int, p []byte) (int, unix.Errno) {
	call := unix.RawSyscall6
	if len(p) > copiedAtOnce {
		call = unix.Syscall6
	}
	n, _, errno := call(unix.SYS_SENDTO, uintptr(fd), address(p), uintptr(len(p)), unix.MSG_NOSIGNAL, 0, 0)
	return count(n, errno), errno
}

// copiedAtOnce is how much is copied into a socket before the scheduler had better know of it.
const copiedAtOnce = 64 << 10

// sendPair writes a and then b in one call (sendmsg(2)).
func sendPair(fd int, a, b []byte) (int, unix.Errno) {
	vector := [2]unix.Iovec{{Base: unsafe.SliceData(a)}, {Base: unsafe.SliceData(b)}}
	vector[0].SetLen(len(a))
	vector[1].SetLen(len(b))
	message := unix.Msghdr{Iov: &vector[0]}
	message.SetIovlen(len(vector))
	n, _, errno := unix.Syscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)), unix.MSG_NOSIGNAL)
	return count(n, errno), errno
}

// sendFile sends up to sizeBytes bytes of file from offset on (sendfile(2)). It may wait for the disk; prompt says that it
// will not.
func sendFile(fd, file int, offset, sizeBytes int64, prompt bool) (int, unix.Errno) {
	call := unix.Syscall6
	if prompt {
		call = unix.RawSyscall6
	}
	n, _, errno := call(unix.SYS_SENDFILE, uintptr(fd), uintptr(file), uintptr(unsafe.Pointer(&offset)), uintptr(sizeBytes), 0, 0)
	return count(n, errno), errno
}

// inPageCache reports whether the byte of file at offset can be had without waiting (preadv2(2) with RWF_NOWAIT).
func inPageCache(file int, offset int64) bool {
	var b [1]byte
	vector := unix.Iovec{Base: &b[0]}
	vector.SetLen(len(b))
	n, _, errno := unix.RawSyscall6(unix.SYS_PREADV2, uintptr(file), uintptr(unsafe.Pointer(&vector)), 1, uintptr(offset), 0, unix.RWF_NOWAIT)
	return errno == 0 && n == 1
}

func address(p []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(p))) }

func count(n uintptr, errno unix.Errno) int {
	if errno != 0 {
		return 0
	}
	return int(n)
}
