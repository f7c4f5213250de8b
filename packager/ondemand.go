package packager

import "fmt"

// OnDemand says where everything lies in the on-demand file of a track: its init segment, one sidx, then its fragments as
// they are stored (ISO/IEC 23009-1 §6.3.5.2, ISO/IEC 14496-12 §8.16.3).
type OnDemand struct {
	Layout          // its head is the init segment and the sidx
	InitBytes int64 // from 0: ftyp and moov
}

// Sizes of a sidx of version 1 without and of each reference in it.
const (
	sidxBytes          = 40
	sidxReferenceBytes = 12
)

// maxSidxReferences is what the 16 bits of a sidx count: 36 hours of 2 s.
const maxSidxReferences = 1<<16 - 1

// OnDemandFile says what the on-demand file of a track looks like. The error wraps ErrNoTrack, also where the track has more
// fragments than an index can refer to. It does not allocate unless it fails.
func (p *Presentation) OnDemandFile(id TrackID) (OnDemand, error) {
	t := p.Track(id)
	if t == nil || len(t.Fragments) > maxSidxReferences {
		return OnDemand{}, fmt.Errorf("file of track %s of asset %s: %w", id, p.Asset, ErrNoTrack)
	}
	init := int64(len(t.Init))
	head := init + sidxBytes + sidxReferenceBytes*int64(len(t.Fragments))
	return OnDemand{Layout{HeadBytes: head, Tracks: [2]*Track{t}}, init}, nil
}

// planOnDemand plans the whole file; [Presentation.OnDemandFile] says where its bytes lie.
func (p *Presentation) planOnDemand(r Resource) (Plan, error) {
	file, err := p.OnDemandFile(r.Track)
	if err != nil {
		return Plan{}, err
	}
	return Plan{ContentType: file.Tracks[0].contentType(), ETag: mediaETag(r), SizeBytes: file.SizeBytes()}, nil
}

// contentType returns the MIME type of an MP4 file of t.
func (t *Track) contentType() string {
	if t.Kind == Audio {
		return typeAudio
	}
	return typeInit
}
