package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// sample is what a server holds at one time.
type sample struct {
	Second float64 `json:"second"` // since the load began; negative before
	// Resident is all memory of the process, Anonymous the part without files behind it, in bytes.
	Resident    int64 `json:"resident_bytes"`
	Anonymous   int64 `json:"anonymous_bytes"`
	Goroutines  int64 `json:"goroutines"`
	Descriptors int64 `json:"descriptors"`
	Connections int64 `json:"connections"`
	TrackFiles  int64 `json:"track_files"`
	Streams     int64 `json:"streams"`
	// The memory of bodies by use, in bytes.
	Entries int64 `json:"entry_bytes"`
	Fills   int64 `json:"fill_bytes"`
	Held    int64 `json:"held_bytes"`
	Free    int64 `json:"free_bytes"`
	// Counters since the start of the server.
	Hits    int64 `json:"hits"`
	Lookups int64 `json:"lookups"`
	// CPU is processor time since the start of the server, in seconds.
	CPU float64 `json:"cpu_seconds"`
	// Misbehaving are connections of clients that do not want to be served well.
	Misbehaving int64 `json:"misbehaving"`

	metrics metrics
}

// takeSample reads what the server holds.
func (s *server) takeSample(ctx context.Context) (sample, error) {
	m, err := s.readMetrics(ctx)
	if err != nil {
		return sample{}, fmt.Errorf("metrics of server %s: %w", s.name, err)
	}
	memory, err := s.id().Memory()
	if err != nil {
		return sample{}, err
	}
	use := func(name string) int64 { return int64(m[`headwater_cache_memory_bytes{use="`+name+`"}`]) }
	return sample{
		Resident:    memory.Resident,
		Anonymous:   memory.Anonymous,
		Goroutines:  int64(m["go_goroutines"]),
		Descriptors: int64(m["process_open_fds"]),
		Connections: int64(m["headwater_connections"]),
		TrackFiles:  int64(m["headwater_track_files_open"]),
		Streams:     int64(m["headwater_streams"]),
		Entries:     use("entries"),
		Fills:       use("fills"),
		Held:        use("held"),
		Free:        use("free"),
		Hits:        int64(m[`headwater_cache_lookups_total{result="hit"}`]),
		Lookups:     int64(m.sum("headwater_cache_lookups_total")),
		CPU:         m["process_cpu_seconds_total"],
		metrics:     m,
	}, nil
}

// otherDescriptors are those that belong neither to viewers nor to the files kept open for them.
func (s sample) otherDescriptors() int64 { return s.Descriptors - s.Connections - s.TrackFiles }

// active are the connections that are neither idle nor misbehave.
func (s sample) active(idle int) int64 { return s.Connections - s.Misbehaving - int64(idle) }

// scraper reads metrics over a connection of its own to each server.
var scraper = &http.Client{Timeout: 30 * time.Second}

// readMetrics reads the control listener's metrics.
func (s *server) readMetrics(ctx context.Context) (metrics, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.control+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	response, err := scraper.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", response.Status)
	}
	return parseMetrics(string(text)), err
}

// metrics are values by series, with labels as they are written.
type metrics map[string]float64

// parseMetrics reads Prometheus' text format. Histograms and what is no number are left out.
func parseMetrics(text string) metrics {
	m := metrics{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		end := strings.LastIndexByte(line, ' ')
		if end < 0 || line[0] == '#' || strings.Contains(line, "_bucket{") {
			continue
		}
		if value, err := strconv.ParseFloat(line[end+1:], 64); err == nil {
			m[line[:end]] = value
		}
	}
	return m
}

// sum adds up a metric over those of its series whose labels hold all of the texts.
func (m metrics) sum(name string, labels ...string) (sum float64) {
next:
	for series, value := range m {
		base, found, _ := strings.Cut(series, "{")
		if base != name {
			continue
		}
		for _, label := range labels {
			if !strings.Contains(found, label) {
				continue next
			}
		}
		sum += value
	}
	return sum
}
