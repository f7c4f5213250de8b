package ffmpeg

import (
	"errors"
	"fmt"
	"slices"

	"headwater/packager"
)

// Ladder names the renditions that are made of a source. It is data of the configuration: start from one of
// DefaultLadders, and call Validate after any change.
type Ladder struct {
	// Name is what people and jobs call the ladder by. Its grammar is that of [packager.ValidID].
	Name string
	// Rungs are the video renditions, those of each codec by falling height. Those above the source's size are left out, and
	// the source's own size takes the top where no rung has it. The first must be H.264: every player shows it.
	Rungs []Rung
	// Preset is the trade of encoding time for size in the words of x264, "ultrafast" to "placebo"; other encoders get what
	// comes nearest.
	Preset string
	// StereoBitRate and SurroundBitRate are those of the AAC-LC tracks with 2 and with 5.1 channels, in bits per second.
	StereoBitRate, SurroundBitRate int64
	// PassthroughCodecs are the codecs of video that may be stored as it came: "avc", "hevc", "av1", "vp9". Empty means
	// that everything is encoded, sound too, but for what PassthroughAudio names.
	PassthroughCodecs []string
	// PassthroughMaxBitRate is the highest mean bit rate of video that may be stored as it came, in bits per second.
	PassthroughMaxBitRate int64
	// PassthroughAudio are the codecs of sound that is stored as it came, beside the AAC-LC that is made of it: "heaac"
	// (HE-AAC, v1 and v2), "ac3", "ec3", "opus", "flac", "mp3". It must have no gaps, and some must be there for as long
	// as the pictures are (ADR 0002). AAC-LC needs no place here: where its packets suit they are the AAC-LC rendition, if
	// PassthroughCodecs is not empty.
	PassthroughAudio []string
	// ExtraAudio are the codecs in which each sound is made beside AAC-LC, which every player knows: "ac3", "ec3", "opus",
	// "flac", "mp3". AC-3 and E-AC-3 have the channels of 5.1 where the source does, MP3 always two, the others the source's two
	// or six. Sound that PassthroughAudio keeps in such a codec is not made in it again.
	ExtraAudio []string
}

// Rung is one video rendition of a ladder. Its bit rate follows the content (CRF) up to a cap.
type Rung struct {
	// Height is the shorter side of the upright picture in square samples, so that a portrait clip of 1080x1920 meets
	// the rung of 1080 like a landscape one.
	Height int
	// Codec is "avc" (H.264 High), "hevc", "av1" or "vp9", with 4:2:0 sampling. HDR stays HDR, with 10 bits, in HEVC and AV1; in
	// the others it becomes SDR, with 8 bits, as everything else does.
	Codec string
	// CRF is the encoder's constant quality; lower is better and larger: 1 to 51 for H.264 and HEVC, to 63 for AV1 and VP9.
	CRF int
	// MaxBitRate is the highest rate at which the encoder fills a decoder's buffer of BufferBits, in bits per second.
	MaxBitRate, BufferBits int64
}

// DefaultLadders returns the ladders that need no configuration. "default" is H.264 for video on demand. "efficient" has HEVC
// beside it, for half the bits and for HDR; "multi" has AV1 too, and 5.1 as E-AC-3, and takes many times as long to make. The
// caller may change them.
func DefaultLadders() []Ladder {
	efficient, multi := avcLadder(), avcLadder()
	efficient.Name = "efficient"
	efficient.Rungs = append(efficient.Rungs, codecRungs("hevc", 25, 65)...)
	multi.Name = "multi"
	multi.Rungs = append(multi.Rungs, codecRungs("hevc", 25, 65)...)
	multi.Rungs = append(multi.Rungs, codecRungs("av1", 34, 50)...)
	multi.ExtraAudio = []string{"ec3"}
	multi.PassthroughCodecs, efficient.PassthroughCodecs = []string{"avc", "hevc", "av1"}, []string{"avc", "hevc"}
	return []Ladder{avcLadder(), efficient, multi}
}

// codecRungs returns the larger rungs of the default ladder in another codec, at a share of their bits in per cent: those
// who watch the small ones have players of all kinds.
func codecRungs(codec string, crf int, percent int64) []Rung {
	var rungs []Rung
	for _, rung := range avcLadder().Rungs[:3] {
		other := defaultRung(rung.Height, rung.MaxBitRate*percent/100)
		other.Codec, other.CRF = codec, crf
		rungs = append(rungs, other)
	}
	return rungs
}

func avcLadder() Ladder {
	return Ladder{
		Name: "default",
		Rungs: []Rung{
			defaultRung(1080, 6_000_000),
			defaultRung(720, 3_500_000),
			defaultRung(480, 1_600_000),
			defaultRung(360, 900_000),
			defaultRung(240, 450_000),
		},
		Preset:                "fast",
		StereoBitRate:         128_000,
		SurroundBitRate:       384_000,
		PassthroughCodecs:     []string{"avc"},
		PassthroughAudio:      []string{"heaac", "ac3", "ec3", "opus"},
		PassthroughMaxBitRate: 8_000_000,
	}
}

// defaultRung buffers one and a half seconds of the cap, which keeps a segment's peak near to it.
func defaultRung(height int, maxBitRate int64) Rung {
	return Rung{Height: height, Codec: "avc", CRF: 22, MaxBitRate: maxBitRate, BufferBits: maxBitRate * 3 / 2}
}

// Limits of a ladder. 4320 lines are 8K; more rungs or bits than these are a slip of the pen.
const (
	maxRungs      = 24
	minRungHeight = 16
	maxRungHeight = 4320
	minBitRate    = 8_000
	maxBitRate    = 1_000_000_000
	maxCRF        = 51
	maxLongCRF    = 63 // of AV1 and VP9
)

// x264Presets are the presets of x264 from the fastest to the slowest.
var x264Presets = []string{
	"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
}

// passthroughCodecs maps the names in Ladder.PassthroughCodecs and Rung.Codec to ffmpeg's.
var passthroughCodecs = map[string]string{"avc": "h264", "hevc": "hevc", "av1": "av1", "vp9": "vp9"}

// Validate reports everything that is wrong with l, a line each: what, its value and what is expected.
func (l Ladder) Validate() error {
	var problems []error
	complain := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("ladder %q: "+format, append([]any{l.Name}, args...)...))
	}
	if !packager.ValidID(l.Name) {
		complain("name: want 1 to 64 of a-z, 0-9 and inner hyphens")
	}
	if len(l.Rungs) == 0 || len(l.Rungs) > maxRungs {
		complain("%d rungs: want 1 to %d", len(l.Rungs), maxRungs)
	}
	if len(l.Rungs) > 0 && l.Rungs[0].Codec != "avc" {
		complain("first rung: codec %q: want avc, which every player shows", l.Rungs[0].Codec)
	}
	lowest := map[string]int{}
	for i, rung := range l.Rungs {
		if above, known := lowest[rung.Codec]; known && rung.Height >= above {
			complain("rung %d: height %d: want less than the rung of its codec before", i+1, rung.Height)
		}
		lowest[rung.Codec] = rung.Height
		rung.validate(func(format string, args ...any) {
			complain("rung %d: "+format, append([]any{i + 1}, args...)...)
		})
	}
	if !slices.Contains(x264Presets, l.Preset) {
		complain("preset %q: want one of %v", l.Preset, x264Presets)
	}
	for i, codec := range l.PassthroughCodecs {
		if passthroughCodecs[codec] == "" || slices.Contains(l.PassthroughCodecs[:i], codec) {
			complain("passthrough codec %q: want avc, hevc, av1 or vp9, each once", codec)
		}
	}
	for i, codec := range l.PassthroughAudio {
		if !slices.Contains(keptAudio, codec) || slices.Contains(l.PassthroughAudio[:i], codec) {
			complain("passthrough audio codec %q: want heaac, ac3, ec3, opus, flac or mp3, each once", codec)
		}
	}
	for i, codec := range l.ExtraAudio {
		if audioEncoders[codec].name == "" || slices.Contains(l.ExtraAudio[:i], codec) {
			complain("extra audio codec %q: want ac3, ec3, opus, flac or mp3, each once", codec)
		}
	}
	validateBitRate(complain, "stereo bit rate", l.StereoBitRate)
	validateBitRate(complain, "surround bit rate", l.SurroundBitRate)
	validateBitRate(complain, "passthrough maximum bit rate", l.PassthroughMaxBitRate)
	return errors.Join(problems...)
}

// validate tells complain what is wrong with r alone.
func (r Rung) validate(complain func(format string, args ...any)) {
	if r.Height < minRungHeight || r.Height > maxRungHeight || r.Height%2 != 0 {
		complain("height %d: want an even number from %d to %d", r.Height, minRungHeight, maxRungHeight)
	}
	highest := maxCRF
	switch r.Codec {
	case "avc", "hevc":
	case "av1", "vp9":
		highest = maxLongCRF
	default:
		complain("codec %q: want avc, hevc, av1 or vp9", r.Codec)
	}
	if r.CRF < 1 || r.CRF > highest {
		complain("crf %d: want 1 to %d", r.CRF, highest)
	}
	validateBitRate(complain, "maximum bit rate", r.MaxBitRate)
	validateBitRate(complain, "buffer", r.BufferBits)
}

func validateBitRate(complain func(format string, args ...any), what string, bits int64) {
	if bits < minBitRate || bits > maxBitRate {
		complain("%s %d: want %d to %d", what, bits, minBitRate, maxBitRate)
	}
}
