package wire

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel must not probe idle connections: bursts of probes get lost, and then good connections are ended.
func TestListen_noProbes(t *testing.T) {
	l, err := listen(t.Context(), "listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	raw, err := accepted.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	probes := -1
	if controlErr := raw.Control(func(fd uintptr) {
		probes, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_KEEPALIVE)
	}); controlErr != nil || err != nil || probes != 0 {
		t.Errorf("SO_KEEPALIVE is %d, %v, %v", probes, controlErr, err)
	}
}
