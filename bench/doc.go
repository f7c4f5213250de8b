// Package bench is a load tester for origins of video on demand, Headwater or any other. It measures from outside, as
// viewers meet it: HLS and DASH over HTTP/1.1, plain or TLS. The command headwater bench is its face.
//
// # The map
//
//	Config ─► Run ─┬─ scout      reads the manifests, so that a mistake ends the test before it begins
//	               ├─ players    viewers come, play and go      (bench/traffic, bench/player)
//	               ├─ open       constant rate, an open loop
//	               ├─ closed     connections that never rest
//	               ├─ origin     the origin's metrics before and after
//	               └─ assemble   what came of it ─► bench/report: text, JSON, HTML
//
//	bench/manifest  HLS, MPD and sidx of any origin, into renditions and segments
//	bench/player    the model of a player and its viewer: buffer, stalls, choice of renditions, seeks, leaving
//	bench/traffic   popularity and arrivals, from one seed
//	bench/fetch     connections as browsers keep them; judges every answer
//	bench/client    HTTP/1.1 on one connection, at next to no cost
//	bench/measure   counts and histograms
//	bench/machine   what it runs on, and whether that held it back
//	bench/report    the result and its three forms
//
// Models are pure and run on times that tests make up. Nothing logs: faults are counted, and [Run] returns an error only
// when a test cannot begin.
//
// # What is measured
//
// A request counts when its answer is as it should be: status 200 (206 for a range), the announced length, and for init
// segments, indexes and media the same length, ETag and, for a sample, hash as the first answer from that URL. All else is
// in the table of failures. The first byte is timed from before the request is written; connecting is not part of it, but
// in rate mode, where times begin when a request was due, whatever delays it. What began in the warm-up counts nowhere.
//
// A viewer's decisions (content, arrival, seeks, leaving, pauses) follow from the seed and the viewer's number alone. What
// a player asks for follows from them and from the network.
//
// # The JSON form
//
// One object. Times end in _ms or _seconds, shares are 0 to 1, and quantiles are objects of p50, p90, p99, p99_9, max and
// mean. Fields are only ever added; version is raised should one change its meaning.
//
//	version, started             of this form; when the load began
//	stopped                      why it ended early; absent otherwise
//	setup                        mode (players, rate, closed), manifests (the first ten), entries, zipf, seed, load (arrivals,
//	                             rate or connections), kind, speed, verify
//	warm_up_seconds, measured_seconds
//	requests, requests_per_second, bytes, gbit_per_second
//	                             of all good answers
//	failures, failure_ratio      of the others; the ratio is of all
//	classes[]                    class (manifest, playlist, init, index, video, audio), requests, requests_per_second, bytes,
//	                             failures, first_byte_ms, last_byte_ms, first_byte_distribution[] (up_to_ms, count)
//	connections, connect_ms      how many were opened, warm-up included; what that took, with TLS
//	errors[]                     kind, class, count, example (the first URL, without its query), detail
//	verified                     bodies (hashed), urls (remembered with length, ETag, hash)
//	players                      in mode players: sessions_began, sessions_ended, endings (watched, left, gave_up, failed),
//	                             turned_away, most_at_once, start_up_ms, rebuffer_ratio (stalled through played and stalled),
//	                             played_seconds, stalled_seconds, stalls, seeks, seek_wait_seconds, switches,
//	                             renditions[] (name, kind, bits_per_second, share, media_seconds, bytes)
//	rate                         in mode rate: intended_per_second, sent_per_second, unsent, slip_ms (late by the generator's
//	                             own fault), connections
//	origin                       with metrics: url, cpu_seconds, cpu_ms_per_request, cpu_seconds_per_gb, cache_lookups (hit,
//	                             miss, join, bypass), hit_ratio
//	generator                    cpu_seconds, cpu_ratio (of its cores), machine_ratio (busy, by anything), busy_share (its part
//	                             of that), timer_lag_ms
//	machine                      cores, cpu, kernel, go
//	warnings[]                   what makes the figures doubtful, such as the generator being the bottleneck
//	series[]                     a point a second, the warm-up included: second (below 0 in the warm-up), requests_per_second,
//	                             gbit_per_second, failures, first_byte_p50_ms, first_byte_p99_ms, connections, players,
//	                             stalled
//
// # Not here
//
// Live presentations, HTTP/2 and 3, decryption, text tracks, and a limit on what a player's link carries: players here have
// as much throughput as the path to the origin gives them.
package bench
