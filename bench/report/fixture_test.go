package report

import (
	"math"
	"time"
)

// sample is a report with everything in it.
func sample() *Report {
	q := func(p50 float64) Quantiles {
		return Quantiles{P50: p50, P90: 2 * p50, P99: 5 * p50, P999: 12 * p50, Max: 20 * p50, Mean: 1.3 * p50}
	}
	r := &Report{
		Version: Version, Started: time.Date(2026, 11, 25, 20, 15, 0, 0, time.UTC),
		Setup: Setup{Mode: "players", Manifests: []string{"http://origin.example/v/a/hls/master.m3u8", "http://origin.example/v/b/dash/manifest.mpd"},
			Entries: 12, Zipf: 0.9, Seed: 1, Load: "0-500 over 60s", Speed: 1, Verify: 0.01},
		WarmUpSeconds: 10, MeasuredSeconds: 110, Requests: 123456, RequestsPerSecond: 1122.33, Bytes: 98765432100, GbitPerSecond: 7.183,
		Failures: 42, FailureRatio: 0.00034, Connections: 1012, Connect: q(0.2),
		Classes: []Class{
			{Class: "manifest", Requests: 3456, RequestsPerSecond: 31.4, Bytes: 7654321, FirstByte: q(0.4), LastByte: q(0.5),
				Distribution: []Bucket{{0.562, 3000}, {0.75, 0}, {1, 456}}},
			{Class: "video", Requests: 120000, RequestsPerSecond: 1090.9, Bytes: 98757777779, Failures: 42, FirstByte: q(0.9), LastByte: q(4),
				Distribution: []Bucket{{0.75, 20000}, {1, 60000}, {1.334, 30000}, {1.778, 9000}, {2.371, 1000}}},
		},
		Errors: []Error{{Kind: "status 503", Class: "video", Count: 41, Example: "http://origin.example/v/a/t1/6s1/3.m4s"},
			{Kind: "changed body", Class: "video", Count: 1, Example: "http://origin.example/v/a/t1/6s1/4.m4s", Detail: "xxhash64 0000000000000001, before 0000000000000002"}},
		Verified: Verified{Bodies: 1200, URLs: 800},
		Players: &Players{Began: 620, Ended: 120, Endings: map[string]int64{"watched": 40, "left": 70, "gave_up": 8, "failed": 2}, TurnedAway: 3, Most: 500,
			StartUp: q(40), RebufferRatio: 0.0123, PlayedSeconds: 50000, StalledSeconds: 622.5, Stalls: 310, Seeks: 400, SeekWaitSeconds: 36, Switches: 900,
			Renditions: []Rendition{{"1080p", "video", 5000000, 0.7, 35000, 8e10}, {"360p", "video", 700000, 0.3, 15000, 1e10}, {"en", "audio", 128000, 1, 50000, 8e8}}},
		Rate: &Rate{Intended: 1200, Sent: 1122.7, Unsent: 3, Slip: q(0.05), Connections: 64},
		Origin: &Origin{URL: "http://origin.example:8081/metrics", CPUSeconds: 61.5, CPUPerRequest: 0.498, CPUPerGB: 0.623,
			Lookups: map[string]int64{"hit": 120000, "miss": 3000, "join": 456, "bypass": 0}, HitRatio: 0.972},
		Generator: Generator{CPUSeconds: 12.5, CPURatio: 0.057, MachineRatio: 0.41, TimerLag: q(0.1)},
		Machine:   Machine{Cores: 2, CPU: "An Example Processor", Kernel: "Linux 6.1.0", Go: "go1.26"},
		Warnings:  []string{"3 viewers were turned away: raise --max-players or --max-connections"},
	}
	for second := -9.; second <= 110; second++ {
		wave := 1 + 0.2*math.Sin(second/7)
		r.Series = append(r.Series, Point{Second: second, Requests: math.Round(1100 * wave), Gbit: 7 * wave, Failures: int64(second) % 40 / 39,
			FirstByteP50: 0.9 * wave, FirstByteP99: 4 * wave * wave, Connections: 1000, Players: int64(min(500, 50*(second+10))), Stalled: int64(3 * (wave - 1) * 10)})
	}
	return r
}
