package disk

import "sync/atomic"

// Stats is a reading of a tier's counters and gauges. Counters count from the start.
type Stats struct {
	Hits    uint64 // bodies read
	Misses  uint64 // not there, damaged, or not looked for during a pause
	Written uint64 // files written
	Dropped uint64 // bodies not written: the queue was full, or the tier paused

	Evictions uint64 // files removed to make room
	Damaged   uint64 // files removed because they were not what had been written
	Failures  uint64 // pauses begun because the disk failed or was full

	Files       int
	Bytes       int64 // what the files occupy
	MaxBytes    int64
	QueuedBytes int64 // memory of the bodies that wait to be written
	Indexed     bool  // the files of earlier runs are known
	Paused      bool  // the tier leaves the disk alone, for reading or writing
}

type counters struct {
	hits, misses, written, dropped, evictions, damaged, failures atomic.Uint64
}

// Stats reads the counters. Each is exact; together they are not one instant.
func (t *Tier) Stats() Stats {
	files, occupied := t.index.size()
	now := t.now()
	return Stats{
		Hits:        t.counters.hits.Load(),
		Misses:      t.counters.misses.Load(),
		Written:     t.counters.written.Load(),
		Dropped:     t.counters.dropped.Load(),
		Evictions:   t.counters.evictions.Load(),
		Damaged:     t.counters.damaged.Load(),
		Failures:    t.counters.failures.Load(),
		Files:       files,
		Bytes:       occupied,
		MaxBytes:    t.cfg.MaxBytes,
		QueuedBytes: t.buffers.Stats().UsedBytes,
		Indexed:     t.scanned.Load(),
		Paused:      t.reads.on(now) || t.writes.on(now),
	}
}
