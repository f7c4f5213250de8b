package origin

import (
	"fmt"
	"testing"
	"time"

	"headwater/origin/httpd"
	"headwater/packager"
)

// benchRequest is one request to repeat, as the server does.
type benchRequest struct{ x httpd.Exchange }

func newBenchRequest(method, target string, headers map[string]string) *benchRequest {
	r := &benchRequest{}
	r.x.Request.Header.SetMethod(method)
	r.x.Request.Header.SetRequestURI(target)
	for name, value := range headers {
		r.x.Request.Header.Set(name, value)
	}
	return r
}

func (r *benchRequest) run(b *testing.B, h *Handler, wantStatus int) {
	r.x.Reset()
	r.x.Record = httpd.Record{Start: benchTime}
	h.Serve(b.Context(), &r.x)
	if r.x.Status() != wantStatus {
		b.Fatalf("%d (%v)", r.x.Status(), r.x.Record.Err)
	}
}

var benchTime = time.Now()

func benchmarkHandler(b *testing.B, target string, headers map[string]string, wantStatus int) {
	h := newHandler(b, openEngine(b))
	r := newBenchRequest("GET", target, headers)
	r.run(b, h, wantStatus)
	b.ReportAllocs()
	for b.Loop() {
		r.run(b, h, wantStatus)
	}
}

func BenchmarkHandler_SegmentHit(b *testing.B) { benchmarkHandler(b, segmentPath, nil, 200) }

func BenchmarkHandler_SegmentRange(b *testing.B) {
	benchmarkHandler(b, segmentPath, map[string]string{"Range": "bytes=100-199"}, 206)
}

func BenchmarkHandler_Init(b *testing.B) { benchmarkHandler(b, initPath, nil, 200) }

func BenchmarkHandler_MasterHit(b *testing.B) { benchmarkHandler(b, masterPath, nil, 200) }

func BenchmarkHandler_MasterGzipHit(b *testing.B) {
	benchmarkHandler(b, masterPath, map[string]string{"Accept-Encoding": "gzip, deflate, br"}, 200)
}

func BenchmarkHandler_NotModified(b *testing.B) {
	benchmarkHandler(b, segmentPath, map[string]string{"If-None-Match": "*"}, 304)
}

func BenchmarkHandler_NotFound(b *testing.B) {
	benchmarkHandler(b, "/v/none/hls/master.m3u8", nil, 404)
}

func BenchmarkHandler_SegmentHitParallel(b *testing.B) {
	h := newHandler(b, openEngine(b))
	newBenchRequest("GET", segmentPath, nil).run(b, h, 200)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		r := newBenchRequest("GET", segmentPath, nil)
		for pb.Next() {
			r.run(b, h, 200)
		}
	})
}

// BenchmarkHandler_SegmentMiss asks each time for a segment that the cache cannot hold yet: every asset is a new one.
func BenchmarkHandler_SegmentMiss(b *testing.B) {
	h := newHandler(b, openEngine(b))
	storage := h.source.(*storage)
	film := newFilm(b, "film", 1, "")
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		n++
		id := packager.AssetID(fmt.Sprintf("film-%d", n))
		storage.publish(film.as(id))
		newBenchRequest("HEAD", "/v/"+string(id)+"/hls/master.m3u8", nil).run(b, h, 200)
		r := newBenchRequest("GET", "/v/"+string(id)+"/cmaf1/v720/6s1/1.m4s", nil)
		b.StartTimer()
		r.run(b, h, 200)
	}
}
