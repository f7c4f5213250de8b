package console

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
)

// bundleFiles is what the npm project in web builds. Only unbuilt.html is committed; the rest is build output.
//
//go:embed web/dist
var bundleFiles embed.FS

//go:embed web/dist/unbuilt.html
var unbuiltPage []byte

// contentTypes are the kinds of file that a bundle serves; other files are no part of it.
var contentTypes = map[string]string{
	".js":  "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// hashedPrefix begins the names of files whose name changes with their content.
const hashedPrefix = "chunk-"

// entryScript is the script that the page starts with. A bundle without it has not been built.
const entryScript = "watch.js"

// bundle holds the files of the built web project by name and serves them. It is immutable.
type bundle map[string]*bundleFile

// bundleFile is one file in both encodings.
type bundleFile struct {
	contentType  string
	cacheControl string
	hash         string // of the plain body; the ETags derive from it
	plain        []byte
	gzipped      func() []byte // compresses on first use, once
}

func embeddedBundle() (bundle, error) {
	dist, err := fs.Sub(bundleFiles, "web/dist")
	if err != nil {
		return nil, err
	}
	return newBundle(dist)
}

// newBundle reads the files at the top of dist whose kind it knows.
func newBundle(dist fs.FS) (bundle, error) {
	entries, err := fs.ReadDir(dist, ".")
	if err != nil {
		return nil, err
	}
	b := bundle{}
	for _, entry := range entries {
		contentType, known := contentTypes[path.Ext(entry.Name())]
		if !known {
			continue
		}
		body, err := fs.ReadFile(dist, entry.Name())
		if err != nil {
			return nil, err
		}
		b[entry.Name()] = newBundleFile(entry.Name(), contentType, body)
	}
	return b, nil
}

func newBundleFile(name, contentType string, body []byte) *bundleFile {
	f := &bundleFile{
		contentType:  contentType,
		cacheControl: "no-cache",
		hash:         strconv.FormatUint(xxhash.Sum64(body), 16),
		plain:        body,
		gzipped:      sync.OnceValue(func() []byte { return compress(body) }),
	}
	if strings.HasPrefix(name, hashedPrefix) {
		f.cacheControl = "public, max-age=31536000, immutable"
	}
	return f
}

// compress returns body as a gzip member. Writing to memory does not fail.
func compress(body []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(body)
	_ = w.Close()
	return out.Bytes()
}

func (b bundle) built() bool { return b[entryScript] != nil }

// ServeHTTP answers with the file that the path element "file" names.
func (b bundle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := b[r.PathValue("file")]
	if f == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	f.ServeHTTP(w, r)
}

// ServeHTTP sends the file plain or gzipped. The two have different ETags, as RFC 9110 §8.8.3.3 wants.
func (f *bundleFile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cacheControl)
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	body, tag := f.plain, f.hash
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, tag = f.gzipped(), f.hash+"-gzip"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", strconv.Quote(tag))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reports whether an Accept-Encoding header names gzip with a weight other than 0 (RFC 9110 §12.5.3).
func acceptsGzip(header string) bool {
	for offer := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(offer), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q, weighted := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			value, err := strconv.ParseFloat(q, 64)
			return !weighted || err == nil && value > 0
		}
	}
	return false
}
