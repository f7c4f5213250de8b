package ffmpeg

import (
	"math"
	"time"

	"headwater/packager"
)

// Source describes what is really in a media file: declared by its container, corrected by the first decoded frames
// and by the times of all its packets. It holds at least one playable stream. Times of a stream count its TimeBase and
// lie on the timeline that all streams of the file share, as ffmpeg -copyts keeps it; they may be negative.
type Source struct {
	Format    string // ffprobe's format name, such as "mov,mp4,m4a,3gp,3g2,mj2"
	SizeBytes int64
	// Video is the stream worth watching: the largest picture, then the default one, then the first. Cover art, data
	// and time code streams are none. Nil for audio-only sources.
	Video     *VideoStream
	Audio     []AudioStream    // in the file's order
	Subtitles []SubtitleStream // in the file's order
}

// Rational is an exact fraction. Den is positive.
type Rational struct{ Num, Den int64 }

// VideoStream describes one stream of pictures.
type VideoStream struct {
	Index   int    // in the file, as -map 0:Index takes it
	Codec   string // ffmpeg's name, such as "h264"
	Profile string // ffmpeg's name, such as "High"; may be empty
	Level   int    // as the codec writes it: 41 is H.264 level 4.1; negative when unknown

	// Width and Height are the decoded picture in samples, after cropping and before rotation.
	Width, Height int
	// SampleAspect is the width of a sample over its height; 1/1 when the source does not say.
	SampleAspect Rational
	// Rotation is how many degrees clockwise the picture must be turned to stand upright: 0, 90, 180 or 270.
	Rotation int
	// Mirrored reports a display matrix that also flips the picture, or turns it by an angle that Rotation cannot hold.
	Mirrored bool
	// Interlaced reports fields instead of frames, by the decoded frames where there are any, else by the container.
	Interlaced bool
	// TopFieldFirst tells which field of an interlaced frame comes first.
	TopFieldFirst bool
	PixelFormat   string // ffmpeg's name, such as "yuv420p10le"
	BitDepth      int    // bits of one component, 8 to 16
	Colour        packager.Colour
	HDR           HDR
	BitRate       int64 // bits per second over the whole stream, from its packets
	ReorderDepth  int   // frames that may be held back for reordering (has_b_frames)

	TimeBase         Rational // seconds per tick
	AverageFrameRate Rational // frames per second; 0/1 when unknown
	// Start is the presentation time of the first frame that decodes and that no edit list hides; End is where the
	// last one ends.
	Start, End packager.Ticks
	Packets    int // all packets, the discarded ones too
	Discarded  int // packets that an edit list hides
	Backwards  int // packets that are to be decoded before the one before them: pieces of other files were joined
	// Keys are the presentation times of the key packets that are shown, rising. The stream can be cut without
	// re-encoding only at these, and only if OpenGOP is false.
	Keys []packager.Ticks
	// OpenGOP reports pictures that follow a key packet in the file but are shown before it.
	OpenGOP bool
	// ParametersChange reports that the container announces new codec parameters after the first packet.
	ParametersChange bool
	// MinFrameDuration and MaxFrameDuration are the extremes of the distance between frames in presentation order;
	// 0 with fewer than two frames. They differ by more than rounding when the frame rate varies.
	MinFrameDuration, MaxFrameDuration packager.Ticks
}

// HDR holds what the source says of its pictures beside their colour. Zero values are unknown.
type HDR struct {
	// Light is the static metadata: the bitstream's, where it has any, else the container's.
	Light packager.LightLevels
	// DolbyVision is the configuration in the container, or what the metadata in the bitstream shows where there is none.
	DolbyVision DolbyVision
}

// DolbyVision tells one form of Dolby Vision from another. The zero value is none.
type DolbyVision struct {
	// Profile is dv_profile: 5, 7, 8 or 10 in what people have.
	Profile int
	// Compatibility is dv_bl_signal_compatibility_id: 0 none, 1 HDR10, 2 SDR, 4 HLG, 6 Ultra HD Blu-ray.
	Compatibility int
}

// AudioStream describes one stream of sound.
type AudioStream struct {
	Index         int    // in the file, as -map 0:Index takes it
	Codec         string // ffmpeg's name, such as "aac"
	Profile       string // ffmpeg's name, such as "LC" or "HE-AAC"; may be empty
	Channels      int
	ChannelLayout string // ffmpeg's name, such as "5.1(side)"; may be empty
	SampleRate    int
	Language      string // BCP 47, "und" when unknown
	Title         string // from outside: escape it; may be empty
	Default       bool
	Role          packager.Role
	BitRate       int64 // bits per second over the whole stream, from its packets

	TimeBase Rational // seconds per tick
	// Start is the time of the first sample that is heard, after encoder priming and edit lists; End is where the last
	// packet ends.
	Start, End packager.Ticks
	Packets    int // all packets, the discarded ones too
	Discarded  int // packets that an edit list hides
	// Priming is the length that decoders drop before Start inside the first packets that are shown.
	Priming packager.Ticks
	// PacketDuration is the mean length of the packets that are shown.
	PacketDuration packager.Ticks
	// MaxDrift is the largest distance between the time of a packet and the time at which the packets before it end
	// when they are played without gaps. Up to two ticks of it are rounding.
	MaxDrift packager.Ticks
	// Discontinuities counts the packets that do not start where the one before ends, give or take half a packet.
	Discontinuities int
}

// SubtitleStream names one stream of subtitles.
type SubtitleStream struct {
	Index    int    // in the file, as -map 0:Index takes it
	Codec    string // ffmpeg's name, such as "subrip"
	Language string // BCP 47, "und" when unknown
}

// Duration returns the time from the first start to the last end of the source's video and audio, rounded down to a
// microsecond and held inside what a duration can express.
func (s *Source) Duration() time.Duration {
	var start, end time.Duration
	first := true
	include := func(from, to packager.Ticks, base Rational) {
		a, b := base.Duration(from), base.Duration(to)
		if first || a < start {
			start = a
		}
		if first || b > end {
			end = b
		}
		first = false
	}
	if s.Video != nil {
		include(s.Video.Start, s.Video.End, s.Video.TimeBase)
	}
	for i := range s.Audio {
		include(s.Audio[i].Start, s.Audio[i].End, s.Audio[i].TimeBase)
	}
	if start < 0 && end > math.MaxInt64+start {
		return math.MaxInt64
	}
	return (end - start).Truncate(time.Microsecond)
}

// DisplaySize returns the size of the upright picture with square samples, not rounded to even numbers: samples are
// stretched along the axis that keeps every decoded line or column, and the rotation is applied.
func (v *VideoStream) DisplaySize() (width, height int) {
	width, height = v.Width, v.Height
	if aspect := v.SampleAspect; aspect.Num > aspect.Den {
		width = int((int64(width)*aspect.Num + aspect.Den/2) / aspect.Den)
	} else {
		height = int((int64(height)*aspect.Den + aspect.Num/2) / aspect.Num)
	}
	if v.Rotation == 90 || v.Rotation == 270 {
		return height, width
	}
	return width, height
}
