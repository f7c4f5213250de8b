//go:build !race

package origin

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"headwater/cache"
	"headwater/origin/httpd"
)

// warm is a keep-alive connection to a viewer listener on TCP that logs next to nothing. It allocates nothing itself.
type warm struct {
	tb       testing.TB
	conn     net.Conn
	response []byte
}

func dialWarm(tb testing.TB, library Library, source Source, listen func(testing.TB, *httpd.Config) (net.Listener, func() (net.Conn, error))) *warm {
	tb.Helper()
	u := newSetup(testConfig())
	u.cache = cache.NewDefaultConfig()
	u.viewer.LogHitsEvery = 1 << 30
	u.listen = listen
	s := u.serve(tb, library, source)
	s.unobserved = true
	conn, err := s.dial()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	return &warm{tb, conn, make([]byte, 1<<20)}
}

// exchange sends a request, reads the response and returns its size.
func (w *warm) exchange(raw []byte) int {
	if _, err := w.conn.Write(raw); err != nil {
		w.tb.Fatal(err)
	}
	n, end := 0, -1
	for ; end < 0; end = bytes.Index(w.response[:n], []byte("\r\n\r\n")) {
		got, err := w.conn.Read(w.response[n:])
		if err != nil {
			w.tb.Fatal(err)
		}
		n += got
	}
	total := end + 4 + contentLength(w.response[:end])
	if _, err := io.ReadFull(w.conn, w.response[n:total]); err != nil {
		w.tb.Fatal(err)
	}
	return total
}

func contentLength(header []byte) (n int) {
	_, digits, _ := bytes.Cut(header, []byte("Content-Length: "))
	for len(digits) > 0 && digits[0] >= '0' && digits[0] <= '9' {
		n = 10*n + int(digits[0]-'0')
		digits = digits[1:]
	}
	return n
}

// hits are requests that need no work once they were answered.
var hits = map[string][]byte{
	"segment":          request(segmentPath),
	"segment, range":   request(segmentPath, "Range: bytes=100-199"),
	"init segment":     request(initPath),
	"media playlist":   request(mediaPath, "Accept-Encoding: identity"),
	"gzipped playlist": request(mediaPath, "Accept-Encoding: gzip, deflate, br"),
	"filtered":         request("/v/film/lang=en,maxheight=360/hls/master.m3u8"),
	"multivariant":     request(masterPath),
	"MPD":              request(mpdPath),
	"not modified":     request(segmentPath, "If-None-Match: *"),
}

// warmConnections are ways to be served.
func warmConnections(tb testing.TB) map[string]*warm {
	tb.Helper()
	f := newFilm(tb, "film", 1, "")
	library, folder := newStorage(f), writeDisk(tb, f)
	return map[string]*warm{
		"file":        dialWarm(tb, library, folder, listenTCP),
		"memory":      dialWarm(tb, library, newStorage(f), listenTCP),
		"memory, TLS": dialWarm(tb, library, folder, listenTLS),
	}
}

// tlsAllocations are those of crypto/tls for each record that is received: a reader of 24 bytes (readFromUntil). There is
// one at each end.
const tlsAllocations = 2

func TestHandler_HitsAllocateNothing(t *testing.T) {
	for name, w := range warmConnections(t) {
		allowed := 0.0
		if strings.Contains(name, "TLS") {
			allowed = tlsAllocations
		}
		for hit, raw := range hits {
			w.exchange(raw)
			// A pool that a collection has emptied is no allocation of the request.
			if n := testing.AllocsPerRun(200, func() { w.exchange(raw) }); n >= allowed+1 {
				t.Errorf("%s from %s: %v allocations", hit, name, n)
			}
		}
	}
}

func BenchmarkServer_Hit(b *testing.B) {
	for name, w := range warmConnections(b) {
		for hit, raw := range hits {
			b.Run(name+"/"+hit, func(b *testing.B) {
				b.SetBytes(int64(w.exchange(raw)))
				b.ReportAllocs()
				for b.Loop() {
					w.exchange(raw)
				}
			})
		}
	}
}
