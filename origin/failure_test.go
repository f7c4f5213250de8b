package origin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/cache"
)

func TestHandler_StorageFailures(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	check := func(name string, fail error, wantStatus int, wantKind string) {
		t.Helper()
		storage := newStorage(f)
		storage.fail = fail
		s := serve(t, testConfig(), storage, storage)
		for i, path := range []string{masterPath, segmentPath} {
			r := s.do("GET", path)
			if r.StatusCode != wantStatus || strings.Contains(string(r.body), "secret") || r.header("Cache-Control") != "max-age=5" {
				t.Errorf("%s: %s: %s %q", name, path, r.Status, r.body)
			}
			if rec := s.last(); rec.ErrKind != wantKind {
				t.Errorf("%s: kind %s (%v)", name, rec.ErrKind, rec.Err)
			}
			checkSharing(t, r)
			if i == 0 { // then only the track file fails
				storage.change(func() { storage.fail = nil })
				s = serve(t, testConfig(), storage, storage)
				if r := s.do("GET", path); r.StatusCode != 200 {
					t.Fatalf("%s: %s", name, r.Status)
				}
				storage.change(func() { storage.fail = fail })
			}
		}
	}
	check("unavailable", fmt.Errorf("%w: secret", ErrUnavailable), 503, "unavailable")
	check("timeout", fmt.Errorf("secret: %w", context.DeadlineExceeded), 504, "timeout")
	check("corrupt", fmt.Errorf("%w: secret", ErrCorrupt), 500, "corrupt")
	check("other", errors.New("secret"), 500, "internal")
}

// TestHandler_Forbidden is the answer to those who do not come through the CDN: the same for all that they ask for, and not
// for caches.
func TestHandler_Forbidden(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	storage := newStorage(f)
	u := newSetup(testConfig())
	u.viewer.PinFile = filepath.Join(t.TempDir(), "pins")
	if err := os.WriteFile(u.viewer.PinFile, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := u.serve(t, storage, storage)
	for _, path := range []string{masterPath, segmentPath, "/v/none/hls/master.m3u8", "/none", "/"} {
		for _, method := range []string{"GET", "OPTIONS", "PUT"} {
			r := s.do(method, path, "Origin: https://player.example")
			if r.StatusCode != 403 || string(r.body) != "forbidden\n" || r.header("Cache-Control") != cacheNotStored {
				t.Errorf("%s %s: %s %q %v", method, path, r.Status, r.body, r.Header)
			}
			checkSharing(t, r)
			if rec := s.last(); rec.ErrKind != "wrong_pin" || rec.Route != "" {
				t.Errorf("%s %s: record %+v", method, path, rec)
			}
		}
	}
	if storage.count("asset film") != 0 {
		t.Error("storage was read")
	}
	if r := s.do("GET", segmentPath, "X-Origin-Pin: 0123456789abcdef"); r.StatusCode != 200 {
		t.Errorf("with the secret: %s", r.Status)
	}
}

func TestHandler_PanicIsAnAnswer(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	storage := newStorage(f)
	s := serve(t, testConfig(), storage, storage)
	s.do("HEAD", segmentPath)
	storage.before = func(context.Context, string) error { panic("secret") }
	r := s.do("GET", segmentPath)
	if r.StatusCode != 500 || string(r.body) != "internal error\n" {
		t.Errorf("%s %q", r.Status, r.body)
	}
	if rec := s.last(); rec.ErrKind != "panic" || !bytes.Contains(rec.Stack, []byte("failure_test.go")) {
		t.Errorf("record %+v", rec)
	}
}

func TestHandler_Overload(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	storage := newStorage(f)
	s := serve(t, testConfig(), storage, storage)
	s.do("HEAD", segmentPath)
	cfg := cache.NewDefaultConfig()
	cfg.MaxFills, cfg.MaxQueuedFills = 1, 0
	small, err := cache.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(small.Close)
	s.handler.cache = small
	started, release := make(chan struct{}), make(chan struct{})
	storage.before = func(context.Context, string) error { close(started); <-release; return nil }
	var running sync.WaitGroup
	running.Go(func() { s.do("GET", segmentPath) })
	<-started
	r := s.do("GET", "/v/film/cmaf1/v720/6s1/2.m4s")
	if r.StatusCode != 503 || r.header("Retry-After") != "1" {
		t.Errorf("%s, Retry-After %q", r.Status, r.header("Retry-After"))
	}
	close(release)
	running.Wait()
}

func TestHandler_MissesOfOneSegmentReadOnce(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	storage := newStorage(f)
	s := serve(t, testConfig(), storage, storage)
	var viewers sync.WaitGroup
	for range 40 {
		viewers.Go(func() {
			if r := s.do("GET", segmentPath); r.StatusCode != 200 || !bytes.Equal(r.body, f.segment("v720", 1)) {
				t.Errorf("%s, %d bytes", r.Status, len(r.body))
			}
		})
	}
	viewers.Wait()
	for _, call := range []string{"asset film", "presentation film 1", "read v720"} {
		if n := storage.count(call); n != 1 {
			t.Errorf("%s: %d times", call, n)
		}
	}
}

func TestHandler_RetainedGenerations(t *testing.T) {
	old, next := newFilm(t, "film", 1, "old-"), newFilm(t, "film", 2, "new-")
	storage := newStorage(old)
	s := serve(t, testConfig(), storage, storage)
	before := s.do("GET", masterPath)
	storage.publish(next)
	if err := s.table.Refresh(t.Context(), "film"); err != nil {
		t.Fatal(err)
	}
	after := s.do("GET", masterPath)
	if before.header("ETag") == after.header("ETag") || !bytes.Contains(after.body, []byte("new-v720")) || bytes.Contains(after.body, []byte("old-")) {
		t.Errorf("the manifest is still the old one: %s", after.body)
	}
	for _, path := range []string{"/v/film/hls/old-v720.m3u8", "/v/film/cmaf1/old-v720/init.mp4", "/v/film/cmaf1/old-v720/6s1/2.m4s", "/v/film/cmaf1/new-v720/6s1/2.m4s"} {
		if r := s.do("GET", path); r.StatusCode != 200 {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
	if r := s.do("GET", "/v/film/cmaf1/old-v720/6s1/2.m4s"); r.header("Cache-Tag") != "film,film.1" || !bytes.Equal(r.body, old.segment("old-v720", 2)) {
		t.Errorf("tag %s", r.header("Cache-Tag"))
	}
	if r := s.do("GET", "/v/film/cmaf1/none/6s1/2.m4s"); r.StatusCode != 404 {
		t.Errorf("unknown track: %s", r.Status)
	}
}

// TestHandler_DamagedRetainedGeneration damages the index of one of two older generations: the tracks of the others play.
func TestHandler_DamagedRetainedGeneration(t *testing.T) {
	storage := newStorage(newFilm(t, "film", 1, "first-"), newFilm(t, "film", 2, "second-"), newFilm(t, "film", 3, ""))
	storage.before = func(_ context.Context, call string) error {
		if call == "presentation film 2" {
			return fmt.Errorf("%w: checksum differs", ErrCorrupt)
		}
		return nil
	}
	s := serve(t, testConfig(), storage, storage)
	for path, want := range map[string]int{
		"/v/film/cmaf1/v720/6s1/1.m4s":        200,
		"/v/film/cmaf1/first-v720/6s1/1.m4s":  200,
		"/v/film/cmaf1/second-v720/6s1/1.m4s": 500,
	} {
		if r := s.do("GET", path); r.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, r.Status, want)
		}
	}
}

func TestHandler_DamagedFilesOnDisk(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	file := f.files["v720"]
	second := f.Track("v720").Fragments[1]
	check := func(name string, content []byte, wantStatus int) {
		t.Helper()
		dir := t.TempDir()
		if content != nil {
			if err := os.WriteFile(filepath.Join(dir, "v720.mp4"), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := serve(t, testConfig(), newStorage(f), disk(dir))
		r := s.do("GET", segmentPath)
		if r.StatusCode != wantStatus {
			t.Errorf("%s: %s (%v)", name, r.Status, s.last().Err)
		}
		if wantStatus == 500 && (s.handler.Stats().Alerts != 1 || s.last().ErrKind != "corrupt" || string(r.body) != "internal error\n") {
			t.Errorf("%s: %d alerts, record %+v, %q", name, s.handler.Stats().Alerts, s.last(), r.body)
		}
		if r := s.do("GET", initPath); r.StatusCode != 200 {
			t.Errorf("%s: init segment: %s", name, r.Status)
		}
	}
	damage := func(offset int64, b ...byte) []byte {
		damaged := bytes.Clone(file)
		copy(damaged[offset:], b)
		return damaged
	}
	check("whole", file, 200)
	check("cut short", file[:second.Offset+10], 500)
	check("empty", []byte{}, 500)
	check("missing", nil, 500)
	check("bytes inserted", append([]byte("shift"), file...), 500)
	check("zeros", make([]byte, len(file)), 500)
	check("first moof", damage(f.Track("v720").Fragments[0].Offset+4, 'f', 'r', 'e', 'e'), 500)
	check("size of second moof", damage(second.Offset, 0xff), 500)
	check("second mdat", damage(second.Offset+int64(second.MoofSizeBytes)+4, 'f', 'r', 'e', 'e'), 500)
}

// TestHandler_DeletedMeanwhile asks for what went away after the record was read: no alert, a plain 404.
func TestHandler_DeletedMeanwhile(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	storage := newStorage(f)
	s := serve(t, testConfig(), storage, storage)
	s.do("HEAD", segmentPath)
	storage.change(func() {
		delete(storage.assets, "film")
		clear(storage.files)
	})
	if r := s.do("GET", segmentPath); r.StatusCode != 404 || s.handler.Stats().Alerts != 0 {
		t.Errorf("%s, %d alerts (%v)", r.Status, s.handler.Stats().Alerts, s.last().Err)
	}
}

func TestHandler_NotPublished(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	for _, a := range []Asset{
		{Visibility: Blocked, Generation: 1},
		{Visibility: Draft, Generation: 1},
		{Visibility: Published},
		{Visibility: Published, Generation: 1, PublishAt: time.Now().Add(time.Hour)},
		{Visibility: Published, Generation: 1, ExpireAt: time.Now()},
	} {
		storage := newStorage(f)
		storage.assets["film"] = a
		s := serve(t, testConfig(), storage, storage)
		if r := s.do("GET", masterPath); r.StatusCode != http.StatusNotFound {
			t.Errorf("%+v: %s", a, r.Status)
		}
	}
}
