package ffmpeg

import (
	"slices"
	"strconv"
)

// videoArgs encode o by the encoder of its rung's codec, with key frames at keys and nowhere else.
func (e encoding) videoArgs(o Output, keys string) []string {
	args := []string{"-fps_mode", "passthrough"}
	switch o.Rung.Codec {
	case "hevc":
		args = append(args, e.x265Args(o)...)
	case "av1":
		args = append(args, e.aomArgs(o)...)
	case "vp9":
		args = append(args, e.vpxArgs(o)...)
	default:
		args = append(args, e.x264Args(o)...)
	}
	if keys == "" {
		return args
	}
	if o.Rung.Codec == "avc" || o.Rung.Codec == "hevc" {
		args = append(args, "-forced-idr", "1")
	}
	return append(args, "-force_key_frames", keys)
}

// x264Args encode to H.264 High with capped constant quality. The frame rate is told apart from the encoder's time
// base, because rate control and the level depend on it.
func (e encoding) x264Args(o Output) []string {
	params := noKeysOfItsOwn
	if o.FrameRate.Num > 0 {
		params += ":fps=" + o.FrameRate.String()
	}
	return []string{
		"-c:v", "libx264", "-preset", e.preset, "-profile:v", "high",
		"-crf", strconv.Itoa(o.Rung.CRF),
		"-maxrate", strconv.FormatInt(o.Rung.MaxBitRate, 10), "-bufsize", strconv.FormatInt(o.Rung.BufferBits, 10),
		"-x264-params", params,
	}
}

// x265Args encode to HEVC with capped constant quality: parameter sets in the sample entry (hvc1), closed groups of
// pictures, no key frames but those that are asked for.
func (e encoding) x265Args(o Output) []string {
	params := "keyint=-1:open-gop=0:scenecut=0:log-level=warning" +
		":vbv-maxrate=" + strconv.FormatInt(o.Rung.MaxBitRate/1000, 10) + ":vbv-bufsize=" + strconv.FormatInt(o.Rung.BufferBits/1000, 10)
	if e.keepsHDR(o) {
		params += ":hdr10-opt=1" + x265Params(e.source.Video.HDR.Light)
	}
	return []string{
		"-c:v", "libx265", "-tag:v", "hvc1", "-preset", e.preset, "-crf", strconv.Itoa(o.Rung.CRF), "-x265-params", params,
	}
}

// aomArgs encode to AV1. Of the encoders that ffmpeg 5.1 has, SVT-AV1 ignores key frames that are asked for, and libaom makes
// a second one after each when it looks ahead ("good"); without, it keeps to them.
func (e encoding) aomArgs(o Output) []string {
	args := []string{"-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", e.speed(8, 5), "-row-mt", "1"}
	if o.Width >= leastTiled {
		args = append(args, "-tiles", "2x1")
	}
	return append(args, longGOP(o)...)
}

// leastTiled is the width from which AV1 pictures are made of two tiles: two superblocks of the largest size. ffmpeg refuses
// tiles in pictures of 64 columns or less.
const leastTiled = 256

// vpxArgs encode to VP9.
func (e encoding) vpxArgs(o Output) []string {
	return append([]string{
		"-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", e.speed(5, 0), "-row-mt", "1",
	}, longGOP(o)...)
}

// longGOP are the arguments of the encoders that take constant quality with a cap, and that make no key frames of their own
// when the group of pictures has no end.
func longGOP(o Output) []string {
	return []string{
		"-crf", strconv.Itoa(o.Rung.CRF), "-b:v", strconv.FormatInt(o.Rung.MaxBitRate, 10),
		"-maxrate", strconv.FormatInt(o.Rung.MaxBitRate, 10), "-bufsize", strconv.FormatInt(o.Rung.BufferBits, 10),
		"-g", "1000000", "-keyint_min", "1000000",
	}
}

// speed returns what comes nearest to the preset on the scale of an encoder, on which fastest is the highest.
func (e encoding) speed(fastest, slowest int) string {
	i := max(slices.Index(x264Presets, e.preset), 0)
	return strconv.Itoa(fastest - (fastest-slowest)*i/(len(x264Presets)-1))
}
