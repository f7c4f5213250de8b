package report

import "time"

// Version is raised when a field of the JSON form changes its meaning or goes away. New fields do not raise it.
const Version = 1

// Report is the result of a load test.
type Report struct {
	Version int `json:"version"`
	// Started is when the first request was sent.
	Started time.Time `json:"started"`
	// Stopped is why the test ended before its time, such as a signal; empty otherwise.
	Stopped string `json:"stopped,omitempty"`
	Setup   Setup  `json:"setup"`
	// WarmUpSeconds came before the measurement and counts nowhere, MeasuredSeconds is what it took.
	WarmUpSeconds   float64 `json:"warm_up_seconds"`
	MeasuredSeconds float64 `json:"measured_seconds"`

	// Requests that were answered as they should be, and the bytes of their bodies.
	Requests          int64   `json:"requests"`
	RequestsPerSecond float64 `json:"requests_per_second"`
	Bytes             int64   `json:"bytes"`
	GbitPerSecond     float64 `json:"gbit_per_second"`
	// Failures are the requests that were not; FailureRatio is their part of all.
	Failures     int64   `json:"failures"`
	FailureRatio float64 `json:"failure_ratio"`

	// Classes are the kinds of requests that were made.
	Classes []Class `json:"classes"`
	// Connections are those that were opened, in the warm-up too; Connect is what that took, TLS included. It is part of no
	// other time but in rate mode.
	Connections int64     `json:"connections"`
	Connect     Quantiles `json:"connect_ms"`
	Errors      []Error   `json:"errors"`
	Verified    Verified  `json:"verified"`

	Players *Players `json:"players,omitempty"` // in players mode
	Rate    *Rate    `json:"rate,omitempty"`    // in rate mode

	// Origin is what the origin's metrics say; absent without them.
	Origin *Origin `json:"origin,omitempty"`
	// Generator is how the load generator itself did, Machine what it ran on.
	Generator Generator `json:"generator"`
	Machine   Machine   `json:"machine"`
	// Warnings say what makes the figures doubtful, first of all that the generator was the bottleneck.
	Warnings []string `json:"warnings"`
	// Series has a point a second, the warm-up included.
	Series []Point `json:"series"`
}

// Setup is what was asked for.
type Setup struct {
	Mode string `json:"mode"` // "players", "rate" or "closed"
	// Manifests are the entry manifests without their queries, at most ten; Entries is how many there are.
	Manifests []string `json:"manifests"`
	Entries   int      `json:"entries"`
	Zipf      float64  `json:"zipf"`
	Seed      uint64   `json:"seed"`
	// Load is the arrivals, the rate or the number of connections, as they were given.
	Load string `json:"load"`
	// Kind is what is asked for in the modes rate and closed.
	Kind string `json:"kind,omitempty"`
	// Speed is that of the players' clocks.
	Speed float64 `json:"speed,omitempty"`
	// Verify is the part of the segments that are hashed.
	Verify float64 `json:"verify"`
}

// Quantiles are times in milliseconds.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
	Mean float64 `json:"mean"`
}

// Class sums up requests of one kind: manifest, playlist, init, index, video or audio.
type Class struct {
	Class             string  `json:"class"`
	Requests          int64   `json:"requests"`
	RequestsPerSecond float64 `json:"requests_per_second"`
	Bytes             int64   `json:"bytes"`
	Failures          int64   `json:"failures"`
	// FirstByte is until the first byte of the answer, LastByte until the last one: from when the request was sent, in rate
	// mode from when it was meant to be.
	FirstByte Quantiles `json:"first_byte_ms"`
	LastByte  Quantiles `json:"last_byte_ms"`
	// Distribution counts the times to the first byte in steps of equal ratio.
	Distribution []Bucket `json:"first_byte_distribution"`
}

// Bucket is how many times lie up to UpTo, and above the bucket before.
type Bucket struct {
	UpTo  float64 `json:"up_to_ms"`
	Count int64   `json:"count"`
}

// Error is a kind of failure.
type Error struct {
	Kind  string `json:"kind"`
	Class string `json:"class"`
	Count int64  `json:"count"`
	// Example is the URL of the first one without its query, Detail what was wrong there.
	Example string `json:"example"`
	Detail  string `json:"detail,omitempty"`
}

// Verified is how far what came was checked, beside status and length, which always are.
type Verified struct {
	// Bodies is how many were hashed, URLs how many are remembered with length, ETag and hash.
	Bodies int64 `json:"bodies"`
	URLs   int   `json:"urls"`
}

// Players is how sessions went.
type Players struct {
	Began int64 `json:"sessions_began"`
	Ended int64 `json:"sessions_ended"`
	// Endings count why: watched (to the end), left, gave_up (out of patience), failed (segments could not be had).
	Endings map[string]int64 `json:"endings"`
	// TurnedAway are viewers that came when there was no room for more.
	TurnedAway int64 `json:"turned_away"`
	Most       int64 `json:"most_at_once"`
	// StartUp is from opening an entry manifest to the first picture.
	StartUp Quantiles `json:"start_up_ms"`
	// RebufferRatio is the time of stalls through the time of playing and stalls together.
	RebufferRatio  float64 `json:"rebuffer_ratio"`
	PlayedSeconds  float64 `json:"played_seconds"`
	StalledSeconds float64 `json:"stalled_seconds"`
	Stalls         int64   `json:"stalls"`
	Seeks          int64   `json:"seeks"`
	// SeekWaitSeconds is how long viewers waited for pictures after seeks, altogether.
	SeekWaitSeconds float64 `json:"seek_wait_seconds"`
	Switches        int64   `json:"switches"`
	// Renditions say of which how much was fetched, the highest first.
	Renditions []Rendition `json:"renditions"`
}

// Rendition is the part that one has of all media of its kind that was fetched.
type Rendition struct {
	Name          string  `json:"name"`
	Kind          string  `json:"kind"`            // "video" or "audio"
	BitsPerSecond int64   `json:"bits_per_second"` // as announced
	Share         float64 `json:"share"`
	MediaSeconds  float64 `json:"media_seconds"`
	Bytes         int64   `json:"bytes"`
}

// Rate is how an open loop kept its rate.
type Rate struct {
	// Intended is the rate that was asked for, Sent what was sent, per second.
	Intended float64 `json:"intended_per_second"`
	Sent     float64 `json:"sent_per_second"`
	// Unsent are requests for which no connection was free for so long that they were given up.
	Unsent int64 `json:"unsent"`
	// Slip is how late the generator was with requests: its own fault, not that of the server.
	Slip Quantiles `json:"slip_ms"`
	// Connections is how many were needed at once.
	Connections int64 `json:"connections"`
}

// Origin is the difference of an origin's counters over the measurement.
type Origin struct {
	URL string `json:"url"`
	// CPUSeconds is the processor time of the origin; CPUPerRequest in milliseconds, CPUPerGB in seconds.
	CPUSeconds    float64 `json:"cpu_seconds"`
	CPUPerRequest float64 `json:"cpu_ms_per_request"`
	CPUPerGB      float64 `json:"cpu_seconds_per_gb"`
	// Lookups are those of its cache by result: hit, miss, join and what else there is.
	Lookups map[string]int64 `json:"cache_lookups"`
	// HitRatio is hits through all lookups, 0 without any.
	HitRatio float64 `json:"hit_ratio"`
}

// Generator is how the load generator itself did.
type Generator struct {
	CPUSeconds float64 `json:"cpu_seconds"`
	// CPURatio is the part of its cores that it kept busy, MachineRatio what anything on the machine did (0 when unknown).
	CPURatio     float64 `json:"cpu_ratio"`
	MachineRatio float64 `json:"machine_ratio"`
	// BusyShare is its part of what anything on the machine did.
	BusyShare float64 `json:"busy_share"`
	// TimerLag is how late its timers were.
	TimerLag Quantiles `json:"timer_lag_ms"`
}

// Machine is what the load generator ran on.
type Machine struct {
	Cores  int    `json:"cores"`
	CPU    string `json:"cpu"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
}

// Point is one second of the test.
type Point struct {
	// Second is how far the test has come, below 0 in the warm-up.
	Second   float64 `json:"second"`
	Requests float64 `json:"requests_per_second"`
	Gbit     float64 `json:"gbit_per_second"`
	Failures int64   `json:"failures"`
	// FirstByteP50 and FirstByteP99 are times to the first byte in this second, in milliseconds.
	FirstByteP50 float64 `json:"first_byte_p50_ms"`
	FirstByteP99 float64 `json:"first_byte_p99_ms"`
	Connections  int64   `json:"connections"`
	// Players are sessions that are open, Stalled those of them that stand still.
	Players int64 `json:"players"`
	Stalled int64 `json:"stalled"`
}
