package ffmpeg

import (
	"slices"
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

// encoding writes the commands of a plan.
type encoding struct {
	source   *Source
	timeline timeline
	preset   string // x264's
}

// recipe writes the command for outputs. It decodes each stream once. keys is the value of -force_key_frames; empty
// leaves only the first picture a key frame.
//
// Timestamps stay the source's: -copyts, encoders that count the output's timescale, and no rate conversion. Video and
// each sound are filtered in graphs of their own, so that a change in the middle of one does not restart the others.
func (e encoding) recipe(outputs []Output, keys string) *Recipe {
	r := &Recipe{Outputs: outputs, InputArgs: []string{"-copyts"}}
	for _, graph := range e.graphs(outputs) {
		r.OutputArgs = append(r.OutputArgs, "-filter_complex", graph)
	}
	for i, o := range outputs {
		r.OutputArgs = append(r.OutputArgs, "-map", e.mapped(o, i))
		r.OutputArgs = append(r.OutputArgs, e.codecArgs(o, keys)...)
		r.OutputArgs = append(r.OutputArgs, containerArgs(o)...)
		r.OutputArgs = append(r.OutputArgs, OutputURL(i))
	}
	needed := slices.DeleteFunc(slices.Clone(outputs), func(o Output) bool { return o.Expendable })
	if len(needed) < len(outputs) {
		r.Spare = e.recipe(needed, keys)
	}
	return r
}

// mapped names what output i shows: the packets of a stream, or the end of a graph.
func (e encoding) mapped(o Output, i int) string {
	if o.Copy {
		return "0:" + strconv.Itoa(o.Stream)
	}
	return pad(i)
}

func (e encoding) codecArgs(o Output, keys string) []string {
	if o.Kind == packager.Audio {
		return audioArgs(o)
	}
	timescale := strconv.Itoa(int(e.timeline.timescale))
	args := []string{"-video_track_timescale", timescale}
	switch {
	case !o.Copy:
		return append(append(args, "-enc_time_base", "1:"+timescale), e.videoArgs(o, keys)...)
	default:
		return append(args, e.copyArgs()...)
	}
}

// copyArgs keep the packets of the source's video, and, being unofficial, its configuration of Dolby Vision.
func (e encoding) copyArgs() []string {
	args := []string{"-c:v", "copy"}
	if e.source.Video.Codec == "hevc" {
		args = append(args, "-tag:v", "hvc1") // parameter sets in the sample entry alone
	}
	if e.source.Video.HDR.DolbyVision != (DolbyVision{}) {
		args = append(args, "-strict", "unofficial")
	}
	return args
}

// containerArgs write a fragmented MP4 file that keeps absolute times: without frag_discont they would be lost, with
// edit lists or avoid_negative_ts moved. A copied AAC stream, AC-3 and AV1 tell their configuration only with their first
// packet, so there the header waits for that.
func containerArgs(o Output) []string {
	flags := "+frag_discont+empty_moov+default_base_moof"
	if o.Kind == packager.Audio && (o.Copy || o.Codec != "") || o.Rung.Codec == "av1" {
		flags += "+delay_moov"
	}
	return []string{
		"-map_metadata", "-1", "-map_chapters", "-1", "-avoid_negative_ts", "disabled", "-use_editlist", "0",
		"-movflags", flags, "-frag_duration", "1000000", "-f", "mp4",
	}
}

// keysAt returns the value of -force_key_frames for key frames at cuts, in v's time base, without the first, which the
// encoder makes anyway, and the last, which is the end. Each time lies half a frame before its picture, because ffmpeg
// takes the first picture at or after a time and reads times as decimals. It reports false when that is too long for
// an argument.
func keysAt(v *VideoStream, cuts []packager.Ticks) (keys string, short bool) {
	half := v.TimeBase.Seconds(v.MinFrameDuration) / 2
	decimals := 2
	for rounding := 0.005; rounding > half/2 && decimals < 6; rounding /= 10 {
		decimals++
	}
	times := make([]string, 0, len(cuts))
	for _, cut := range cuts[1 : len(cuts)-1] {
		times = append(times, strconv.FormatFloat(v.TimeBase.Seconds(cut)-half, 'f', decimals, 64))
	}
	keys = strings.Join(times, ",")
	return keys, len(keys) <= maxArgumentBytes
}
