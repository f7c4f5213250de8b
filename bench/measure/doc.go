// Package measure counts what a load test sees: requests with their times, faults, and how sessions went. Recording is cheap
// and safe from many goroutines; everything that was recorded before [Recorder.Begin] is the warm-up and forgotten.
//
// # Flow
//
//	Shard.Request, Recorder.Fault, Recorder.Session… ─► Recorder ─┬─ Tick, once a second: one point of the time series
//	                                                             └─ Result, at the end: everything
//
// Times go into HDR histograms of three significant digits, from 1 µs to 10 min. A Shard is a part of the recorder with its
// own lock; goroutines that record much use one each, or share a few.
package measure
