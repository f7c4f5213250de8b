package ffmpeg

import (
	"fmt"
	"slices"

	"headwater/packager"
)

// Plan is what to make of a source: at least one recipe. Recipes write their outputs on the source's own timeline;
// packaging moves Zero to 0.
//
// Without Passthrough, Ladder is the whole asset, on a grid of its own. With it, Passthrough is a whole asset that is
// ready within seconds; Ladder then either completes it on the same grid (Fit is Suits: the ladder holds only the video
// renditions that are missing, and is nil when none is), or replaces it on a grid of its own (Fit is NearlySuits).
type Plan struct {
	// Timescale counts Zero, End and Cuts. Every picture of the source lies on a whole tick of it, and all video
	// outputs use it.
	Timescale packager.Timescale
	// Zero is the first presented picture; without video the first sample that is heard.
	Zero packager.Ticks
	// End is where the last picture ends, held ones included; without video the last sample of any stream. All audio
	// that is encoded covers it.
	End packager.Ticks
	// Fit says whether the source's video can be stored as it is, and Reason in words for the user what keeps it from
	// suiting; Reason is empty when it suits or there is no video.
	Fit    Fit
	Reason string
	// Cuts are the grid that Passthrough gives: instants of the timeline, rising from Zero to End. Nil without it.
	Cuts        []packager.Ticks
	Passthrough *Recipe
	Ladder      *Recipe
}

// Recipe is one run of ffmpeg: what it makes and the arguments that make it. Output i goes to OutputURL(i).
type Recipe struct {
	// Outputs are ordered: video by falling height, then audio in the source's order, stereo before surround.
	Outputs []Output
	// InputArgs and OutputArgs are those of a Command.
	InputArgs, OutputArgs []string
	// Spare makes all but the expendable outputs, for when ffmpeg fails over one of them; nil where there is none.
	Spare *Recipe
}

// Output is one rendition that a recipe writes, as a fragmented MP4 file with one track.
type Output struct {
	Kind packager.Kind
	// Copy reports that the source's packets are kept. They can only be cut where the source allows it.
	Copy bool
	// Expendable reports a copy beside which the presentation is whole: it is left out when packaging finds it unfit.
	Expendable bool
	// Silence marks what is no rendition: silence in the encoding of the output before it, a copy, of which packaging takes
	// as many packets as are missing at that one's end.
	Silence bool
	// Stream is the stream of the source that it shows, as -map 0:Stream takes it.
	Stream int

	// Rung says how video is encoded; zero when Copy is set. Its Height is the shorter side of Width by Height.
	Rung          Rung
	Width, Height int
	// FrameRate is the average of the video in frames per second; 0/1 when unknown.
	FrameRate Rational
	// Light is what the pictures' grading is known to be; zero for pictures that are not HDR.
	Light packager.LightLevels

	// Codec is that of audio, one of Ladder.ExtraAudio or Ladder.PassthroughAudio; empty for AAC-LC.
	Codec      string
	Channels   int // of audio, as are the rest
	SampleRate int
	BitRate    int64 // bits per second that the encoder aims at; 0 when Copy is set
	Language   string
	Label      string // from outside: escape it
	Role       packager.Role
	Default    bool
}

// NewPlan decides what ladder makes of source. It is pure; ladder must be valid. Packets are kept only in a plan with a
// Passthrough, but for those of expendable outputs: when packaging finds them unfit after all, a ladder without
// PassthroughCodecs plans to encode everything. The error wraps ErrNoStreams, ErrNotMedia or ErrUnplayable and says in one
// line what of the source cannot be used.
func NewPlan(source Source, ladder Ladder) (*Plan, error) {
	v := source.Video
	if v == nil && len(source.Audio) == 0 {
		return nil, ErrNoStreams
	}
	if v != nil && (v.Width < 1 || v.Height < 1 || v.End <= v.Start) {
		return nil, fmt.Errorf("%w: the video stream shows no picture", ErrNotMedia)
	}
	if v != nil && !v.HDR.DolbyVision.hasBase() {
		return nil, fmt.Errorf("%w: its pictures are Dolby Vision profile %s, which most players show in green and purple, because it has "+
			"no HDR10, HLG or SDR base; export it as Dolby Vision profile 8.1 or 8.4, as HDR10 or as SDR, and upload that",
			ErrUnplayable, v.HDR.DolbyVision)
	}
	t := newTimeline(&source)
	e := encoding{&source, t, ladder.Preset}
	plan := &Plan{Timescale: t.timescale, Zero: t.zero, End: t.end}
	if v == nil {
		plan.Ladder = e.recipe(planAudio(&source, ladder, t, false), "")
		return plan, nil
	}
	plan.Fit, plan.Reason = fit(&source, ladder, t)
	video, audio := e.withLight(planVideo(v, ladder)), planAudio(&source, ladder, t, plan.Fit != Unfit)
	if plan.Fit != Unfit {
		plan.planPassthrough(e, video, audio)
	}
	if plan.Fit != Suits {
		plan.Ladder = e.recipe(append(video, audio...), ownGrid)
	}
	return plan, nil
}

// planPassthrough adds the recipe that copies the source's video with audio, and, where the source suits, the one that
// completes it on its grid.
func (p *Plan) planPassthrough(e encoding, video, audio []Output) {
	v := e.source.Video
	cuts := PassthroughCuts(v.Keys, v.End, v.TimeBase)
	p.Cuts = make([]packager.Ticks, len(cuts))
	for i, cut := range cuts {
		p.Cuts[i] = e.timeline.ticks(v.TimeBase, cut)
	}
	copied := Output{
		Kind: packager.Video, Copy: true, Stream: v.Index,
		Width: v.Width, Height: v.Height, FrameRate: v.AverageFrameRate, Light: v.light(),
	}
	p.Passthrough = e.recipe(append([]Output{copied}, audio...), "")
	if p.Fit != Suits {
		return
	}
	keys, short := keysAt(v, cuts)
	if !short {
		p.Fit, p.Reason = NearlySuits, "it has more key frames than one command can name"
		return
	}
	if missing := withoutCopied(v, video); len(missing) > 0 {
		p.Ladder = e.recipe(missing, keys)
	}
}

// withoutCopied leaves out the rung that the copied video already is: the first of its codec, because a source that is not
// above the ladder has its own size there.
func withoutCopied(v *VideoStream, video []Output) []Output {
	i := slices.IndexFunc(video, func(o Output) bool { return passthroughCodecs[o.Rung.Codec] == v.Codec })
	if i < 0 {
		return video
	}
	return slices.Delete(slices.Clone(video), i, i+1)
}
