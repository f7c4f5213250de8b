package console

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestBundleServesOnlyItsOwnKinds(t *testing.T) {
	h := testHandler(t, Config{}, builtFiles)
	f := func(name string, status int, contentType, cacheControl string) {
		t.Helper()
		answer, _ := request(t, h, http.MethodGet, "/console/"+name, nil)
		got := answer.Header
		if answer.StatusCode != status || got.Get("Content-Type") != contentType || got.Get("Cache-Control") != cacheControl {
			t.Errorf("%s: %d %q %q", name, answer.StatusCode, got.Get("Content-Type"), got.Get("Cache-Control"))
		}
		if got.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: may be sniffed", name)
		}
	}
	const none = "text/plain; charset=utf-8"
	f("watch.js", http.StatusOK, "text/javascript; charset=utf-8", "no-cache")
	f("watch.css", http.StatusOK, "text/css; charset=utf-8", "no-cache")
	f("chunk-hls-ABCD.js", http.StatusOK, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable")
	f("chunk-old-0000.js", http.StatusNotFound, none, "no-store")
	f("unbuilt.html", http.StatusNotFound, none, "no-store")
	f(".gitignore", http.StatusNotFound, none, "no-store")
	f("watch.js.unknown", http.StatusNotFound, none, "no-store")
	f("..%2fconsole.go", http.StatusNotFound, none, "no-store")
}

func TestBundleInTwoEncodings(t *testing.T) {
	h := testHandler(t, Config{}, builtFiles)
	plain, body := request(t, h, http.MethodGet, "/console/watch.js", nil)
	zipped, packed := request(t, h, http.MethodGet, "/console/watch.js", http.Header{"Accept-Encoding": {"br, gzip"}})
	if plain.Header.Get("Content-Encoding") != "" || zipped.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("encodings %q and %q", plain.Header.Get("Content-Encoding"), zipped.Header.Get("Content-Encoding"))
	}
	if plain.Header.Get("ETag") == zipped.Header.Get("ETag") || plain.Header.Get("ETag") == "" {
		t.Errorf("ETags %s and %s", plain.Header.Get("ETag"), zipped.Header.Get("ETag"))
	}
	if plain.Header.Get("Vary") != "Accept-Encoding" || zipped.Header.Get("Vary") != "Accept-Encoding" {
		t.Error("Vary is missing")
	}
	r, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(unpacked, builtFiles["watch.js"].Data) || body != string(unpacked) {
		t.Errorf("gzip holds %d bytes, plain %d: %v", len(unpacked), len(body), err)
	}
	if len(packed) >= len(body) {
		t.Errorf("gzip made %d of %d bytes", len(packed), len(body))
	}
}

func TestBundleRevalidates(t *testing.T) {
	h := testHandler(t, Config{}, builtFiles)
	for _, encoding := range []string{"", "gzip"} {
		header := http.Header{"Accept-Encoding": {encoding}}
		first, _ := request(t, h, http.MethodGet, "/console/watch.js", header)
		header.Set("If-None-Match", first.Header.Get("ETag"))
		again, body := request(t, h, http.MethodGet, "/console/watch.js", header)
		if again.StatusCode != http.StatusNotModified || body != "" || again.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Errorf("encoding %q: %d with %d bytes", encoding, again.StatusCode, len(body))
		}
	}
}

func TestAcceptsGzip(t *testing.T) {
	f := func(header string, want bool) {
		t.Helper()
		if got := acceptsGzip(header); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
	f("", false)
	f("gzip", true)
	f("deflate, GZIP;q=0.5, br", true)
	f("gzip ; q=1.0", true)
	f("gzip;q=0", false)
	f("gzip;q=0.000", false)
	f("gzip;q=x", false)
	f("x-gzip", false)
	f("br", false)
}
