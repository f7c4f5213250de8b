package fmp4

import (
	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
	whole "headwater/packager/mp4"
	"headwater/packager/ts"
)

// account keeps what delivery wants to know of all samples: what the fragments take as an MPEG transport stream, how far
// pictures are reordered, and the sample table of downloads.
type account struct {
	counter *ts.Counter
	unfit   bool // the track has no place in a transport stream
	table   whole.TableBuilder
}

// begin starts with a track that is described but has no fragments yet.
func (c *account) begin(t *packager.Track) {
	var ok bool
	c.counter, ok = ts.NewCounter(t)
	c.unfit = !ok
}

// count fills in what f, the next fragment of t, takes.
func (c *account) count(t *packager.Track, f *packager.Fragment, samples []mp4.Sample) {
	for i := range samples {
		s := &samples[i]
		t.ReorderDelay = max(t.ReorderDelay, -packager.Ticks(s.CompositionTimeOffset))
		c.table.Add(s.Size, s.Dur, s.CompositionTimeOffset, mp4.IsSyncSampleFlags(s.Flags))
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

// finish returns the sample table, and takes the counts away again when some fragment has no place in a transport stream.
func (c *account) finish(t *packager.Track) []byte {
	if c.unfit {
		for i := range t.Fragments {
			t.Fragments[i].TSPackets, t.Fragments[i].TSClockPackets = 0, 0
		}
	}
	table := c.table.Append(nil)
	t.SampleTableBytes = uint32(len(table))
	return table
}
