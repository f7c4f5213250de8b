package ffmpeg

import (
	"fmt"
	"strconv"
	"strings"

	"headwater/packager"
)

// ownGrid forces a key frame at the first picture and at the first one of every second second after it. ffmpeg counts t
// from the first picture it encodes; half a millisecond of slack keeps the rounding of t from choosing another picture
// than the nearest one.
const ownGrid = "expr:gte(t,n_forced*2-0.0005)"

// maxArgumentBytes bounds one argument, below the kernel's limit of 128 KiB (MAX_ARG_STRLEN).
const maxArgumentBytes = 120 << 10

// noKeysOfItsOwn are x264's key frame intervals that leave every IDR picture to -force_key_frames. At a change of scene
// x264 then still begins anew with an I picture, which is none.
const noKeysOfItsOwn = "keyint=infinite:min-keyint=536870911"

// newRecipe writes the command for outputs. It decodes each stream once. keys is the value of -force_key_frames.
//
// Timestamps stay the source's: -copyts, encoders that count the output's timescale, and no rate conversion. Streams
// are filtered in graphs of their own, so that a change in the middle of one does not restart the others.
func newRecipe(s *Source, t timeline, outputs []Output, keys string) *Recipe {
	r := &Recipe{Outputs: outputs, InputArgs: []string{"-copyts"}}
	if graph := videoGraph(s.Video, t, outputs); graph != "" {
		r.OutputArgs = append(r.OutputArgs, "-filter_complex", graph)
	}
	for i, o := range outputs {
		if o.Kind == packager.Audio && !o.Copy {
			r.OutputArgs = append(r.OutputArgs, "-filter_complex", audioGraph(streamOf(s, o), o, t, i))
		}
	}
	for i, o := range outputs {
		r.OutputArgs = append(r.OutputArgs, outputArgs(s, t, o, i, keys)...)
	}
	return r
}

func streamOf(s *Source, o Output) *AudioStream {
	for i := range s.Audio {
		if s.Audio[i].Index == o.Stream {
			return &s.Audio[i]
		}
	}
	panic(fmt.Sprintf("ffmpeg: output of audio stream %d that the source has not", o.Stream))
}

// outputArgs maps, encodes and writes output i.
func outputArgs(s *Source, t timeline, o Output, i int, keys string) []string {
	args := []string{"-map", "[" + label(i) + "]"}
	if o.Copy {
		args[1] = "0:" + strconv.Itoa(o.Stream)
	}
	switch {
	case o.Kind == packager.Video && o.Copy:
		args = append(args, copyVideoArgs(s.Video)...)
	case o.Kind == packager.Video:
		args = append(args, encodeVideoArgs(t, o, keys)...)
	case o.Copy:
		args = append(args, "-c:a", "copy", "-bsf:a", "aac_adtstoasc")
	default:
		args = append(args, "-c:a", "aac", "-b:a", strconv.FormatInt(o.BitRate, 10))
	}
	if o.Kind == packager.Video {
		args = append(args, "-video_track_timescale", strconv.Itoa(int(t.timescale)))
	}
	return append(args, containerArgs(o, i)...)
}

// copyVideoArgs keeps the pictures. Parameter sets of HEVC belong in the sample entry alone (hvc1).
func copyVideoArgs(v *VideoStream) []string {
	if v.Codec == "hevc" {
		return []string{"-c:v", "copy", "-tag:v", "hvc1"}
	}
	return []string{"-c:v", "copy"}
}

// encodeVideoArgs encodes to H.264. The encoder counts the same ticks as the track, and the frame rate is told apart
// from them because rate control and the level depend on it.
func encodeVideoArgs(t timeline, o Output, keys string) []string {
	params := noKeysOfItsOwn
	if o.FrameRate.Num > 0 {
		params += ":fps=" + o.FrameRate.String()
	}
	return []string{
		"-c:v", "libx264", "-preset", o.Rung.preset, "-profile:v", "high",
		"-crf", strconv.Itoa(o.Rung.CRF),
		"-maxrate", strconv.FormatInt(o.Rung.MaxBitRate, 10), "-bufsize", strconv.FormatInt(o.Rung.BufferBits, 10),
		"-enc_time_base", "1:" + strconv.Itoa(int(t.timescale)), "-fps_mode", "passthrough",
		"-forced-idr", "1", "-force_key_frames", keys, "-x264-params", params,
	}
}

// containerArgs writes a fragmented MP4 file that keeps absolute times: without frag_discont they would be lost, with
// edit lists or avoid_negative_ts moved. A copied AAC stream may tell its configuration only with its first packet, so
// there the header waits for that.
func containerArgs(o Output, i int) []string {
	flags := "+frag_discont+empty_moov+default_base_moof"
	if o.Copy && o.Kind == packager.Audio {
		flags += "+delay_moov"
	}
	return []string{
		"-map_metadata", "-1", "-map_chapters", "-1",
		"-avoid_negative_ts", "disabled", "-use_editlist", "0",
		"-movflags", flags, "-frag_duration", "1000000", "-f", "mp4", OutputURL(i),
	}
}

// label names the filtered pictures or sound of output i.
func label(i int) string { return "o" + strconv.Itoa(i) }

// keysAt returns the value of -force_key_frames for key frames at cuts, in v's time base, without the first, which the
// encoder makes anyway, and the last, which is the end. Each time lies half a frame before its picture, because ffmpeg
// reads microseconds and takes the first picture at or after a time. It reports false when that is too long for an
// argument.
func keysAt(v *VideoStream, cuts []packager.Ticks) (keys string, short bool) {
	half := v.TimeBase.Seconds(v.MinFrameDuration) / 2
	decimals := 2
	for quarter := half / 2; decimals < 6 && quarter < 0.005; quarter *= 10 {
		decimals++
	}
	times := make([]string, 0, len(cuts))
	size := 0
	for _, cut := range cuts[1 : len(cuts)-1] {
		time := strconv.FormatFloat(v.TimeBase.Seconds(cut)-half, 'f', decimals, 64)
		times = append(times, time)
		size += len(time) + 1
	}
	return strings.Join(times, ","), size <= maxArgumentBytes
}
