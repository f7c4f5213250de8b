package packager

import "fmt"

// OnDemand says where everything lies in the on-demand file of a track: its init segment, one sidx, then its fragments as
// they are stored (ISO/IEC 23009-1 §6.3.5.2, ISO/IEC 14496-12 §8.16.3).
type OnDemand struct {
	Plan
	InitBytes int64 // from 0: ftyp and moov
	HeadBytes int64 // from 0: those and the sidx; the first fragment follows
}

// Sizes of a sidx of version 1 without and of each reference in it.
const (
	sidxBytes          = 40
	sidxReferenceBytes = 12
)

// OnDemandFile plans the on-demand file of a track. Its Extent is what follows the head. The error wraps ErrNoTrack. It
// does not allocate unless it fails.
func (p *Presentation) OnDemandFile(id TrackID) (OnDemand, error) {
	t := p.Track(id)
	if t == nil {
		return OnDemand{}, fmt.Errorf("file of track %s of asset %s: %w", id, p.Asset, ErrNoTrack)
	}
	contentType := typeInit
	if t.Kind == Audio {
		contentType = typeAudio
	}
	init := int64(len(t.Init))
	head := init + sidxBytes + sidxReferenceBytes*int64(len(t.Fragments))
	return OnDemand{
		Plan: Plan{
			ContentType: contentType,
			ETag:        mediaETag(Resource{Kind: OnDemandFile, Track: id}),
			SizeBytes:   head + t.SizeBytes - init,
			Extent:      Extent{Track: id, Offset: init, SizeBytes: t.SizeBytes - init},
		},
		InitBytes: init,
		HeadBytes: head,
	}, nil
}
