package system

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestIdleConnectionsKeepSmallStacks holds that a request needs no more than the 4 KiB of stack that its connection keeps
// when it is idle: nearly all that it costs (DESIGN §6). The next size would be 8.
func TestIdleConnectionsKeepSmallStacks(t *testing.T) {
	t.Setenv("GOGC", "off") // collecting shrinks them, sooner or later
	f := newFolder(t)
	id := f.ingest(tiny)
	s := f.serve("--log-level", "warn")
	const connections = 300
	ask := func() {
		for range connections {
			s.stayIdleAfter(s.master(id))
		}
	}
	ask()
	before := s.metric("go_memstats_stack_inuse_bytes")
	ask()
	if grown := (s.metric("go_memstats_stack_inuse_bytes") - before) / connections; grown > 6<<10 {
		t.Errorf("the stack grows by %.0f bytes a connection", grown)
	}
}

// stayIdleAfter gets a URL over a connection of its own, which stays open until the test ends.
func (s *server) stayIdleAfter(url string) {
	s.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.viewer, "http://"))
	must(s.T, err)
	s.Cleanup(func() { c.Close() })
	_, err = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", strings.TrimPrefix(url, s.viewer))
	must(s.T, err)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	must(s.T, err)
	_, err = io.Copy(io.Discard, response.Body)
	must(s.T, err)
	if response.StatusCode != http.StatusOK {
		s.Errorf("%s: %s", url, response.Status)
	}
}
