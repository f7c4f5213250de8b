package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headwater/bench/fetch"
	"headwater/bench/report"
	"headwater/bench/traffic"
)

// film is an origin with one film of ten segments of 2 s in two renditions with sound, as HLS and as DASH.
func film() *http.ServeMux {
	mux := http.NewServeMux()
	text := func(path, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
	}
	text("/master.m3u8", `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",LANGUAGE="en",URI="sound.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=300000,CODECS="avc1.64001e",RESOLUTION=320x180,AUDIO="a"
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.64001e",RESOLUTION=640x360,AUDIO="a"
high.m3u8
`)
	for _, track := range []string{"low", "high", "sound"} {
		text("/"+track+".m3u8", "#EXTM3U\n#EXT-X-MAP:URI=\""+track+"/init\"\n"+
			strings.Join(segments(func(n int) string { return fmt.Sprintf("#EXTINF:2,\n%s/%d", track, n) }), "\n")+"\n#EXT-X-ENDLIST\n")
		text("/"+track+"/init", "init of "+track)
	}
	text("/manifest.mpd", `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT20S"><Period>
<AdaptationSet contentType="video"><SegmentTemplate duration="2" initialization="$RepresentationID$/init" media="$RepresentationID$/$Number$"/>
<Representation id="low" bandwidth="300000" codecs="avc1.64001e" height="180"/><Representation id="high" bandwidth="900000" codecs="avc1.64001e" height="360"/></AdaptationSet>
<AdaptationSet contentType="audio" lang="en"><SegmentTemplate duration="2" initialization="sound/init" media="sound/$Number$"/>
<Representation id="sound" bandwidth="64000"/></AdaptationSet></Period></MPD>`)
	for track, size := range map[string]int{"low": 60_000, "high": 200_000, "sound": 16_000} {
		segments(func(n int) string {
			text(fmt.Sprintf("/%s/%d", track, n), strings.Repeat(string(rune('a'+n)), size+n))
			return ""
		})
	}
	return mux
}

func segments(of func(n int) string) (all []string) {
	for n := range 10 {
		all = append(all, of(n+1))
	}
	return all
}

// short is a test of a second on the manifests of a server.
func short(server *httptest.Server, manifests ...string) Config {
	cfg := NewDefaultConfig()
	for _, m := range manifests {
		cfg.Entries = append(cfg.Entries, Entry{URLs: []string{server.URL + m}})
	}
	cfg.WarmUp, cfg.Duration, cfg.Metrics, cfg.Verify = 0, time.Second, NoMetrics, 1
	cfg.Player.Speed = 100
	cfg.Behaviour.Think = 10 * time.Millisecond
	cfg.Arrivals = curve("4")
	return cfg
}

func curve(text string) traffic.Curve {
	c, err := traffic.ParseCurve(text)
	if err != nil {
		panic(err) // of a test
	}
	return c
}

func runTest(t *testing.T, cfg Config) *report.Report {
	t.Helper()
	rep, err := Run(context.Background(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func class(rep *report.Report, name string) report.Class {
	for _, c := range rep.Classes {
		if c.Class == name {
			return c
		}
	}
	return report.Class{}
}

// TestPlayers plays a film as HLS and as DASH, over one connection and over two.
func TestPlayers(t *testing.T) {
	server := httptest.NewServer(film())
	defer server.Close()
	for _, connections := range []int{1, 2} {
		cfg := short(server, "/master.m3u8", "/manifest.mpd")
		cfg.PlayerConnections, cfg.Duration = connections, 2*time.Second
		rep := runTest(t, cfg)
		p := rep.Players
		if rep.Failures > 0 || p.Began < 4 || p.Ended == 0 || p.Endings[failed] > 0 || p.PlayedSeconds <= 0 || p.StartUp.P50 <= 0 {
			t.Errorf("%d connections: %+v %+v", connections, rep.Errors, p)
		}
		for _, name := range []string{"manifest", "playlist", "init", "video", "audio"} {
			if c := class(rep, name); c.Requests == 0 || c.Bytes == 0 || c.LastByte.P50 < c.FirstByte.P50 || len(c.Distribution) == 0 {
				t.Errorf("%d connections: class %s: %+v", connections, name, c)
			}
		}
		if p.Most != 4 || len(p.Renditions) < 3 || rep.Verified.Bodies == 0 || len(rep.Series) == 0 || rep.Machine.Cores < 1 {
			t.Errorf("%d connections: %+v", connections, rep)
		}
	}
}

// TestArrivalsOfSessions lets viewers come for one session each.
func TestArrivalsOfSessions(t *testing.T) {
	server := httptest.NewServer(film())
	defer server.Close()
	cfg := short(server, "/master.m3u8")
	cfg.Arrivals, cfg.EvenArrivals, cfg.MaxPlayers = curve("20/s"), true, 5
	cfg.Behaviour.Complete, cfg.Behaviour.SeekEvery, cfg.Player.Speed = 1, 0, 10 // 2 s each
	rep := runTest(t, cfg)
	if p := rep.Players; p.Began < 5 || p.TurnedAway == 0 || p.Most != 5 || !strings.Contains(strings.Join(rep.Warnings, ";"), "turned away") {
		t.Errorf("%+v %q", p, rep.Warnings)
	}
}

func TestRate(t *testing.T) {
	server := httptest.NewServer(film())
	defer server.Close()
	cfg := short(server, "/master.m3u8", "/manifest.mpd")
	cfg.Mode, cfg.RequestsPerSecond, cfg.WarmUp = Rate, 200, 300*time.Millisecond
	rep := runTest(t, cfg)
	most := 200*(rep.WarmUpSeconds+rep.MeasuredSeconds) + 1 // were all of them late
	if rep.Failures > 0 || rep.Requests == 0 || float64(rep.Requests) > most || rep.Rate.Connections < 1 || rep.WarmUpSeconds < 0.3 {
		t.Errorf("%d requests, %+v, %+v", rep.Requests, rep.Errors, rep.Rate)
	}
	if class(rep, "video").Requests == 0 || class(rep, "audio").Requests == 0 || class(rep, "manifest").Requests > 0 {
		t.Errorf("%+v", rep.Classes)
	}
}

// TestRateCountsFromDue lets the server rest for a while: requests that were due meanwhile have waited.
func TestRateCountsFromDue(t *testing.T) {
	var busy atomic.Bool
	origin := film()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for busy.Load() {
			time.Sleep(time.Millisecond)
		}
		origin.ServeHTTP(w, r)
	}))
	defer server.Close()
	cfg := short(server, "/master.m3u8")
	cfg.Mode, cfg.RequestsPerSecond, cfg.Connections, cfg.MaxConnections = Rate, 100, 1, 1
	rep, err := Run(context.Background(), cfg, func(p Progress) {
		if p.Phase == "prepare" {
			time.AfterFunc(300*time.Millisecond, func() { busy.Store(true) })
			time.AfterFunc(700*time.Millisecond, func() { busy.Store(false) })
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	// About 40 of 100 requests were due while the server rested, each of them waited for a part of that.
	if rep.Rate.Connections != 1 || class(rep, "video").FirstByte.P90 < 100 {
		t.Errorf("%+v, %+v", rep.Rate, rep.Classes)
	}
}

func TestClosed(t *testing.T) {
	server := httptest.NewServer(film())
	defer server.Close()
	for kind, name := range map[Kind]string{Segments: "video", Playlists: "playlist", Manifests: "manifest", Inits: "init"} {
		cfg := short(server, "/master.m3u8")
		cfg.Mode, cfg.Connections, cfg.Kind = Closed, 3, kind
		rep := runTest(t, cfg)
		if rep.Failures > 0 || class(rep, name).Requests == 0 || rep.Connections != 3 {
			t.Errorf("%s: %+v, %+v, %d connections", kind, rep.Errors, rep.Classes, rep.Connections)
		}
	}
}

// TestFaults plays a film of which some part misbehaves: each has its row in the table.
func TestFaults(t *testing.T) {
	calls := map[string]func(w http.ResponseWriter, r *http.Request, n int64){
		"status 500": func(w http.ResponseWriter, _ *http.Request, _ int64) { w.WriteHeader(500) },
		fetch.CutOff: func(w http.ResponseWriter, _ *http.Request, _ int64) {
			w.Header().Set("Content-Length", "9")
			w.Write([]byte("x"))
		},
		fetch.Body:          func(w http.ResponseWriter, _ *http.Request, n int64) { fmt.Fprintf(w, "%09d", n) },
		fetch.Length:        func(w http.ResponseWriter, _ *http.Request, n int64) { io.WriteString(w, strings.Repeat("x", int(n))) },
		fetch.ETag:          func(w http.ResponseWriter, _ *http.Request, n int64) { w.Header().Set("ETag", fmt.Sprintf(`"%d"`, n)) },
		fetch.Timeout:       func(_ http.ResponseWriter, r *http.Request, _ int64) { <-r.Context().Done() },
		fetch.Lost:          func(http.ResponseWriter, *http.Request, int64) { panic(http.ErrAbortHandler) },
		"status 404, audio": func(w http.ResponseWriter, _ *http.Request, _ int64) { w.WriteHeader(404) },
	}
	for kind, misbehave := range calls {
		kind, audio := strings.CutSuffix(kind, ", audio")
		bad := map[bool]string{true: "/sound/1", false: "/low/1"}[audio]
		origin := film()
		var n atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == bad {
				misbehave(w, r, n.Add(1))
				return
			}
			origin.ServeHTTP(w, r)
		}))
		cfg := short(server, "/master.m3u8")
		cfg.Query = "token=geheim"
		cfg.Timeout = 200 * time.Millisecond
		rep := runTest(t, cfg)
		server.Close()
		found := false
		for _, e := range rep.Errors {
			found = found || e.Kind == kind && e.Count > 0 && e.Example == server.URL+bad
		}
		if !found || rep.Failures == 0 || strings.Contains(fmt.Sprintf("%+v", rep), "geheim") {
			t.Errorf("%s: %+v", kind, rep.Errors)
		}
	}
}

// TestSlowOrigin makes every segment take longer than it plays: players stall, and the report says so.
func TestSlowOrigin(t *testing.T) {
	origin := film()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/low/") {
			time.Sleep(60 * time.Millisecond) // 2 s at a hundredfold speed are 20 ms
		}
		origin.ServeHTTP(w, r)
	}))
	defer server.Close()
	rep := runTest(t, short(server, "/master.m3u8"))
	if p := rep.Players; p.Stalls == 0 || p.RebufferRatio < 0.1 || p.StalledSeconds <= 0 {
		t.Errorf("%+v", p)
	}
}

// TestCannotBegin shows what ends a test before it begins.
func TestCannotBegin(t *testing.T) {
	mux := film()
	mux.HandleFunc("/live.m3u8", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "#EXTM3U\n#EXTINF:2,\nx\n") })
	mux.HandleFunc("/text", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	mux.HandleFunc("/secret", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) })
	server := httptest.NewServer(mux)
	defer server.Close()
	f := func(manifest, want string, change func(*Config)) {
		t.Helper()
		cfg := short(server, manifest)
		if change != nil {
			change(&cfg)
		}
		if _, err := Run(context.Background(), cfg, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", manifest, err, want)
		}
	}
	rate := func(c *Config) { c.Mode = Rate }
	f("/live.m3u8", "the presentation is live", nil)
	f("/text", "neither a playlist nor an MPD", nil)
	f("/secret", "status 403; give credentials", nil)
	f("/absent", "status 404; check the URL", rate)
	f("/manifest.mpd", "there is no playlist in it", func(c *Config) { c.Mode, c.Kind = Closed, Playlists })
	f("/x", "header", func(c *Config) { c.Header = []string{"X: 1\r\nY: 2"} })
	f("/x", "verify: 2: want 0 to 1", func(c *Config) { c.Verify = 2 })
	f("/x", "want the URL of a manifest", func(c *Config) { c.Entries[0].URLs[0] = "ftp://h/" })
}

// TestLeftOut goes on without an entry that cannot be read.
func TestLeftOut(t *testing.T) {
	server := httptest.NewServer(film())
	defer server.Close()
	cfg := short(server, "/absent", "/master.m3u8")
	cfg.Mode = Closed
	if rep := runTest(t, cfg); len(rep.Warnings) == 0 || !strings.Contains(rep.Warnings[0], "1 of 2 entries could not be read") {
		t.Errorf("%q", rep.Warnings)
	}
}

// TestStopped ends a test early: the report is of what was measured.
func TestStopped(t *testing.T) {
	server := httptest.NewServer(film())
	defer server.Close()
	cfg := short(server, "/master.m3u8")
	cfg.Duration = time.Hour
	ctx, cancel := context.WithCancelCause(context.Background())
	rep, err := Run(ctx, cfg, func(p Progress) {
		if p.Phase == "measure" {
			cancel(errors.New("enough"))
		}
	})
	if err != nil || rep.Stopped != "enough" || rep.Requests == 0 || rep.MeasuredSeconds > 100 {
		t.Errorf("%+v, %v", rep, err)
	}
}

// TestOriginMetrics reads the origin's counters before and after.
func TestOriginMetrics(t *testing.T) {
	mux := film()
	var reads atomic.Int64
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		n := reads.Add(1)
		fmt.Fprintf(w, "# HELP x y\nheadwater_cache_lookups_total{result=\"hit\"} %d\nheadwater_cache_lookups_total{result=\"miss\"} %d\n"+
			"process_cpu_seconds_total %g\nprocess_cpu_seconds_total\nbad{ x\n", 90*n, 10*n, 1.5*float64(n))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	cfg := short(server, "/master.m3u8")
	cfg.Metrics = server.URL + "/metrics"
	rep := runTest(t, cfg)
	if o := rep.Origin; o == nil || o.CPUSeconds != 1.5 || o.Lookups["hit"] != 90 || o.Lookups["miss"] != 10 || o.HitRatio != 0.9 || o.CPUPerRequest <= 0 {
		t.Errorf("%+v", o)
	}
	cfg.Metrics = server.URL + "/absent"
	if rep := runTest(t, cfg); rep.Origin != nil || len(rep.Warnings) == 0 {
		t.Errorf("%+v, %q", rep.Origin, rep.Warnings)
	}
}
