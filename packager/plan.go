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
	// ETag is a strong entity tag with its quotes (RFC 9110 §8.8.3), a function of what the URL names.
	ETag      string
	SizeBytes int64
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
	contentType := typeInit
	if t.Kind == Audio {
		contentType = typeAudio
	}
	return Plan{
		ContentType: contentType,
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

// mediaETag derives the tag from the path: a track's bytes never change and the path names everything that selects
// them, so equal paths mean equal bytes on every node.
func mediaETag(r Resource) string {
	var scratch [128]byte
	return quoteETag(xxhash.Sum64(r.AppendPath(scratch[:0])))
}

func quoteETag(hash uint64) string {
	tag := make([]byte, 0, 18)
	tag = append(tag, '"')
	tag = strconv.AppendUint(tag, hash, 16)
	return string(append(tag, '"'))
}

// ManifestETag returns the strong ETag of a manifest: a function of the index's bytes, the options, the resource and
// version, which the writer of the manifest raises when its output changes.
func (p *Presentation) ManifestETag(o Options, r Resource, version int) string {
	key := strconv.AppendUint(nil, p.Checksum, 16)
	key = append(key, '/')
	key = append(key, o.String()...)
	key = append(key, '/')
	key = r.AppendPath(key)
	key = append(key, '/')
	key = strconv.AppendInt(key, int64(version), 10)
	return quoteETag(xxhash.Sum64(key))
}
