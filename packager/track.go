package packager

import "fmt"

// Kind is the media type of a track.
type Kind uint8

// The kinds of track. Their numbers are stored in the presentation index.
const (
	Video Kind = 1
	Audio Kind = 2
)

// String returns "video" or "audio", as DASH's contentType writes it.
func (k Kind) String() string {
	switch k {
	case Video:
		return "video"
	case Audio:
		return "audio"
	default:
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
}

// Role says what a track is for, in the words of the DASH role scheme urn:mpeg:dash:role:2011.
type Role uint8

// The roles of a track. Their numbers are stored in the presentation index.
const (
	RoleMain        Role = 0
	RoleAlternate   Role = 1
	RoleCommentary  Role = 2
	RoleDub         Role = 3
	RoleDescription Role = 4
)

var roleNames = [...]string{"main", "alternate", "commentary", "dub", "description"}

// String returns the value of the DASH Role descriptor.
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return fmt.Sprintf("role(%d)", uint8(r))
}

// Track is the parsed view of one rendition: one stored CMAF track file of fragments that are cut on the grid of the
// presentation, one fragment for each interval of it. Zero of its timeline is the first presented video sample (of the
// first audio sample where there is no video).
type Track struct {
	ID   TrackID
	Kind Kind
	// Codec is the RFC 6381 codecs value read from the bitstream's configuration, such as "avc1.64001F".
	Codec     string
	Timescale Timescale
	// Language is a BCP 47 tag, "und" when unknown.
	Language string
	// Label is the source's title of the track, for people; may be empty. It comes from outside: escape it.
	Label string
	Role  Role
	// Default marks the audio track that plays when the viewer chose none.
	Default bool
	// SupplementalCodec is what players of an enhanced form of the codec look for, such as "dvh1.08.07/db1p": HLS's
	// SUPPLEMENTAL-CODECS. Empty for none.
	SupplementalCodec string
	// ReorderDelay is how far the composition offset of any sample goes below 0: added to all presentation times it makes
	// every one at least the decode time, as transport streams need it.
	ReorderDelay Ticks
	// SampleTableBytes is the size of the track's sample-table sidecar; 0 when there is none.
	SampleTableBytes uint32
	Video            VideoFormat // set when Kind is Video
	Audio            AudioFormat // set when Kind is Audio
	// SizeBytes is the size of the whole track file.
	SizeBytes int64
	// Init is the init segment: ftyp and moov, the first len(Init) bytes of the track file.
	Init      []byte
	Fragments []Fragment
}

// VideoFormat describes the pictures of a video track. Samples are square: Width by Height is what is shown.
type VideoFormat struct {
	Width, Height uint16
	FrameRate     FrameRate
	Colour        Colour
}

// FrameRate is frames per second as a fraction, such as 30000/1001; for variable frame rate the average.
type FrameRate struct{ Num, Den uint32 }

// Colour holds the code points of ISO/IEC 23091-2 (H.273); 2 means unspecified.
type Colour struct {
	Primaries, Transfer, Matrix uint8
	FullRange                   bool
}

// VideoRange returns "SDR", "PQ" or "HLG" from the transfer characteristics, as HLS's VIDEO-RANGE writes it
// (transfer 16 is PQ, 18 is HLG).
func (c Colour) VideoRange() string {
	switch c.Transfer {
	case 16:
		return "PQ"
	case 18:
		return "HLG"
	default:
		return "SDR"
	}
}

// AudioFormat describes the sound of an audio track.
type AudioFormat struct {
	Channels   uint8 // 1 to 8; 6 is 5.1
	SampleRate uint32
	// FrameSamples is the number of PCM samples in one coded frame (1024 for AAC-LC).
	FrameSamples uint32
}

// maxChannels is what the channel configurations of ISO/IEC 23091-3 that manifests write go up to.
const maxChannels = 8

// reservedTrackID would give a media playlist the path of the multivariant playlist.
const reservedTrackID TrackID = "master"

// Fragment is one moof and mdat of a track file, covering one interval of the grid.
type Fragment struct {
	Offset               int64  // of the moof in the track file
	SizeBytes            uint32 // moof and mdat together
	MoofSizeBytes        uint32
	DecodeTime           Ticks // tfdt; also the earliest presentation time
	Duration             Ticks
	FirstSampleSizeBytes uint32 // of the sync sample, for I-frame playlists
	Samples              uint32
	// TSPackets is how many packets the fragment takes in an MPEG transport stream; 0 in all fragments of a track whose codec
	// has no place there, or whose index is older than transport streams are. TSClockPackets of them have no payload.
	TSPackets, TSClockPackets uint32
}

// End returns the decode time just after the fragment.
func (f Fragment) End() Ticks { return f.DecodeTime + f.Duration }

// mdatHeaderBytes is what stands between a moof and the first sample: no mdat is so large that it needs a longer header.
const mdatHeaderBytes = 8

// IFrameBytes returns how many bytes of a fragment of pictures, from its moof on, hold its first one (HLS Authoring
// Specification 6.10).
func (f Fragment) IFrameBytes() int64 {
	return int64(f.MoofSizeBytes) + mdatHeaderBytes + int64(f.FirstSampleSizeBytes)
}

// Duration returns the length of the whole track.
func (t *Track) Duration() Ticks {
	if len(t.Fragments) == 0 {
		return 0
	}
	return t.Fragments[len(t.Fragments)-1].End()
}

// CodecFamily returns the name by which the option codecs selects the track: "avc", "hevc", "av1", "vp9", "aac",
// "ac3", "ec3", "opus", "flac" or "mp3"; empty for a codec that has none.
func (t *Track) CodecFamily() string { return codecFamily(t.Codec) }

// InTransportStreams reports whether t can be delivered as an MPEG transport stream: its index counts the packets.
func (t *Track) InTransportStreams() bool {
	return len(t.Fragments) > 0 && t.Fragments[0].TSPackets > 0
}

// Validate reports the first rule of the package that t breaks. intervals is the number of intervals of its grid.
func (t *Track) Validate(intervals int) error {
	if err := validateID("track", string(t.ID)); err != nil {
		return err
	}
	if t.ID == reservedTrackID {
		return fmt.Errorf("track id %q: hls/%s.m3u8 is the multivariant playlist", t.ID, t.ID)
	}
	if t.ReorderDelay < 0 || t.ReorderDelay > maxTicks {
		return fmt.Errorf("track %s: reorder delay of %d ticks", t.ID, t.ReorderDelay)
	}
	if t.Timescale == 0 {
		return fmt.Errorf("track %s: timescale is 0", t.ID)
	}
	if codecFamily(t.Codec) == "" {
		return fmt.Errorf("track %s: unknown codec %q", t.ID, t.Codec)
	}
	if len(t.Fragments) != intervals {
		return fmt.Errorf("track %s: %d fragments for %d grid intervals", t.ID, len(t.Fragments), intervals)
	}
	if err := t.validateFormat(); err != nil {
		return err
	}
	offset, decodeTime := int64(len(t.Init)), Ticks(0)
	if intervals > 0 && t.Kind == Audio {
		decodeTime = t.Fragments[0].DecodeTime // may start up to one packet late, see ADR 0001
	}
	for i, f := range t.Fragments {
		if f.Offset != offset || f.MoofSizeBytes == 0 || f.MoofSizeBytes >= f.SizeBytes || f.FirstSampleSizeBytes > f.SizeBytes-f.MoofSizeBytes {
			return fmt.Errorf("track %s: fragment %d: extent %d+%d (moof %d, first sample %d) where offset %d is due",
				t.ID, i, f.Offset, f.SizeBytes, f.MoofSizeBytes, f.FirstSampleSizeBytes, offset)
		}
		if f.DecodeTime != decodeTime || f.DecodeTime < 0 || f.Duration <= 0 || f.Samples == 0 {
			return fmt.Errorf("track %s: fragment %d: %d samples, %d ticks at %d where decode time %d is due",
				t.ID, i, f.Samples, f.Duration, f.DecodeTime, decodeTime)
		}
		if (f.TSPackets > 0) != t.InTransportStreams() || f.TSClockPackets > 0 && f.TSClockPackets >= f.TSPackets {
			return fmt.Errorf("track %s: fragment %d: %d transport packets, %d of them without payload",
				t.ID, i, f.TSPackets, f.TSClockPackets)
		}
		offset += int64(f.SizeBytes)
		decodeTime += f.Duration
		if decodeTime > maxTicks {
			return fmt.Errorf("track %s: fragment %d: ends at %d, past the limit %d", t.ID, i, decodeTime, maxTicks)
		}
	}
	if offset != t.SizeBytes {
		return fmt.Errorf("track %s: fragments end at %d of %d bytes", t.ID, offset, t.SizeBytes)
	}
	return nil
}

func (t *Track) validateFormat() error {
	switch t.Kind {
	case Video:
		if v := t.Video; v.Width == 0 || v.Height == 0 || v.FrameRate.Num == 0 || v.FrameRate.Den == 0 {
			return fmt.Errorf("track %s: video format %+v", t.ID, v)
		}
	case Audio:
		if a := t.Audio; a.Channels == 0 || a.Channels > maxChannels || a.SampleRate == 0 || a.FrameSamples == 0 {
			return fmt.Errorf("track %s: audio format %+v", t.ID, a)
		}
	default:
		return fmt.Errorf("track %s: %s", t.ID, t.Kind)
	}
	return nil
}
