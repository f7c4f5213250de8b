package system

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestListeners keeps what is for the operator from viewers, and what is for viewers from the operator's listener.
func TestListeners(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	id := f.ingest(tiny)
	s := f.serve()
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ok\n", "/metrics": "headwater_build_info"} {
		if a := s.status(http.StatusOK, s.control+path); !strings.Contains(string(a.body), want) {
			t.Errorf("%s answers %q", path, a.body)
		}
		checkPublic(t, s.status(http.StatusNotFound, s.viewer+path), "not found\n")
	}
	for _, path := range []string{"/", "/v/", "/v", "/watch/" + string(id), "/console/", "/debug/pprof/", "/favicon.ico"} {
		checkPublic(t, s.status(http.StatusNotFound, s.viewer+path), "not found\n")
	}
	s.status(http.StatusOK, s.control+"/watch/"+string(id))
	s.status(http.StatusOK, s.control+"/debug/pprof/")
	s.status(http.StatusNotFound, s.control+"/v/"+string(id)+"/hls/master.m3u8")
}

// TestRawPaths sends request lines that no client library would: none reaches anything.
func TestRawPaths(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	id := string(f.ingest(tiny))
	s := f.serve()
	address := strings.TrimPrefix(s.viewer, "http://")
	for _, target := range []string{
		"/v/" + id + "/../" + id + "/source",
		"/v/../v/" + id + "/hls/master.m3u8",
		"/v/" + id + "/hls/../hls/master.m3u8",
		"/v/" + id + "/%68ls/master.m3u8",
		"/v//" + id + "/hls/master.m3u8",
		"/v/" + id + "/hls/master.m3u8/",
		"/v/" + id + "/cmaf1/../../../catalog.db",
		"//v/" + id + "/hls/master.m3u8",
		"http://" + address + "/healthz",
	} {
		if status := rawStatus(t, address, target); status != "404" && status != "400" {
			t.Errorf("GET %s: %s, want 404 or 400", target, status)
		}
	}
	if status := rawStatus(t, address, "/"+strings.Repeat("x", 1<<20)); status != "431" {
		t.Errorf("GET of a megabyte: %s, want 431", status)
	}
	if panics := s.metric("headwater_panics_total"); panics != 0 {
		t.Errorf("%v requests panicked", panics)
	}
}

// rawStatus sends a request line as it is and returns the status of the answer.
func rawStatus(t *testing.T, address, target string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	must(t, err)
	defer conn.Close()
	// The server may answer and close before it has read all: what counts is the answer.
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target, address)
	line, err := bufio.NewReader(conn).ReadString('\n')
	if fields := strings.Fields(line); len(fields) > 1 {
		return fields[1]
	}
	return fmt.Sprint(err)
}
