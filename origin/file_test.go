package origin

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"headwater/packager/mp4"
)

const onDemandPath = "/v/film/ondemand1/v720.mp4"

// onDemand returns the file of onDemandPath and the size of its head.
func (f *film) onDemand() (whole []byte, headBytes int) {
	t := f.Track("v720")
	head := mp4.AppendOnDemandHead(nil, t)
	return append(bytes.Clone(head), f.files[t.ID][len(t.Init):]...), len(head)
}

// TestFile_OnDemand asks for ranges on both sides of where the head ends, from files and from storage without them.
func TestFile_OnDemand(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	whole, head := f.onDemand()
	size := len(whole)
	check := func(name string, source Source, fromFile string) {
		u := newSetup(testConfig())
		u.listen = listenTCP
		s := u.serve(t, newStorage(f), source)
		r := s.do("HEAD", onDemandPath)
		etag := r.header("ETag")
		if r.StatusCode != 200 || etag == "" || r.header("Content-Length") != fmt.Sprint(size) || r.header("Content-Type") != "video/mp4" ||
			r.header("Cache-Control") != cacheForever {
			t.Fatalf("%s: HEAD: %s %v", name, r.Status, r.Header)
		}
		get := func(wantStatus, from, to int, wantCache string, headers ...string) {
			t.Helper()
			r := s.do("GET", onDemandPath, headers...)
			if r.StatusCode != wantStatus || !bytes.Equal(r.body, whole[from:to]) {
				t.Errorf("%s: %q: %s, %d bytes", name, headers, r.Status, len(r.body))
			}
			if want := fmt.Sprintf("bytes %d-%d/%d", from, to-1, size); wantStatus == 206 && r.header("Content-Range") != want {
				t.Errorf("%s: %q: Content-Range %s", name, headers, r.header("Content-Range"))
			}
			if rec := s.last(); rec.Cache != wantCache || rec.Route != "ondemand_file" || rec.Track != "v720" || rec.ErrKind != "" {
				t.Errorf("%s: %q: record %+v", name, headers, rec)
			}
		}
		span := func(from, to int) string { return fmt.Sprintf("Range: bytes=%d-%d", from, to-1) }
		get(206, 0, head, "miss", span(0, head))
		get(206, 4, head, "hit", span(4, head))
		get(206, head, head+1, fromFile, span(head, head+1))
		get(206, head+10, size, fromFile, span(head+10, size))
		get(206, head-1, head+1, "bypass", span(head-1, head+1))
		get(200, 0, size, "bypass")
		get(206, 0, 1, "hit", span(0, 1), "If-Range: "+etag)
		get(200, 0, size, "bypass", span(0, 1), `If-Range: "other"`)
		if r := s.do("GET", onDemandPath, fmt.Sprintf("Range: bytes=%d-", size)); r.StatusCode != 416 {
			t.Errorf("%s: outside: %s", name, r.Status)
		}
		if r := s.do("GET", onDemandPath, "If-None-Match: "+etag); r.StatusCode != 304 {
			t.Errorf("%s: unchanged: %s", name, r.Status)
		}
		s.awaitStreams(0)
	}
	check("files", writeDisk(t, f), "file")
	check("storage", newStorage(f), "bypass")
}

// TestFile_HeadWithoutRoom: a head that is larger than the cache is made for one viewer.
func TestFile_HeadWithoutRoom(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	track := f.Track("v720")
	padding := make([]byte, 2<<20)
	track.Init = append(padding, track.Init...)
	f.files["v720"] = append(bytes.Clone(padding), f.files["v720"]...)
	track.SizeBytes += int64(len(padding))
	for i := range track.Fragments {
		track.Fragments[i].Offset += int64(len(padding))
	}
	whole, head := f.onDemand()
	u := newSetup(testConfig())
	u.cache.MaxBytes = 1 << 20
	s := u.serve(t, newStorage(f), newStorage(f))
	for _, to := range []int{1, head, head + 1, len(whole)} {
		r := s.do("GET", onDemandPath, fmt.Sprintf("Range: bytes=0-%d", to-1))
		if r.StatusCode != 206 || !bytes.Equal(r.body, whole[:to]) {
			t.Errorf("%d bytes: %s, %d bytes", to, r.Status, len(r.body))
		}
		if rec := s.last(); rec.Cache != "bypass" {
			t.Errorf("%d bytes: record %+v", to, rec)
		}
	}
	s.awaitStreams(0)
}

// TestStreams_PanicGivesBack: the right to stream comes back, whatever breaks.
func TestStreams_PanicGivesBack(t *testing.T) {
	storage := newStorage(largeFilm(t))
	u := newSetup(testConfig())
	u.cache.MaxBytes = 1 << 20 // no segment has room
	s := u.serve(t, storage, storage)
	paths := []string{"/v/film/download.mp4", onDemandPath, segmentPath}
	for _, path := range paths {
		if r := s.do("GET", path, "Range: bytes=0-9"); r.StatusCode != 206 || s.last().Cache == "hit" {
			t.Fatalf("%s: %s, %+v", path, r.Status, s.last())
		}
	}
	storage.before = func(_ context.Context, call string) error { panic(call) }
	for _, path := range paths {
		if r := s.do("GET", path, "Range: bytes=3000000-4000000"); r.StatusCode != 500 || s.last().ErrKind != "panic" {
			t.Errorf("%s: %s, %+v", path, r.Status, s.last())
		}
	}
	s.awaitStreams(0)
}

// TestFile_ShortFileAlertsOnce cuts a file that is open, so that only reading it shows.
func TestFile_ShortFileAlertsOnce(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	whole, head := f.onDemand()
	folder := writeDisk(t, f)
	u := newSetup(testConfig())
	s := u.serve(t, newStorage(f), folder)
	straddling := fmt.Sprintf("Range: bytes=%d-%d", head-1, len(whole)-1)
	if r := s.do("GET", onDemandPath, straddling); r.StatusCode != 206 {
		t.Fatal(r.Status)
	}
	if err := os.Truncate(filepath.Join(string(folder), "v720.mp4"), 1000); err != nil {
		t.Fatal(err)
	}
	conn, err := s.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := exchange(conn, "GET", onDemandPath, []string{"Connection: close", straddling}); err == nil {
		t.Error("a short body came as a whole one")
	}
	s.awaitStreams(0)
	if alerts := s.handler.Stats().Alerts; alerts != 1 {
		t.Errorf("%d alerts", alerts)
	}
}
