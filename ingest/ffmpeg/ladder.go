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
	// Rungs are the video renditions by falling height. Those above the source's size are left out, and the source's
	// own size takes the top where no rung has it.
	Rungs []Rung
	// Preset is x264's trade of encoding time for size, "ultrafast" to "placebo".
	Preset string
	// StereoBitRate and SurroundBitRate are those of the AAC-LC tracks with 2 and with 5.1 channels, in bits per second.
	StereoBitRate, SurroundBitRate int64
	// PassthroughCodecs are the codecs of video that may be stored as it came: "avc", "hevc", "av1", "vp9". Empty means
	// that everything is encoded, sound too.
	PassthroughCodecs []string
	// PassthroughMaxBitRate is the highest mean bit rate of video that may be stored as it came, in bits per second.
	PassthroughMaxBitRate int64
}

// Rung is one video rendition of a ladder. Its bit rate follows the content (CRF) up to a cap.
type Rung struct {
	// Height is the shorter side of the upright picture in square samples, so that a portrait clip of 1080x1920 meets
	// the rung of 1080 like a landscape one.
	Height int
	// Codec is "avc": H.264 High with 8 bits and 4:2:0 sampling.
	Codec string
	// CRF is x264's constant quality, 1 to 51; lower is better and larger.
	CRF int
	// MaxBitRate is the highest rate at which x264 fills a decoder's buffer of BufferBits, in bits per second.
	MaxBitRate, BufferBits int64
}

// DefaultLadders returns the ladders that need no configuration: "default" for video on demand. The caller may change
// them.
func DefaultLadders() []Ladder {
	return []Ladder{{
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
		PassthroughMaxBitRate: 8_000_000,
	}}
}

// defaultRung buffers one and a half seconds of the cap, which keeps a segment's peak near to it.
func defaultRung(height int, maxBitRate int64) Rung {
	return Rung{Height: height, Codec: "avc", CRF: 22, MaxBitRate: maxBitRate, BufferBits: maxBitRate * 3 / 2}
}

// Limits of a ladder. 4320 lines are 8K; more rungs or bits than these are a slip of the pen.
const (
	maxRungs      = 12
	minRungHeight = 16
	maxRungHeight = 4320
	minBitRate    = 8_000
	maxBitRate    = 1_000_000_000
	maxCRF        = 51
)

// x264Presets are the presets of x264 from the fastest to the slowest.
var x264Presets = []string{
	"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
}

// passthroughCodecs maps the names in Ladder.PassthroughCodecs to ffmpeg's.
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
	for i, rung := range l.Rungs {
		if i > 0 && rung.Height >= l.Rungs[i-1].Height {
			complain("rung %d: height %d: want less than the rung before", i+1, rung.Height)
		}
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
	if r.Codec != "avc" {
		complain("codec %q: want avc", r.Codec)
	}
	if r.CRF < 1 || r.CRF > maxCRF {
		complain("crf %d: want 1 to %d", r.CRF, maxCRF)
	}
	validateBitRate(complain, "maximum bit rate", r.MaxBitRate)
	validateBitRate(complain, "buffer", r.BufferBits)
}

func validateBitRate(complain func(format string, args ...any), what string, bits int64) {
	if bits < minBitRate || bits > maxBitRate {
		complain("%s %d: want %d to %d", what, bits, minBitRate, maxBitRate)
	}
}
