package system

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"headwater/ingest"
	"headwater/packager"
)

// TestShutdown stops a server while a viewer takes a segment slowly: the viewer gets every byte, newcomers are refused,
// connections that wait for nothing do not hold the server up.
func TestShutdown(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	id := f.ingest(noise)
	track := &f.presentation(id, 1).Tracks[0]
	s := f.serve()
	address := strings.TrimPrefix(s.viewer, "http://")
	silent, err := net.Dial("tcp", address)
	must(t, err)
	defer silent.Close()
	s.get(s.master(id)) // leaves an idle connection
	response := slowly(t, s, s.url(id, packager.Resource{Kind: packager.MediaSegment, Track: track.ID, TargetSeconds: 6, Number: 1}))
	defer response.Body.Close()
	s.signal(syscall.SIGINT)
	eventually(t, "new connections are refused", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	var body bytes.Buffer
	if _, err := io.CopyBuffer(&body, struct{ io.Reader }{response.Body}, make([]byte, 4096)); err != nil {
		t.Errorf("the rest of the segment: %v", err)
	}
	stored := f.object(ingest.TrackKey(id, track.ID))
	if !bytes.Equal(body.Bytes(), stored[len(stored)-body.Len():]) || response.ContentLength != int64(body.Len()) {
		t.Errorf("%d bytes of %d arrived, or other ones", body.Len(), response.ContentLength)
	}
	s.stopOnce.Do(s.ended)
}

// slowly asks for a URL with a receive window so small that the server cannot have sent all before we read.
func slowly(t *testing.T, s *server, url string) *http.Response {
	t.Helper()
	dialer := net.Dialer{Control: func(_, _ string, conn syscall.RawConn) (err error) {
		controlErr := conn.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
		return firstError(controlErr, err)
	}}
	client := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, ReadBufferSize: 4096}}
	response, err := client.Get(url)
	must(t, err)
	const buffered = 8 << 20 // more than the kernel keeps of what a server has written
	if response.StatusCode != http.StatusOK || response.ContentLength < buffered {
		t.Fatalf("%s: %s with %d bytes, want more than %d", url, response.Status, response.ContentLength, buffered)
	}
	return response
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestBusyAddress starts a second server on the address of the first: it says so and ends, and the first goes on.
func TestBusyAddress(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	s := f.serve()
	o := f.run("serve", "--listen", strings.TrimPrefix(s.viewer, "http://"), "--control", "127.0.0.1:0")
	if o.code != 1 || !strings.Contains(o.stderr, "--listen") {
		t.Errorf("the second server ended with %d: %s", o.code, o.stderr)
	}
	s.status(http.StatusOK, fmt.Sprint(s.control, "/readyz"))
}
