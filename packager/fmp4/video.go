package fmp4

import (
	"io"

	"headwater/packager"
)

// VideoConfig says how to store a video track.
type VideoConfig struct {
	ID       packager.TrackID
	Language string // BCP 47; empty means "und"
	Label    string // control characters are removed, the rest is cut to 255 bytes
	Role     packager.Role
	// Cuts are the planned instants of the source's timeline, rising, at which fragments begin; the last may be the
	// planned end. Each is met by the first IDR picture that begins at it, at most 1 ms before it, or later; one that
	// lies past the last picture by no more than two frames sets the end. Nil cuts at every IDR picture and ends with
	// the last picture's own duration.
	Cuts []Instant
}

// VideoResult is what PackageVideo wrote.
type VideoResult struct {
	Track packager.Track
	// Zero is the source instant of the first presented picture: zero of the track's timeline.
	Zero Instant
	// Cuts are the decode times of all fragments and the end, in Track.Timescale, from 0: a grid's cuts.
	Cuts []packager.Ticks
}

// PackageVideo reads a fragmented MP4 with one video track from src and writes the track file to dst, a fragment at a
// time. Decode times are the sorted presentation times, so that each fragment's decode time is its first picture's
// presentation time, whatever the encoder's delay, and variable frame rates stay exact.
//
// A stream that cannot be stored so is an [*UnsuitableError], damage wraps [ErrCorrupt], and errors of src and dst are
// wrapped as they are. What dst holds after an error is of no use.
func PackageVideo(dst io.Writer, src io.Reader, cfg VideoConfig) (VideoResult, error) {
	return VideoResult{}, unsuitable("video")
}
