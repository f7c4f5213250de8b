package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// What is read of one manifest at most.
const (
	// MaxBytes bounds the text of a manifest or an index.
	MaxBytes = 32 << 20
	// maxSegments bounds the segments of one rendition: more than two days of 1 s.
	maxSegments = 200_000
	// maxRenditions bounds the renditions of one presentation.
	maxRenditions = 1000
	// maxDuration bounds a presentation, a segment and their sums.
	maxDuration = 1000 * time.Hour
)

// ErrLive says that a presentation is not complete: it is live, and this package reads video on demand.
var ErrLive = errors.New("the presentation is live; only video on demand can be played")

// Format is how a presentation is described.
type Format string

// The formats.
const (
	HLS  Format = "hls"
	DASH Format = "dash"
)

// Kind is what a rendition shows.
type Kind string

// The kinds. A rendition with pictures and sound in the same segments is Video.
const (
	Video Kind = "video"
	Audio Kind = "audio"
)

// Resource is a file, or a byte range of one.
type Resource struct {
	URL string
	// Offset and Length are the byte range; Length 0 means the whole file.
	Offset, Length int64
}

// Segment is one stretch of media.
type Segment struct {
	Resource
	// Init is what a decoder needs before it; nil when it needs nothing, as in transport streams.
	Init *Resource
	// Start is where it begins in the presentation, Duration how long it plays. Both are 0 or more.
	Start, Duration time.Duration
}

// Rendition is one encoding of pictures or sound.
type Rendition struct {
	// Name tells it from the others: its height, or its language and codec. For people, in reports.
	Name string
	Kind Kind
	// Bandwidth is in bits a second, with the sound that goes with it in HLS; 0 when unknown.
	Bandwidth int64
	// Codecs is the list of RFC 6381; empty when unknown.
	Codecs string
	// Width and Height are in pixels; 0 when unknown.
	Width, Height int
	// Audio is the index of its sound in Presentation.Audio; -1 when it has none beside it.
	Audio int

	// Playlist is the URL of the media playlist that lists the segments; "" when Segments or Index does.
	Playlist string
	// Index is the sidx that lists the segments; nil when Segments or Playlist does. Media is the file it speaks of.
	Index *Resource
	Media Resource
	// Init goes with Index.
	Init *Resource
	// Segments are in order of time, without gaps.
	Segments []Segment
}

// Presentation is what an entry manifest offers.
type Presentation struct {
	Format Format
	// Video are the renditions to choose from, of one video codec, by rising bandwidth; for a presentation without pictures
	// those of sound. At least one.
	Video []Rendition
	// Audio are the renditions of sound that go with them.
	Audio []Rendition
}

// Read reads an entry manifest that came from address: an MPD, a multivariant playlist, or a media playlist, which makes a
// presentation of one rendition. It returns [ErrLive] (wrapped) for what is not complete.
func Read(address string, body []byte) (*Presentation, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the manifest: %w", err)
	}
	if len(body) > MaxBytes {
		return nil, fmt.Errorf("manifest of %d bytes, at most %d", len(body), MaxBytes)
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("#EXTM3U")):
		return readHLS(base, string(text))
	case bytes.HasPrefix(text, []byte("<")):
		return readMPD(base, text)
	default:
		return nil, fmt.Errorf("neither a playlist nor an MPD: it begins with %.20q", text)
	}
}

// resolve returns reference as an absolute URL without a fragment.
func resolve(base *url.URL, reference string) (*url.URL, error) {
	parsed, err := base.Parse(strings.TrimSpace(reference))
	if err != nil {
		return nil, fmt.Errorf("URL %.100q: %w", reference, errors.Unwrap(err))
	}
	parsed.Fragment, parsed.RawFragment = "", ""
	return parsed, nil
}

// Duration returns how long the segments of r play together; 0 while they are not known.
func (r *Rendition) Duration() time.Duration {
	if len(r.Segments) == 0 {
		return 0
	}
	last := r.Segments[len(r.Segments)-1]
	return last.Start + last.Duration
}

// At returns the index of the segment that plays at the given time, the last one for a time behind the end.
func (r *Rendition) At(at time.Duration) int {
	low, high := 0, len(r.Segments)-1
	for low < high {
		middle := (low + high + 1) / 2
		if r.Segments[middle].Start <= at {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return max(low, 0)
}
