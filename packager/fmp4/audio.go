package fmp4

import (
	"io"

	"headwater/packager"
)

// AudioConfig says how to store an audio track.
type AudioConfig struct {
	ID       packager.TrackID
	Language string // BCP 47; empty means "und"
	Label    string // control characters are removed, the rest is cut to 255 bytes
	Role     packager.Role
	Default  bool
	// Zero is the source instant that becomes zero of the track's timeline: [VideoResult.Zero]. Packets that begin
	// more than half a millisecond before it are dropped.
	Zero Instant
	// Grid is the presentation's grid. Nil makes one, for a presentation without video: zero is then the first packet
	// at or after Zero, and cuts are the packet boundaries nearest to every second second.
	Grid *packager.Grid
}

// AudioResult is what PackageAudio wrote.
type AudioResult struct {
	Track packager.Track
	// Zero is the source instant of zero of the track's timeline.
	Zero Instant
	// Cuts are the decode times of all fragments and the end, in Track.Timescale. Without a Grid in the config they
	// are the cuts of the new grid and begin at 0.
	Cuts []packager.Ticks
	// ShortBy is how far the track ends before the grid does, in Track.Timescale; 0 when it covers it. It is positive
	// also when an interval of the grid got no packet; the Track then breaks [packager.Track.Validate].
	ShortBy packager.Ticks
	// MaxDrift is the greatest distance between a packet's stored time and the source's, in Track.Timescale. Stored
	// times are sums of packet lengths; a source that drifts from them has gaps or overlaps and should be encoded.
	MaxDrift packager.Ticks
}

// PackageAudio reads a fragmented MP4 with one audio track from src and writes the track file to dst, a fragment at a
// time, cut at the packet boundaries nearest to the grid's cuts. Packets that begin at or after the grid's end are read
// and dropped. The first fragment's decode time is greater than 0 when the source has no packet that begins at Zero.
//
// Audio that begins more than a packet after Zero, or in a codec that cannot be stored, is an [*UnsuitableError];
// damage wraps [ErrCorrupt], and errors of src and dst are wrapped as they are. What dst holds after an error is of no
// use.
func PackageAudio(dst io.Writer, src io.Reader, cfg AudioConfig) (AudioResult, error) {
	return AudioResult{}, unsuitable("audio")
}
