package origin

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"headwater/origin/httpd"
	"headwater/packager"
)

// shortSegment names a segment of 2 s, of which the film has five.
func shortSegment(number int) string { return fmt.Sprintf("/v/film/cmaf1/v720/2s1/%d.m4s", number) }

func (f *film) shortSegment(number int) []byte {
	plan, err := f.Segment("v720", 2, number)
	if err != nil {
		panic(err)
	}
	return f.files["v720"][plan.Extent.Offset:][:plan.SizeBytes]
}

func servePrefetching(t *testing.T, storage *storage) *site {
	t.Helper()
	cfg := testConfig()
	cfg.Prefetch = true
	s := serve(t, cfg, storage, storage)
	s.do("HEAD", shortSegment(1))
	return s
}

// await waits for other goroutines.
func await(condition func() bool) {
	for !condition() {
		runtime.Gosched()
	}
}

// settled reports whether so many prefetches have begun and none is under way.
func (s *site) settled(prefetches uint64) bool {
	stats := s.cache.Stats()
	return stats.Prefetches == prefetches && stats.Fills == 0
}

func (s *site) expect(path string, want []byte, wantCache string) {
	s.tb.Helper()
	r := s.do("GET", path)
	if rec := s.last(); r.StatusCode != 200 || !bytes.Equal(r.body, want) || rec.Cache != wantCache {
		s.tb.Errorf("%s: %s, %d bytes, %s (%v), want %s", path, r.Status, len(r.body), rec.Cache, rec.Err, wantCache)
	}
}

// TestPrefetch_PlayerWaitsOnce plays a film in order: only the first segment has to be waited for, and each is read once.
func TestPrefetch_PlayerWaitsOnce(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	storage := newStorage(f)
	s := servePrefetching(t, storage)
	for number := 1; number <= 5; number++ {
		want := outcomeHit
		if number == 1 {
			want = outcomeMiss
		}
		s.expect(shortSegment(number), f.shortSegment(number), want)
		await(func() bool { return s.settled(uint64(min(number, 4))) }) // there is none after the last
	}
	if stats := s.cache.Stats(); stats.PrefetchHits != 4 || stats.PrefetchErrors != 0 || storage.count("read v720") != 5 {
		t.Errorf("%d reads, stats %+v", storage.count("read v720"), stats)
	}
	for number := 1; number <= 5; number++ { // all is there: nothing goes ahead of a hit
		s.expect(shortSegment(number), f.shortSegment(number), outcomeHit)
	}
	if stats := s.cache.Stats(); stats.Prefetches != 4 {
		t.Errorf("stats %+v", stats)
	}
}

func TestPrefetch_Off(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	storage := newStorage(f)
	s := serve(t, testConfig(), storage, storage)
	s.expect(shortSegment(1), f.shortSegment(1), outcomeMiss)
	s.expect(shortSegment(2), f.shortSegment(2), outcomeMiss)
	if stats := s.cache.Stats(); stats.Prefetches != 0 || storage.count("read v720") != 2 {
		t.Errorf("%d reads, stats %+v", storage.count("read v720"), stats)
	}
}

// TestPrefetch_DelaysNobody has storage answer the viewer and nobody else.
func TestPrefetch_DelaysNobody(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	storage := newStorage(f)
	s := servePrefetching(t, storage)
	release := make(chan struct{})
	var reads atomic.Int32
	storage.before = func(_ context.Context, call string) error {
		if call == "read v720" && reads.Add(1) == 2 {
			<-release
		}
		return nil
	}
	s.expect(shortSegment(1), f.shortSegment(1), outcomeMiss)
	s.expect(shortSegment(1), f.shortSegment(1), outcomeHit)
	await(func() bool { return reads.Load() == 2 })
	got := make(chan *reply)
	go func() { got <- s.do("GET", shortSegment(2)) }()
	await(func() bool { return s.table.Stats().Assets == 1 && s.cache.Stats().Fills == 1 })
	close(release)
	if r := <-got; r.StatusCode != 200 || !bytes.Equal(r.body, f.shortSegment(2)) {
		t.Errorf("%s, %d bytes", r.Status, len(r.body))
	}
	if rec := s.last(); rec.Cache == outcomeMiss {
		t.Errorf("what was being read was read again: %+v", rec)
	}
}

// TestPrefetch_FailsForNobody has storage fail every prefetch.
func TestPrefetch_FailsForNobody(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	for name, fail := range map[string]func() error{
		"error": func() error { return ErrUnavailable },
		"panic": func() error { panic("boom") },
	} {
		storage := newStorage(f)
		s := servePrefetching(t, storage)
		var reads atomic.Int32
		storage.before = func(_ context.Context, call string) error {
			if call == "read v720" && reads.Add(1) == 2 {
				return fail()
			}
			return nil
		}
		s.expect(shortSegment(1), f.shortSegment(1), outcomeMiss)
		await(func() bool { return s.cache.Stats().PrefetchErrors == 1 })
		await(func() bool { // who comes while it fails shares its error, as with any read
			s.do("GET", shortSegment(2))
			return s.last().Cache != "join"
		})
		s.expect(shortSegment(2), f.shortSegment(2), outcomeHit)
		if stats := s.handler.Stats(); stats.Alerts != 0 {
			t.Errorf("%s: stats %+v", name, stats)
		}
	}
}

// BenchmarkPlayer_SlowStorage plays films in order from storage that takes 20 ms a read, a segment each 40 ms, and reports
// how long the player has to wait for each segment.
func BenchmarkPlayer_SlowStorage(b *testing.B) {
	const latency, pace = 20 * time.Millisecond, 40 * time.Millisecond
	film := newFilm(b, "film", 1, "")
	for name, prefetch := range map[string]bool{"with": true, "without": false} {
		b.Run(name, func(b *testing.B) {
			h := newHandler(b, openEngine(b))
			h.cfg.Prefetch = prefetch
			storage := h.source.(*storage)
			storage.before = func(_ context.Context, call string) error {
				if call == "read v720" {
					time.Sleep(latency)
				}
				return nil
			}
			var waited time.Duration
			segments, films := 0, 0
			for b.Loop() {
				films++
				id := packager.AssetID(fmt.Sprint("film-", films))
				storage.publish(film.as(id))
				for number := 1; number <= 5; number++ {
					x := &httpd.Exchange{}
					x.Request.Header.SetRequestURI(fmt.Sprintf("/v/%s/cmaf1/v720/2s1/%d.m4s", id, number))
					asked := time.Now()
					h.Serve(b.Context(), x)
					took := time.Since(asked)
					if x.Status() != 200 {
						b.Fatal(x.Status())
					}
					x.Reset()
					waited += took
					segments++
					time.Sleep(pace - took)
				}
			}
			b.ReportMetric(waited.Seconds()*1000/float64(segments), "ms-waited/segment")
			b.ReportMetric(0, "ns/op")
		})
	}
}
