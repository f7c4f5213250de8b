package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
)

const exposition = `# HELP headwater_connections Open viewer connections.
# TYPE headwater_connections gauge
headwater_connections 11
go_goroutines 30
process_open_fds 25
headwater_track_files_open 4
headwater_cache_memory_bytes{use="entries"} 1e+06
headwater_cache_memory_bytes{use="held"} 7
headwater_cache_lookups_total{result="hit"} 6
headwater_cache_lookups_total{result="miss"} 3
headwater_request_duration_seconds_bucket{route="segment",le="0.1"} 5
headwater_odd{text="a b"} 2
broken
`

func TestParseMetrics(t *testing.T) {
	m := parseMetrics(exposition)
	f := func(want float64, name string, labels ...string) {
		t.Helper()
		if got := m.sum(name, labels...); got != want {
			t.Errorf("%s %q: %g, want %g", name, labels, got, want)
		}
	}
	f(9, "headwater_cache_lookups_total")
	f(6, "headwater_cache_lookups_total", `result="hit"`)
	f(0, "headwater_cache_lookups_total", `result="hit"`, `result="miss"`)
	f(0, "headwater_cache_lookups")
	f(2, "headwater_odd", "a b")
	if len(m) != 9 {
		t.Errorf("%d series: %v", len(m), m)
	}
}

func TestServer_takeSample(t *testing.T) {
	status := http.StatusOK
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, exposition)
	}))
	defer control.Close()
	s := &server{name: "plain", control: control.URL, cmd: &exec.Cmd{Process: &os.Process{Pid: os.Getpid()}}}
	got, err := s.takeSample(context.Background())
	if err != nil || got.Resident < got.Anonymous || got.Anonymous < 1<<20 {
		t.Fatalf("%+v, %v", got, err)
	}
	got.Resident, got.Anonymous, got.metrics = 0, 0, nil
	want := sample{Goroutines: 30, Descriptors: 25, Connections: 11, TrackFiles: 4, Entries: 1e6, Held: 7, Hits: 6, Lookups: 9}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got.otherDescriptors() != 10 {
		t.Errorf("%d other descriptors", got.otherDescriptors())
	}
	status = http.StatusInternalServerError
	if _, err := s.takeSample(context.Background()); err == nil {
		t.Error("no error for status 500")
	}
}
