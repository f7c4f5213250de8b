package ffmpeg

import (
	"math"

	"headwater/packager"
)

// frameSamples is how many samples a packet holds, for codecs where that is fixed. Containers may round the durations
// of packets, Matroska to 21 ms instead of 21 1/3.
var frameSamples = map[string]int64{"aac": 1024, "mp3": 1152, "mp2": 1152, "ac3": 1536}

// audioScan gathers facts on the packets of one audio stream.
type audioScan struct {
	base      Rational
	rate      int64 // samples per second
	samples   int64 // of each packet, 0 when they vary
	exact     bool  // durations of packets are no multiple of a coarse tick
	packets   int
	discarded int
	shown     int
	span      span
	hidden    packager.Ticks // decoders drop what lies before; noTime for nothing
	start     packager.Ticks // of the first sample that is heard, noTime before it

	end      packager.Ticks // of the last packet shown
	elapsed  packager.Ticks // sum of durations since the first packet shown
	maxDrift packager.Ticks
	breaks   int
}

func newAudioScan(a *AudioStream) *audioScan {
	rate := int64(a.SampleRate)
	return &audioScan{
		base: a.TimeBase, rate: rate, samples: frameSamples[a.Codec], span: newSpan(), hidden: noTime, start: noTime,
		exact: a.TimeBase.Den%(rate*a.TimeBase.Num) == 0,
	}
}

func (s *audioScan) add(p packet) {
	s.packets++
	time := p.time()
	if time == noTime {
		return
	}
	if p.skip > 0 {
		s.hidden = max(s.hidden, time+s.ticks(p.skip))
	}
	if p.discarded {
		s.discarded++
		return
	}
	end := time + p.duration
	if s.start == noTime && (end > s.hidden || p.duration == 0) {
		s.start = max(time, s.hidden)
	}
	s.follow(time, p.duration)
	s.span.cover(time, end-s.ticks(p.padding), p.size)
}

// follow compares the time of a packet with the end of those before it.
func (s *audioScan) follow(time, duration packager.Ticks) {
	if s.shown == 0 && distance(s.ticks(s.samples), duration) > 2 {
		s.samples = 0 // this stream has frames of another size, such as 960 samples
	}
	if s.shown == 1 && s.elapsed == 0 {
		// Demuxers learn how long packets of high-efficiency AAC are when they have read the first.
		s.elapsed, s.end = duration, s.end+duration
	}
	if s.shown > 0 {
		gap := distance(time, s.end)
		if gap > max(duration/2, 2) {
			s.breaks++
		}
		s.maxDrift = max(s.maxDrift, s.drift(time, gap))
	}
	s.shown++
	s.elapsed = min(s.elapsed+duration, maxTime)
	s.end = time + duration
}

// drift returns the distance of time from where the packets before it end when played without gaps. Where only
// rounded durations are known, their sum says nothing and the gap to the last packet stands in.
func (s *audioScan) drift(time, gap packager.Ticks) packager.Ticks {
	switch {
	case s.samples > 0:
		return distance(time, s.span.start+s.ticks(s.samples*int64(s.shown)))
	case s.exact:
		return distance(time, s.span.start+s.elapsed)
	default:
		return gap
	}
}

// ticks converts samples to the stream's time base, rounded. It is exact to 2^53 ticks, far beyond any real file.
func (s *audioScan) ticks(samples int64) packager.Ticks {
	exact := float64(samples) * float64(s.base.Den) / (float64(s.rate) * float64(s.base.Num))
	return packager.Ticks(math.Round(min(exact, maxTime)))
}

func distance(a, b packager.Ticks) packager.Ticks {
	if a < b {
		return b - a
	}
	return a - b
}

// describe completes what the header and the first decoded sound told. There must be something to hear.
func (s *audioScan) describe(d *AudioStream) {
	if d.Start == noTime {
		d.Start = max(s.start, s.span.start)
	}
	d.End = s.span.end
	d.Priming = max(d.Start-s.span.start, 0)
	d.Packets, d.Discarded = s.packets, s.discarded
	d.PacketDuration = s.elapsed / packager.Ticks(max(s.shown, 1))
	d.MaxDrift, d.Discontinuities = s.maxDrift, s.breaks
	d.BitRate = bitRate(s.span.bytes, d.TimeBase, d.End-s.span.start)
}
