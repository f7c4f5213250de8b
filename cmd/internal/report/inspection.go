package report

import (
	"time"

	"headwater/packager"
)

// Inspection is what is known of an asset or a file.
type Inspection struct {
	// Name is the asset's id or the file's path.
	Name string `json:"name"`
	// Kind is "asset", "track file", "presentation index" or "media file".
	Kind string `json:"kind"`
	// State and Reason are those of an asset's last job; empty for files.
	State  string `json:"state,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Visibility, PublishAt, ExpireAt and Policy say who may watch an asset; zero times and an empty policy are none.
	Visibility string    `json:"visibility,omitempty"`
	PublishAt  time.Time `json:"publish_at,omitzero"`
	ExpireAt   time.Time `json:"expire_at,omitzero"`
	Policy     string    `json:"policy,omitempty"`
	// Generation is the published one; 0 where there is none.
	Generation      uint32  `json:"generation,omitempty"`
	Format          string  `json:"format,omitempty"` // of a media file, in ffprobe's words
	SizeBytes       int64   `json:"size_bytes"`
	DurationSeconds float64 `json:"duration_seconds"`
	Grid            *Grid   `json:"grid,omitempty"`
	Tracks          []Track `json:"tracks"`
}

// Grid is the list of cut instants that the tracks share.
type Grid struct {
	ID        string `json:"id"`
	Timescale uint32 `json:"timescale"`
	// Cuts count the timescale's ticks: one more than there are intervals.
	Cuts []int64 `json:"cuts"`
}

// Track is one rendition, or one stream of a media file.
type Track struct {
	ID              string     `json:"id"`
	Kind            string     `json:"kind"`
	Codec           string     `json:"codec"`
	Language        string     `json:"language,omitempty"`
	Label           string     `json:"label,omitempty"`
	Role            string     `json:"role,omitempty"`
	Default         bool       `json:"default,omitempty"`
	Width           int        `json:"width,omitempty"`
	Height          int        `json:"height,omitempty"`
	FrameRate       float64    `json:"frame_rate,omitempty"` // frames per second
	VideoRange      string     `json:"video_range,omitempty"`
	DolbyVision     string     `json:"dolby_vision,omitempty"` // of a file its profile, such as 8.1; of a track the codec, such as dvh1.08.07/db1p
	Channels        int        `json:"channels,omitempty"`
	SampleRate      int        `json:"sample_rate,omitempty"` // hertz
	Timescale       uint32     `json:"timescale,omitempty"`
	SizeBytes       int64      `json:"size_bytes,omitempty"`
	BitRate         int64      `json:"bit_rate"` // bits per second over the whole track
	DurationSeconds float64    `json:"duration_seconds"`
	Fragments       []Fragment `json:"fragments,omitempty"`
}

// Fragment is one moof and mdat of a track. Times count the track's timescale.
type Fragment struct {
	Offset     int64 `json:"offset"`
	SizeBytes  int64 `json:"size_bytes"`
	DecodeTime int64 `json:"decode_time"`
	Duration   int64 `json:"duration"`
	Samples    int   `json:"samples"`
}

// Presentation fills the fields that a presentation knows.
func (i *Inspection) Presentation(p *packager.Presentation) {
	i.Generation = p.Generation
	i.DurationSeconds = seconds(p.Grid.End(), p.Grid.Timescale)
	i.Grid = &Grid{ID: string(p.Grid.ID), Timescale: uint32(p.Grid.Timescale), Cuts: make([]int64, len(p.Grid.Cuts))}
	for n, cut := range p.Grid.Cuts {
		i.Grid.Cuts[n] = int64(cut)
	}
	for n := range p.Tracks {
		i.Tracks = append(i.Tracks, PackagedTrack(&p.Tracks[n]))
		i.SizeBytes += p.Tracks[n].SizeBytes
	}
}

// PackagedTrack describes a stored track.
func PackagedTrack(t *packager.Track) Track {
	track := Track{
		ID: string(t.ID), Kind: t.Kind.String(), Codec: t.Codec, Language: t.Language, Label: t.Label,
		Role: t.Role.String(), Default: t.Default, Timescale: uint32(t.Timescale), SizeBytes: t.SizeBytes,
		DurationSeconds: seconds(t.Duration(), t.Timescale),
		Fragments:       make([]Fragment, len(t.Fragments)),
	}
	if t.Kind == packager.Video {
		track.Width, track.Height = int(t.Video.Width), int(t.Video.Height)
		track.FrameRate = float64(t.Video.FrameRate.Num) / float64(t.Video.FrameRate.Den)
		track.VideoRange, track.DolbyVision = t.Video.Colour.VideoRange(), t.SupplementalCodec
	} else {
		track.Channels, track.SampleRate = int(t.Audio.Channels), int(t.Audio.SampleRate)
	}
	if track.DurationSeconds > 0 {
		track.BitRate = int64(float64(8*t.SizeBytes) / track.DurationSeconds)
	}
	for n, f := range t.Fragments {
		track.Fragments[n] = Fragment{f.Offset, int64(f.SizeBytes), int64(f.DecodeTime), int64(f.Duration), int(f.Samples)}
	}
	return track
}

func seconds(t packager.Ticks, scale packager.Timescale) float64 { return float64(t) / float64(scale) }

// formatSeconds writes a length for people: 250ms, 12.5s, 1m4s, 2h3m5s.
func formatSeconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}
