package origin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// serveStreams is a site whose cache has room for manifests only, so that segments are sent as they are read.
func serveStreams(t *testing.T, storage *storage, change func(*Config)) *site {
	t.Helper()
	cfg := testConfig()
	if change != nil {
		change(&cfg)
	}
	u := newSetup(cfg)
	u.listen = listenTCP
	u.cache.MaxBytes = 1 << 20
	s := u.serve(t, storage, storage)
	if r := s.do("HEAD", segmentPath); r.StatusCode != 200 { // loads the index
		t.Fatal(r.Status)
	}
	return s
}

// awaitStreams waits until so many responses are being streamed.
func (s *site) awaitStreams(want int) {
	s.tb.Helper()
	for deadline := time.Now().Add(10 * time.Second); s.handler.Stats().Streams != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.tb.Fatalf("%d streams, want %d", s.handler.Stats().Streams, want)
		}
	}
}

func TestStream_Body(t *testing.T) {
	f := largeFilm(t)
	s := serveStreams(t, newStorage(f), nil)
	whole := f.segment("v720", 1)
	size := len(whole)
	check := func(byteRange string, wantStatus, from, to int) {
		t.Helper()
		r := s.do("GET", segmentPath, byteRange)
		if r.StatusCode != wantStatus || !bytes.Equal(r.body, whole[from:to]) {
			t.Errorf("%s: %s, %d bytes", byteRange, r.Status, len(r.body))
		}
		if want := fmt.Sprintf("bytes %d-%d/%d", from, to-1, size); wantStatus == 206 && r.header("Content-Range") != want {
			t.Errorf("%s: Content-Range %s", byteRange, r.header("Content-Range"))
		}
		if rec := s.last(); rec.Cache != "bypass" || rec.Bytes != int64(to-from) || rec.ErrKind != "" {
			t.Errorf("%s: record %+v", byteRange, rec)
		}
	}
	check("Range: none", 200, 0, size)
	check("Range: bytes=0-0", 206, 0, 1)
	check("Range: bytes=-1", 206, size-1, size)
	check(fmt.Sprintf("Range: bytes=1-%d", streamBytes), 206, 1, streamBytes+1) // one piece
	check(fmt.Sprintf("Range: bytes=1-%d", streamBytes+1), 206, 1, streamBytes+2)
	check(fmt.Sprintf("Range: bytes=%d-", size-3*streamBytes), 206, size-3*streamBytes, size)
	if r := s.do("GET", segmentPath, fmt.Sprintf("Range: bytes=%d-", size)); r.StatusCode != 416 {
		t.Errorf("outside: %s", r.Status)
	}
	if r := s.do("HEAD", segmentPath); r.header("Content-Length") != fmt.Sprint(size) {
		t.Errorf("HEAD: %v", r.Header)
	}
	s.awaitStreams(0)
	if stats := s.cache.Stats(); stats.Bypasses != 6 || stats.MappedBytes > 1<<20 {
		t.Errorf("stats %+v", stats)
	}
}

// TestStream_Limit has as many slow viewers as may be streamed to, and one more.
func TestStream_Limit(t *testing.T) {
	f := largeFilm(t)
	s := serveStreams(t, newStorage(f), func(c *Config) { c.MaxStreams = 2 })
	downloads := []*download{s.begin(segmentPath, 1000), s.begin(segmentOf("a-en", 1), 1000)}
	r := s.do("GET", segmentPath)
	if r.StatusCode != 503 || r.header("Retry-After") != "1" || r.header("Cache-Control") != cacheError || s.last().ErrKind != "overloaded" {
		t.Errorf("%s %v, record %+v", r.Status, r.Header, s.last())
	}
	checkSharing(t, r)
	if r := s.do("GET", masterPath); r.StatusCode != 200 {
		t.Errorf("a manifest: %s", r.Status)
	}
	for i, want := range [][]byte{f.segment("v720", 1), f.segment("a-en", 1)} {
		if got, err := downloads[i].rest(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	s.awaitStreams(0)
	if r := s.do("GET", segmentPath); r.StatusCode != 200 {
		t.Errorf("then %s", r.Status)
	}
}

// TestStream_FailsBeforeTheFirstByte: the viewer is told.
func TestStream_FailsBeforeTheFirstByte(t *testing.T) {
	f := largeFilm(t)
	storage := newStorage(f)
	s := serveStreams(t, storage, nil)
	check := func(fail error, wantStatus, wantAlerts int) {
		t.Helper()
		storage.change(func() { storage.fail = fail })
		defer storage.change(func() { storage.fail = nil })
		r := s.do("GET", segmentPath)
		if r.StatusCode != wantStatus || strings.Contains(string(r.body), "secret") || s.handler.Stats().Alerts != uint64(wantAlerts) {
			t.Errorf("%v: %s %q, %+v", fail, r.Status, r.body, s.handler.Stats())
		}
		s.awaitStreams(0)
	}
	check(fmt.Errorf("%w: secret", ErrUnavailable), 503, 0)
	check(fmt.Errorf("secret: %w", context.DeadlineExceeded), 504, 0)
	check(fmt.Errorf("%w: secret", ErrCorrupt), 500, 1)
	check(errors.New("secret"), 500, 1)
	storage.change(func() { delete(storage.files, "v720") })
	if r := s.do("GET", segmentPath); r.StatusCode != 500 || s.handler.Stats().Alerts != 2 {
		t.Errorf("missing: %s, %+v", r.Status, s.handler.Stats())
	}
	s.awaitStreams(0)
}

// TestStream_FailsInTheMiddle: the connection is cut, what came is right, and damage is an alert there too.
func TestStream_FailsInTheMiddle(t *testing.T) {
	f := largeFilm(t)
	for name, c := range map[string]struct {
		fail       error
		wantAlerts uint64
	}{
		"unavailable": {ErrUnavailable, 0},
		"damaged":     {fmt.Errorf("%w: ends before", ErrCorrupt), 1},
	} {
		storage := newStorage(f)
		s := serveStreams(t, storage, nil)
		d := s.begin(segmentPath, 1000)
		storage.change(func() { storage.fail = c.fail })
		got, err := d.rest()
		if whole := f.segment("v720", 1); err != io.ErrUnexpectedEOF || len(got) == len(whole) || !bytes.HasPrefix(whole, got) {
			t.Errorf("%s: %d of %d bytes, %v", name, len(got), len(whole), err)
		}
		s.awaitStreams(0)
		if alerts := s.handler.Stats().Alerts; alerts != c.wantAlerts {
			t.Errorf("%s: %d alerts", name, alerts)
		}
	}
}

// TestStream_PanicsInTheMiddle: no more than one connection suffers.
func TestStream_PanicsInTheMiddle(t *testing.T) {
	f := largeFilm(t)
	storage := newStorage(f)
	s := serveStreams(t, storage, nil)
	d := s.begin(segmentPath, 1000)
	storage.change(func() { storage.before = func(context.Context, string) error { panic("boom") } })
	if _, err := d.rest(); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v", err)
	}
	s.awaitStreams(0)
	storage.change(func() { storage.before = nil })
	if r := s.do("GET", segmentPath); r.StatusCode != 200 || s.server.Stats().Panics != 1 {
		t.Errorf("then %s, %+v", r.Status, s.server.Stats())
	}
}

// TestStream_ViewersLeave: turn and buffer come back while nothing more is read.
func TestStream_ViewersLeave(t *testing.T) {
	f := largeFilm(t)
	storage := newStorage(f)
	s := serveStreams(t, storage, func(c *Config) { c.MaxStreams = 4 })
	for range 3 {
		var viewers sync.WaitGroup
		for range 4 {
			viewers.Go(func() { s.begin(segmentPath, 1000).conn.Close() })
		}
		viewers.Wait()
		s.awaitStreams(0)
	}
	pieces := len(f.segment("v720", 1)) / streamBytes
	if reads := storage.count("read v720"); reads >= 12*pieces {
		t.Errorf("%d reads for 12 viewers who left after the beginning, a whole segment takes %d", reads, pieces)
	}
}
