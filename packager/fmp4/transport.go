package fmp4

import (
	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
	"headwater/packager/ts"
)

// transport counts what the fragments of a track take as an MPEG transport stream, and how far pictures are reordered.
type transport struct {
	counter *ts.Counter
	unfit   bool // the track has no place in a transport stream
}

// begin starts with a track that is described but has no fragments yet.
func (c *transport) begin(t *packager.Track) {
	var ok bool
	c.counter, ok = ts.NewCounter(t)
	c.unfit = !ok
}

// count fills in what f, the next fragment of t, takes.
func (c *transport) count(t *packager.Track, f *packager.Fragment, samples []mp4.Sample) {
	for i := range samples {
		t.ReorderDelay = max(t.ReorderDelay, -packager.Ticks(samples[i].CompositionTimeOffset))
	}
	if c.unfit {
		return
	}
	for i := range samples {
		s := &samples[i]
		c.counter.Add(ts.Sample{
			SizeBytes: s.Size, Duration: s.Dur, CompositionOffset: s.CompositionTimeOffset, Sync: mp4.IsSyncSampleFlags(s.Flags),
		})
	}
	packets, clocks, ok := c.counter.End()
	f.TSPackets, f.TSClockPackets = packets, clocks
	c.unfit = !ok
}

// finish takes the counts away again when some fragment has no place in a transport stream.
func (c *transport) finish(t *packager.Track) {
	if !c.unfit {
		return
	}
	for i := range t.Fragments {
		t.Fragments[i].TSPackets, t.Fragments[i].TSClockPackets = 0, 0
	}
}
