package packager

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// Errors of requests for what a presentation does not have. Callers wrap and test them with errors.Is.
var (
	ErrNoTrack   = errors.New("no such track")
	ErrNoSegment = errors.New("no such segment")
)

// MIME types of media, by HLS Authoring Specification 10.4 and RFC 4337.
const (
	typeInit    = "video/mp4"
	typeSegment = "video/iso.segment"
	typeAudio   = "audio/mp4"
)

// Extent is a range of bytes of a track file.
type Extent struct {
	Track     TrackID
	Offset    int64
	SizeBytes int64
}

// Plan is the answer to a request for media before any byte of it is read.
type Plan struct {
	ContentType string
	ETag        ETag // a function of what the URL names
	SizeBytes   int64
	// Extent is where the bytes lie.
	Extent Extent
	// Body is the answer itself where the index already holds it (init segments); else nil. It must not be changed.
	Body []byte
}

// Init plans the init segment of a track. The error wraps ErrNoTrack.
func (p *Presentation) Init(id TrackID) (Plan, error) {
	t := p.Track(id)
	if t == nil {
		return Plan{}, fmt.Errorf("track %s of asset %s: %w", id, p.Asset, ErrNoTrack)
	}
	return Plan{
		ContentType: t.contentType(),
		ETag:        mediaETag(Resource{Kind: InitSegment, Track: id}),
		SizeBytes:   int64(len(t.Init)),
		Extent:      Extent{Track: id, SizeBytes: int64(len(t.Init))},
		Body:        t.Init,
	}, nil
}

// Segment plans media segment number (from 1) of a track under the segmentation of targetSeconds
// (1 to [MaxTargetSeconds]). The error wraps ErrNoTrack or ErrNoSegment.
func (p *Presentation) Segment(id TrackID, targetSeconds, number int) (Plan, error) {
	t := p.Track(id)
	if t == nil {
		return Plan{}, fmt.Errorf("track %s of asset %s: %w", id, p.Asset, ErrNoTrack)
	}
	s := p.Segmentation(targetSeconds)
	if number < 1 || number > s.Len() {
		return Plan{}, fmt.Errorf("segment %d of %d of track %s: %w", number, s.Len(), id, ErrNoSegment)
	}
	first, _ := s.Intervals(number)
	size := s.SizeBytes(t, number)
	contentType := typeSegment
	if t.Kind == Audio {
		contentType = typeAudio
	}
	return Plan{
		ContentType: contentType,
		ETag:        mediaETag(Resource{Kind: MediaSegment, Track: id, TargetSeconds: targetSeconds, Number: number}),
		SizeBytes:   size,
		Extent:      Extent{Track: id, Offset: t.Fragments[first].Offset, SizeBytes: size},
	}, nil
}

// Plan plans the segment or the file that r names. The error wraps ErrNoTrack or ErrNoSegment.
func (p *Presentation) Plan(r Resource) (Plan, error) {
	switch r.Kind {
	case InitSegment:
		return p.Init(r.Track)
	case MediaSegment:
		return p.Segment(r.Track, r.TargetSeconds, r.Number)
	case TSSegment:
		return p.TransportSegment(r)
	case OnDemandFile:
		return p.planOnDemand(r)
	default:
		return Plan{}, fmt.Errorf("%s is no media: %w", r.AppendPath(nil), ErrNoTrack)
	}
}

// ETag is a strong entity tag (RFC 9110 §8.8.3).
type ETag uint64

// Append appends the tag with its quotes.
func (e ETag) Append(dst []byte) []byte { return append(e.append(dst), '"') }

// AppendCoded appends the tag of the same content in a content coding such as "gzip": other bytes need another strong
// tag (RFC 9110 §8.8.3.3).
func (e ETag) AppendCoded(dst []byte, coding string) []byte {
	dst = append(e.append(dst), '-')
	dst = append(dst, coding...)
	return append(dst, '"')
}

func (e ETag) append(dst []byte) []byte { return strconv.AppendUint(append(dst, '"'), uint64(e), 16) }

// String returns the tag with its quotes.
func (e ETag) String() string { return string(e.Append(nil)) }

// mediaETag derives the tag from the path: a track's bytes never change and the path names everything that selects
// them, so equal paths mean equal bytes on every node.
func mediaETag(r Resource) ETag {
	var scratch [128]byte
	return ETag(xxhash.Sum64(r.AppendPath(scratch[:0])))
}

// ManifestETag returns the strong ETag of a manifest: a function of the index's bytes, the options, the resource and
// version, which the writer of the manifest raises when its output changes.
func (p *Presentation) ManifestETag(o Options, r Resource, version int) ETag {
	var scratch [256]byte
	key := strconv.AppendUint(scratch[:0], p.Checksum, 16)
	key = append(key, '/')
	key = o.Append(key)
	key = append(key, '/')
	key = r.AppendPath(key)
	key = append(key, '/')
	key = strconv.AppendInt(key, int64(version), 10)
	return ETag(xxhash.Sum64(key))
}
