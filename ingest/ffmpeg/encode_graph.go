package ffmpeg

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"headwater/packager"
)

// pad names the end of the graph that makes output i.
func pad(i int) string { return "[o" + strconv.Itoa(i) + "]" }

// graphs returns a filter graph for all encoded video, if there is any, and one for each encoded sound.
func (e encoding) graphs(outputs []Output) []string {
	var graphs []string
	var pictures, hdr []int
	for i, o := range outputs {
		switch {
		case o.Copy:
		case o.Silence:
			graphs = append(graphs, e.silenceGraph(o, i))
		case o.Kind == packager.Audio:
			graphs = append(graphs, e.audioGraph(o, i))
		case e.keepsHDR(o):
			hdr = append(hdr, i)
		default:
			pictures = append(pictures, i)
		}
	}
	// The stream goes a second time into a sink: ffmpeg copies the side data of a graph's only input to its outputs, which
	// would tell tone-mapped SDR pictures to be HDR. Those that are HDR it tells rightly.
	if len(pictures) > 0 {
		graphs = append(graphs, e.videoGraph(outputs, pictures)+";"+e.input()+"nullsink")
	}
	if len(hdr) > 0 {
		graphs = append(graphs, e.videoGraph(outputs, hdr))
	}
	return graphs
}

// keepsHDR reports whether the pictures of o are HDR as the source's are.
func (e encoding) keepsHDR(o Output) bool {
	return e.source.Video.Colour.VideoRange() != "SDR" && (o.Rung.Codec == "hevc" || o.Rung.Codec == "av1")
}

// input names the source's video in a graph.
func (e encoding) input() string { return "[0:" + strconv.Itoa(e.source.Video.Index) + "]" }

// videoGraph makes the picture of the first of some outputs and scales it for the others, because the source may be much
// larger and need much work.
func (e encoding) videoGraph(outputs []Output, some []int) string {
	graph := e.input() + e.topRung(outputs[some[0]])
	if len(some) == 1 {
		return graph + pad(some[0])
	}
	graph += ",split=" + strconv.Itoa(len(some)) + pad(some[0])
	for _, i := range some[1:] {
		graph += fmt.Sprintf("[s%d]", i)
	}
	for _, i := range some[1:] {
		graph += fmt.Sprintf(";[s%d]%s%s", i, scaleTo(outputs[i]), pad(i))
	}
	return graph
}

// topRung is the chain from decoded pictures to those of o: upright (ffmpeg turns them by itself), progressive, in
// time, small, square, and SDR with 8 bits unless HDR is kept, with 10. Frame times stay as they are.
func (e encoding) topRung(o Output) string {
	v := e.source.Video
	chain := []string{risingTimes(v)}
	if v.Interlaced {
		chain = append(chain, "bwdif=mode=send_frame:parity=auto:deint=interlaced")
	}
	if hold := e.timeline.hold; hold > 0 {
		chain = append(chain, "tpad=stop_mode=clone:stop_duration="+decimal(e.timeline.instant(hold)))
	}
	if thin := e.thinning(); thin != "" {
		chain = append(chain, thin)
	}
	if e.keepsHDR(o) {
		return strings.Join(append(chain, hdrChain(v, o)...), ",")
	}
	return strings.Join(append(chain, colourChain(v, o)...), ",")
}

// scaleTo is the chain from the pictures of the first rung to those of o.
func scaleTo(o Output) string {
	return fmt.Sprintf("scale=%d:%d:flags=bicubic,setsar=1", o.Width, o.Height)
}

// risingTimes drops pictures from before zero and those that do not come later than the one before, which encoders
// refuse.
func risingTimes(v *VideoStream) string {
	return fmt.Sprintf("select='gte(pts,%d)*(isnan(prev_selected_pts)+gt(pts,prev_selected_pts))'", v.Start)
}

// unknownFrameRate stands in for the frame rate of a source with too few pictures to have one.
const unknownFrameRate = 25.0

// thinning drops pictures by the distance of their times, where there are more than maxFrameRate a second: those nearer
// to the last one kept than half a frame less than wanted, which bears rounded times. Held pictures are thinned too,
// because ffmpeg repeats them at the highest rate that a source with variable frame rate might have.
func (e encoding) thinning() string {
	v := e.source.Video
	divisor := float64(frameRateDivisor(v))
	if divisor == 1 && e.timeline.hold == 0 {
		return ""
	}
	rate := unknownFrameRate
	if v.AverageFrameRate.Num > 0 {
		rate = float64(v.AverageFrameRate.Num) / float64(v.AverageFrameRate.Den)
	}
	keep := fmt.Sprintf("isnan(prev_selected_t)+gte(t-prev_selected_t,%.6f)", (divisor-0.5)/rate)
	if divisor == 1 {
		keep += "+lt(t," + decimal(v.TimeBase.instant(v.End)) + ")"
	}
	return "select='" + keep + "'"
}

// Sound is corrected where its timestamps leave the sum of its samples by more than this, in seconds.
const hardCompensation = "0.03"

// slack is how much longer than the pictures sound is made, so that whole packets cover them: 1/slack seconds.
const slack = 2

// primings are how many samples encoders put in front of what they are given. Those of AAC are a whole packet, which is dropped;
// with those of others no packet would begin at zero. So they take the place of the first samples of the sound.
var primings = map[string]packager.Ticks{"ac3": 256, "ec3": 256, "opus": 312, "mp3": 1105}

// audioGraph makes the sound of output i from one stream: at the wanted rate and channels, without gaps or overlaps,
// beginning so that a packet of the encoder begins exactly at zero, and padded with silence past the end.
//
// Sound that begins before is cut by its time (atrim), which holds even when the graph starts again because the
// source's format changes; only sound that begins later needs the silence of first_pts.
func (e encoding) audioGraph(o Output, i int) string {
	a, t := e.audio(o.Stream), e.timeline
	first := t.zeroSample(o.SampleRate) + primings[o.Codec]
	layout := "stereo"
	if o.Channels == surround {
		layout = "5.1"
	}
	graph := fmt.Sprintf("[0:%d]aresample=%d:ochl=%s:osf=fltp:async=1:min_hard_comp=%s",
		o.Stream, o.SampleRate, layout, hardCompensation)
	if a.TimeBase.instant(a.Start).Cmp(big.NewRat(int64(first), int64(o.SampleRate))) > 0 {
		graph += fmt.Sprintf(":min_comp=0.00001:first_pts=%d", sampleBefore(int64(first), int64(o.SampleRate), int64(a.SampleRate)))
	}
	length := decimal(t.instant(t.end - t.zero + packager.Ticks(t.timescale)/slack))
	return graph + fmt.Sprintf(",atrim=start_pts=%d,apad=whole_dur=%s", first, length) + pad(i)
}

// sampleBefore returns the last sample of a stream at rate from that coincides with one at rate to, not later than sample
// number of those: first_pts counts the samples that a resampler gets.
func sampleBefore(number, to, from int64) int64 {
	common := new(big.Int).GCD(nil, nil, big.NewInt(to), big.NewInt(from)).Int64()
	step := to / common
	steps := number / step
	if number%step < 0 {
		steps--
	}
	return steps * (from / common)
}

// silenceGraph makes as much silence as is missing at the end of the stream of output i, and some more.
func (e encoding) silenceGraph(o Output, i int) string {
	a, t := e.audio(o.Stream), e.timeline
	missing := new(big.Rat).Sub(t.instant(t.end), a.TimeBase.instant(a.End))
	if missing.Sign() < 0 {
		missing.SetInt64(0)
	}
	return fmt.Sprintf("anullsrc=r=%d:cl=%s:d=%s", o.SampleRate, a.ChannelLayout, decimal(missing.Add(missing, big.NewRat(1, slack)))) + pad(i)
}

// audio returns the source's audio stream of that index.
func (e encoding) audio(index int) *AudioStream {
	for i := range e.source.Audio {
		if e.source.Audio[i].Index == index {
			return &e.source.Audio[i]
		}
	}
	panic(fmt.Sprintf("ffmpeg: planned audio stream %d is not in the source", index))
}
