//go:build !race

package origin

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"

	"go.uber.org/zap"

	"headwater/cache"
	"headwater/origin/httpd"
)

// warm is a keep-alive connection to a viewer listener on TCP that logs next to nothing. It allocates nothing itself.
type warm struct {
	tb       testing.TB
	conn     net.Conn
	response []byte
}

func dialWarm(tb testing.TB, library Library, source Source) *warm {
	tb.Helper()
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	answers, err := cache.New(cache.NewDefaultConfig())
	must(err)
	tb.Cleanup(answers.Close)
	table, err := NewTable(testConfig(), library)
	must(err)
	tb.Cleanup(table.Close)
	handler, err := New(testConfig(), table, source, answers)
	must(err)
	cfg := httpd.NewDefaultConfig()
	cfg.LogHitsEvery = 1 << 30
	server, err := httpd.New(cfg, handler, func(*httpd.Record) {}, zap.NewNop())
	must(err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- server.Run(ctx, ln) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	must(err)
	tb.Cleanup(func() {
		conn.Close()
		cancel()
		must(<-done)
	})
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

func TestHandler_HitsAllocateNothing(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	for name, source := range map[string]Source{"file": writeDisk(t, f), "memory": newStorage(f)} {
		w := dialWarm(t, newStorage(f), source)
		for hit, raw := range hits {
			w.exchange(raw)
			// A pool that a collection has emptied is no allocation of the request.
			if n := testing.AllocsPerRun(200, func() { w.exchange(raw) }); n >= 1 {
				t.Errorf("%s from %s: %v allocations", hit, name, n)
			}
		}
	}
}

func BenchmarkServer_Hit(b *testing.B) {
	f := newFilm(b, "film", 1, "")
	for name, source := range map[string]Source{"file": writeDisk(b, f), "memory": newStorage(f)} {
		w := dialWarm(b, newStorage(f), source)
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
