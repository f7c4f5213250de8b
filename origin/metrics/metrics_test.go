package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"headwater/cache"
	"headwater/cache/disk"
	"headwater/origin"
	"headwater/origin/httpd"
)

func testSources() Sources {
	return Sources{
		Cache: func() cache.Stats {
			return cache.Stats{Hits: 10, Misses: 5, Joins: 3, Bypasses: 1, Evictions: 2, Bytes: 4096, MaxBytes: 8192, Fills: 6,
				Prefetches: 20, PrefetchHits: 19, MappedBytes: 7000, EntryBytes: 4000, FillBytes: 500, HeldBytes: 300}
		},
		Handler: func() origin.Stats { return origin.Stats{Alerts: 7, Files: 21, Streams: 22} },
		Table:   func() origin.TableStats { return origin.TableStats{Assets: 4, Alerts: 8} },
		Poller: func() origin.PollerStats {
			return origin.PollerStats{Head: 12, Applied: 9, Stale: true, Contact: time.Now()}
		},
		Server: func() httpd.Stats {
			return httpd.Stats{Connections: 11, Refused: 1, Starved: 2, Unannounced: 3, Unsecured: 4, Left: 31, Stalled: 32, Broken: 33, CertificateExpires: time.Unix(1800000000, 0)}
		},
		Disk:    func() disk.Stats { return disk.Stats{Hits: 41, Misses: 42, Damaged: 43, Files: 44, Paused: true} },
		Ready:   func(context.Context) error { return nil },
		Version: "v1.2.3",
	}
}

func newTestMetrics(t *testing.T, sources Sources) *Metrics {
	t.Helper()
	m, err := New(NewDefaultConfig(), sources)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func fetch(t *testing.T, m *Metrics, method, path string) (int, string) {
	t.Helper()
	server := httptest.NewServer(m.Handler())
	defer server.Close()
	request, err := http.NewRequest(method, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestMetrics_Exposition(t *testing.T) {
	m := newTestMetrics(t, testSources())
	m.Observe(&httpd.Record{Route: "segment", Status: 200, Bytes: 1000, Duration: 3 * time.Millisecond, AssetID: "secret-asset"})
	m.Observe(&httpd.Record{Route: "segment", Status: 200, Bytes: 500})
	m.Observe(&httpd.Record{Status: 404, Bytes: 10, ErrKind: "path"})
	status, body := fetch(t, m, "GET", "/metrics")
	if status != 200 {
		t.Fatalf("status %d", status)
	}
	for _, line := range []string{
		`headwater_requests_total{route="segment",status="200"} 2`,
		`headwater_requests_total{route="none",status="404"} 1`,
		`headwater_response_bytes_total{route="segment"} 1500`,
		`headwater_request_errors_total{kind="path"} 1`,
		`headwater_request_duration_seconds_count{route="segment"} 2`,
		`headwater_cache_lookups_total{result="hit"} 10`,
		`headwater_cache_lookups_total{result="miss"} 5`,
		`headwater_cache_lookups_total{result="join"} 3`,
		`headwater_cache_lookups_total{result="bypass"} 1`,
		`headwater_cache_evictions_total 2`,
		`headwater_cache_bytes 4096`,
		`headwater_cache_fills 6`,
		`headwater_cache_prefetches_total 20`,
		`headwater_cache_prefetch_hits_total 19`,
		`headwater_cache_memory_bytes{use="entries"} 4000`,
		`headwater_cache_memory_bytes{use="fills"} 500`,
		`headwater_cache_memory_bytes{use="held"} 300`,
		`headwater_cache_memory_bytes{use="free"} 2200`,
		`headwater_corrupt_alerts_total{object="track"} 7`,
		`headwater_corrupt_alerts_total{object="index"} 8`,
		`headwater_feed_lag_changes 3`,
		`headwater_serving_stale 1`,
		`headwater_connections 11`,
		`headwater_connections_starved_total 2`,
		`headwater_connections_unannounced_total 3`,
		`headwater_connections_unsecured_total 4`,
		`headwater_certificate_expiry_timestamp_seconds 1.8e+09`,
		`headwater_responses_cut_total{reason="left"} 31`,
		`headwater_responses_cut_total{reason="stalled"} 32`,
		`headwater_responses_cut_total{reason="broken"} 33`,
		`headwater_track_files_open 21`,
		`headwater_streams 22`,
		`headwater_disk_cache_lookups_total{result="hit"} 41`,
		`headwater_disk_cache_lookups_total{result="miss"} 42`,
		`headwater_disk_cache_damaged_total 43`,
		`headwater_disk_cache_files 44`,
		`headwater_disk_cache_paused 1`,
		`version="v1.2.3"} 1`,
		`go_goroutines`,
	} {
		if !strings.Contains(body, line) {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(body, "secret-asset") {
		t.Error("an asset is a label")
	}
}

func TestMetrics_Lint(t *testing.T) {
	problems, err := testutil.GatherAndLint(newTestMetrics(t, testSources()).registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestMetrics_Probes(t *testing.T) {
	sources := testSources()
	f := func(path string, wantStatus int, wantBody string) {
		t.Helper()
		if status, body := fetch(t, newTestMetrics(t, sources), "GET", path); status != wantStatus || body != wantBody {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	f("/healthz", 200, "ok\n")
	f("/readyz", 200, "ok\n")
	sources.Ready = func(context.Context) error { return errors.New("storage: no answer") }
	f("/healthz", 200, "ok\n")
	f("/readyz", 503, "not ready: storage: no answer\n")
	sources.Ready = func(context.Context) error { return fmt.Errorf("%w: no catalogue", ErrDegraded) }
	f("/readyz", 200, "ok, but degraded: no catalogue\n")
	sources.Ready = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	f("/readyz", 503, "not ready: context deadline exceeded\n")
	if status, _ := fetch(t, newTestMetrics(t, sources), "POST", "/metrics"); status != 405 {
		t.Errorf("POST: %d", status)
	}
}

func TestConfig_Validate(t *testing.T) {
	if err := (Config{}).Validate(); err == nil || !strings.Contains(err.Error(), "ReadyTimeout") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkMetrics_Observe(b *testing.B) {
	m, err := New(NewDefaultConfig(), testSources())
	if err != nil {
		b.Fatal(err)
	}
	rec := &httpd.Record{Route: "segment", Status: 200, Bytes: 1000, Duration: time.Millisecond}
	b.ReportAllocs()
	for b.Loop() {
		m.Observe(rec)
	}
}
