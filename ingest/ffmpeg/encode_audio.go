package ffmpeg

import "strconv"

// audioEncoders are those of sound beside AAC, by the codecs of Ladder.ExtraAudio.
var audioEncoders = map[string]struct {
	name string // ffmpeg's
	// stereoBitRate and surroundBitRate are in bits per second; 0 where the encoder has no such thing.
	stereoBitRate, surroundBitRate int64
	surround                       bool // it has 5.1 where the source does
	sampleRate                     int  // the only one that it takes; 0 for those that are kept
}{
	"ac3":  {"ac3", 192_000, 448_000, true, 48_000},
	"ec3":  {"eac3", 128_000, 384_000, true, 48_000},
	"opus": {"libopus", 96_000, 256_000, true, 48_000},
	"flac": {"flac", 0, 0, true, 0},
	"mp3":  {"libmp3lame", 128_000, 0, false, 0},
}

// audioArgs encode or copy the sound of o.
func audioArgs(o Output) []string {
	if o.Copy {
		return copyArgs(o)
	}
	bitRate := []string{"-b:a", strconv.FormatInt(o.BitRate, 10)}
	switch encoder := audioEncoders[o.Codec]; {
	case o.Codec == "":
		return append([]string{"-c:a", "aac"}, bitRate...)
	case o.Codec == "opus":
		// Every packet lasts 20 ms, and the layout of channels is the one that MP4 knows.
		return append([]string{"-c:a", encoder.name, "-frame_duration", "20", "-mapping_family", mappingFamily(o)}, bitRate...)
	case o.BitRate == 0:
		return []string{"-c:a", encoder.name, "-strict", "-2", "-sample_fmt", "s16", "-frame_size", "4608"}
	default:
		return append([]string{"-c:a", encoder.name}, bitRate...)
	}
}

// mappingFamily returns the family of channel mappings that o needs (RFC 7845 §5.1.1).
func mappingFamily(o Output) string {
	if o.Channels > stereo {
		return "1"
	}
	return "0"
}

// copyArgs keep the packets of o. Those of AAC may have headers of their own, which MP4 has no place for.
func copyArgs(o Output) []string {
	args := []string{"-c:a", "copy"}
	switch o.Codec {
	case "", "heaac":
		return append(args, "-bsf:a", "aac_adtstoasc")
	case "flac":
		return append(args, "-strict", "-2")
	default:
		return args
	}
}
