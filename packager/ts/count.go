package ts

import (
	"headwater/packager"
)

// Sizes of packets (ISO/IEC 13818-1 §2.4.3.2) and what the first packet of a PES packet leaves for it: an adaptation field
// with room for a clock reference is always there, told or stuffed, so that a fragment of sound takes as many packets alone
// as beside pictures.
const (
	packetBytes  = packager.TransportPacketBytes
	headerBytes  = 4
	payloadBytes = packetBytes - headerBytes
	clockBytes   = 8 // length, flags, and a clock reference
	firstBytes   = payloadBytes - clockBytes
)

// Sizes of PES headers. That of video has room for both time stamps whether or not they differ, the rest being stuffing
// (§2.4.3.6): which packets need both shows only when the whole track is known.
const (
	videoHeaderBytes = 19
	audioHeaderBytes = 14
	maxPESPayload    = 1<<16 - 1 - (audioHeaderBytes - 6) // its length has 16 bits and counts from behind itself
)

// pesPackets returns how many packets a PES packet of sizeBytes takes.
func pesPackets(sizeBytes int64) int64 {
	if sizeBytes <= firstBytes {
		return 1
	}
	return 1 + (sizeBytes-firstBytes+payloadBytes-1)/payloadBytes
}

// Counter tells how many packets the fragments of a track take. It is for one goroutine.
type Counter struct {
	config  config
	packets int64 // of the fragment so far
	clocks  int64 // those of them without payload
	group   group // the PES packet of sound that is being filled
	unfit   bool
}

// NewCounter returns the counter of a track, of which kind, codec, formats, timescale and init segment must be set. False
// says that its codec has no place in a transport stream, or its configuration none.
func NewCounter(t *packager.Track) (*Counter, bool) {
	c := &Counter{}
	return c, c.config.configure(t)
}

// Add counts the next sample of the fragment.
func (c *Counter) Add(s Sample) {
	if c.config.kind == packager.Video {
		c.count(int64(videoHeaderBytes+c.config.unitBytes(s)), packager.Ticks(s.Duration))
		return
	}
	c.unfit = c.unfit || !c.config.fitsFrame(s)
	if !c.group.takes(&c.config, s) {
		c.endGroup()
	}
	c.group.add(&c.config, s)
}

// End ends the fragment and returns the values of [packager.Fragment]'s TSPackets and TSClockPackets. False says that a
// sample of the fragment fits into no transport stream. The counter is then ready for the next fragment.
func (c *Counter) End() (packets, clocks uint32, ok bool) {
	c.endGroup()
	total, without, ok := c.packets, c.clocks, !c.unfit
	c.packets, c.clocks, c.unfit = 0, 0, false
	if total > maxPackets {
		return 0, 0, false
	}
	return uint32(total), uint32(without), ok
}

// maxPackets bounds a fragment to less than 2 GiB in a transport stream; a stored one has no more than half of that.
const maxPackets = 1 << 23

func (c *Counter) count(sizeBytes int64, duration packager.Ticks) {
	clocks := clockPackets(duration, c.config.timescale)
	c.packets += pesPackets(sizeBytes) + clocks
	c.clocks += clocks
}

func (c *Counter) endGroup() {
	if c.group.frames == 0 {
		return
	}
	c.count(int64(audioHeaderBytes+c.group.sizeBytes), c.group.duration)
	c.group = group{}
}

// unitBytes returns the size of the access unit that a sample becomes.
func (c *config) unitBytes(s Sample) int {
	size := len(delimiter) + int(s.SizeBytes)
	if s.Sync {
		size += c.setBytes
	}
	return size
}

// frameBytes returns the size of the audio frame that a sample becomes.
func (c *config) frameBytes(s Sample) int {
	if c.hasADTS {
		return adtsBytes + int(s.SizeBytes)
	}
	return int(s.SizeBytes)
}

func (c *config) fitsFrame(s Sample) bool {
	limit := maxPESPayload
	if c.hasADTS {
		limit = maxADTSFrame
	}
	return c.frameBytes(s) <= limit
}

// group is the frames of sound of one PES packet.
type group struct {
	frames    int
	sizeBytes int
	duration  packager.Ticks
}

// takes reports whether one more sample may come into g: the clock is told with each group, and a PES packet has a limit.
func (g *group) takes(c *config, s Sample) bool {
	duration := int64(g.duration) + int64(s.Duration)
	return g.frames == 0 ||
		duration*1000 <= longestClockGap*int64(c.timescale) && g.sizeBytes+c.frameBytes(s) <= maxPESPayload
}

func (g *group) add(c *config, s Sample) {
	g.frames++
	g.sizeBytes += c.frameBytes(s)
	g.duration += packager.Ticks(s.Duration)
}
