package packager

import "fmt"

// TransportPacketBytes is the size of an MPEG transport stream packet (ISO/IEC 13818-1 §2.4.3.2).
const TransportPacketBytes = 188

// transportTables is how many packets a segment begins with: a program association table and a program map table.
const transportTables = 2

// typeTransport is the MIME type of transport segments (HLS Authoring Specification 10.4).
const typeTransport = "video/mp2t"

// TransportSegment plans the transport stream segment that r, a TSSegment, names: its size, but not where its bytes lie,
// because they are made of the fragments of its tracks. The error wraps ErrNoTrack or ErrNoSegment. It does not allocate
// unless it fails.
func (p *Presentation) TransportSegment(r Resource) (Plan, error) {
	if err := p.checkTransport(r); err != nil {
		return Plan{}, err
	}
	s := p.Segmentation(r.TargetSeconds)
	if r.Number < 1 || r.Number > s.Len() {
		return Plan{}, fmt.Errorf("transport segment %d of %d of track %s: %w", r.Number, s.Len(), r.Track, ErrNoSegment)
	}
	return Plan{
		ContentType: typeTransport,
		ETag:        mediaETag(r),
		SizeBytes:   s.TransportBytes(r.Number, p.Track(r.Track), p.Track(r.Audio)),
	}, nil
}

// checkTransport reports ErrNoTrack unless the tracks of r can be in one transport stream: any one, or pictures and a sound.
func (p *Presentation) checkTransport(r Resource) error {
	track, audio := p.Track(r.Track), p.Track(r.Audio)
	switch {
	case track == nil || !track.InTransportStreams():
		return fmt.Errorf("track %s of asset %s in a transport stream: %w", r.Track, p.Asset, ErrNoTrack)
	case r.Audio == "":
		return nil
	case audio == nil || !audio.InTransportStreams() || track.Kind != Video || audio.Kind != Audio:
		return fmt.Errorf("tracks %s and %s of asset %s in one transport stream: %w", r.Track, r.Audio, p.Asset, ErrNoTrack)
	}
	return nil
}

// TransportBytes returns the size of segment number (1 to Len) as a transport stream of t and, unless it is nil, of audio.
func (s *Segmentation) TransportBytes(number int, t, audio *Track) int64 {
	first, end := s.Intervals(number)
	packets := int64(transportTables)
	for i := first; i < end; i++ {
		packets += int64(t.Fragments[i].TSPackets)
		if audio != nil {
			packets += int64(audio.Fragments[i].TSPackets)
		}
	}
	return packets * TransportPacketBytes
}
