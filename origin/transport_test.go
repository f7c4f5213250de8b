package origin

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"headwater/packager"
	"headwater/packager/mp4"
	"headwater/packager/ts"
)

const transportPath = "/v/film/ts1/v720+a-en/6s1/1.ts"

// transport returns the bytes of a transport segment.
func (f *film) transport(tb testing.TB, path string) []byte {
	tb.Helper()
	r, ok := packager.ParseResource(path[len("/v/film/"):])
	if !ok {
		tb.Fatal(path)
	}
	body, err := ts.Append(nil, f.Presentation, r, func(t *packager.Track, dst []byte, offset int64) error {
		copy(dst, f.files[t.ID][offset:])
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

// TestTransport asks for segments that are made, from files and from storage without them.
func TestTransport(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	want := f.transport(t, transportPath)
	for name, source := range map[string]Source{"files": writeDisk(t, f), "memory": newStorage(f)} {
		u := newSetup(testConfig())
		u.listen = listenTCP
		s := u.serve(t, newStorage(f), source)
		head := s.do("HEAD", transportPath)
		if head.StatusCode != 200 || head.header("Content-Type") != "video/mp2t" || head.header("Content-Length") != fmt.Sprint(len(want)) {
			t.Errorf("%s: HEAD: %s %v", name, head.Status, head.Header)
		}
		for _, outcome := range []string{"miss", "hit"} {
			r := s.do("GET", transportPath)
			if r.StatusCode != 200 || !bytes.Equal(r.body, want) || r.header("Cache-Control") != cacheForever || r.header("ETag") != head.header("ETag") {
				t.Errorf("%s: %s, %d bytes, %v", name, r.Status, len(r.body), r.Header)
			}
			if rec := s.last(); rec.Cache != outcome || rec.Route != "ts_segment" || rec.Protocol != "ts" || rec.Track != "v720" || rec.Segment != 1 {
				t.Errorf("%s: record %+v", name, rec)
			}
		}
		if r := s.do("GET", transportPath, "Range: bytes=188-375"); r.StatusCode != 206 || !bytes.Equal(r.body, want[188:376]) {
			t.Errorf("%s: range: %s, %d bytes", name, r.Status, len(r.body))
		}
		if r := s.do("GET", transportPath, "If-None-Match: "+head.header("ETag")); r.StatusCode != 304 {
			t.Errorf("%s: %s", name, r.Status)
		}
		for _, missing := range []string{"/v/film/ts1/v720+a-en/6s1/3.ts", "/v/film/ts1/v720+v360/6s1/1.ts", "/v/film/ts1/none/6s1/1.ts", "/v/film/ts1/a-en+v720/6s1/1.ts"} {
			if r := s.do("GET", missing); r.StatusCode != 404 {
				t.Errorf("%s: %s: %s", name, missing, r.Status)
			}
		}
	}
}

// TestTransport_NoRoom holds that segments for which the cache is too small are made all the same.
func TestTransport_NoRoom(t *testing.T) {
	const path = "/v/film/ts1/v720/6s1/1.ts"
	f := largeFilm(t)
	want := f.transport(t, path)
	u := newSetup(testConfig())
	u.listen = listenTCP
	u.cache.MaxBytes = 1 << 20
	s := u.serve(t, newStorage(f), newStorage(f))
	for range 2 {
		r := s.do("GET", path)
		if r.StatusCode != 200 || !bytes.Equal(r.body, want) {
			t.Errorf("%s, %d bytes", r.Status, len(r.body))
		}
		if rec := s.last(); rec.Cache != "bypass" {
			t.Errorf("record %+v", rec)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); s.handler.Stats().Streams != 0; time.Sleep(time.Millisecond) { // the client may be faster
		if time.Now().After(deadline) {
			t.Fatalf("%d streams are left", s.handler.Stats().Streams)
		}
	}
}

// TestTransport_Damage holds that damage is an alert and a 500 without a word of the cause.
func TestTransport_Damage(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	file := bytes.Clone(f.files["v720"])
	fragment := f.Track("v720").Fragments[0]
	copy(file[fragment.Offset+int64(fragment.MoofSizeBytes)+8:], "\xff\xff\xff\xff") // the length of the first NAL unit
	f.files["v720"] = file
	for name, source := range map[string]Source{"files": writeDisk(t, f), "memory": newStorage(f)} {
		s := serve(t, testConfig(), newStorage(f), source)
		r := s.do("GET", transportPath)
		if r.StatusCode != 500 || string(r.body) != "internal error\n" {
			t.Errorf("%s: %s %q", name, r.Status, r.body)
		}
		if rec := s.last(); rec.ErrKind != "corrupt" || !errors.Is(rec.Err, ErrCorrupt) || s.handler.Stats().Alerts == 0 {
			t.Errorf("%s: record %+v, %d alerts", name, rec, s.handler.Stats().Alerts)
		}
	}
}

// download returns the bytes of a download.
func (f *film) download(tb testing.TB, options string) []byte {
	tb.Helper()
	video, audio, err := f.Presentation.Download(optionsOf(options))
	if err != nil {
		tb.Fatal(err)
	}
	l, err := mp4.Download(f.Presentation, video, audio)
	if err != nil {
		tb.Fatal(err)
	}
	var tables [2][]byte
	for i, t := range l.Tracks {
		if t != nil {
			tables[i] = f.tables[t.ID]
		}
	}
	whole, err := mp4.AppendDownloadHead(nil, l, tables)
	if err != nil {
		tb.Fatal(err)
	}
	for offset := l.HeadBytes; offset < l.SizeBytes(); {
		t, start, size := l.At(offset)
		whole = append(whole, f.files[t.ID][start:start+size]...)
		offset += size
	}
	return whole
}

// TestDownload asks for downloads whole, in ranges, and again where they broke off.
func TestDownload(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	for name, source := range map[string]Source{"files": writeDisk(t, f), "memory": newStorage(f)} {
		u := newSetup(testConfig())
		u.listen = listenTCP
		s := u.serve(t, newStorage(f), source)
		for _, options := range []string{"", "maxheight=360", "lang=fr", "tracks=v720", "tracks=a-fr"} {
			path, want := "/v/film/download.mp4", f.download(t, options)
			if options != "" {
				path = "/v/film/" + options + "/download.mp4"
			}
			head := s.do("HEAD", path)
			etag := head.header("ETag")
			if head.StatusCode != 200 || etag == "" || head.header("Content-Length") != fmt.Sprint(len(want)) ||
				head.header("Content-Disposition") != `attachment; filename="film.mp4"` || head.header("Cache-Control") != cacheEntry {
				t.Errorf("%s: %s: HEAD: %s %v", name, path, head.Status, head.Header)
			}
			if r := s.do("GET", path); r.StatusCode != 200 || !bytes.Equal(r.body, want) || r.header("ETag") != etag {
				t.Errorf("%s: %s: %s, %d bytes, want %d", name, path, r.Status, len(r.body), len(want))
			}
			for _, from := range []int{1, 1000, len(want) / 2, len(want) - 1} {
				r := s.do("GET", path, fmt.Sprintf("Range: bytes=%d-", from), "If-Range: "+etag)
				if r.StatusCode != 206 || !bytes.Equal(r.body, want[from:]) {
					t.Errorf("%s: %s from %d: %s, %d bytes", name, path, from, r.Status, len(r.body))
				}
			}
		}
		if r := s.do("GET", "/v/film/preview=4/download.mp4"); r.StatusCode != 404 {
			t.Errorf("%s: a preview: %s", name, r.Status)
		}
	}
}

// TestDownload_WithoutSampleTable holds that assets that are older than sample tables are not found, and the log says why.
func TestDownload_WithoutSampleTable(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	for i := range f.Tracks {
		f.Tracks[i].SampleTableBytes = 0
	}
	s := serve(t, testConfig(), newStorage(f), newStorage(f))
	if r := s.do("GET", "/v/film/download.mp4"); r.StatusCode != 404 {
		t.Error(r.Status)
	}
	if rec := s.last(); rec.Err == nil || !bytes.Contains([]byte(rec.Err.Error()), []byte("reindex")) {
		t.Errorf("record %+v", rec)
	}
}

// TestDownload_DamagedSampleTable holds that a damaged table is an alert and a 500.
func TestDownload_DamagedSampleTable(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	f.tables["v720"] = bytes.Clone(f.tables["v720"])
	f.tables["v720"][20] ^= 1
	s := serve(t, testConfig(), newStorage(f), newStorage(f))
	if r := s.do("GET", "/v/film/download.mp4"); r.StatusCode != 500 || s.handler.Stats().Alerts != 1 {
		t.Errorf("%s, %d alerts", r.Status, s.handler.Stats().Alerts)
	}
}
