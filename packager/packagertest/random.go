package packagertest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"headwater/packager"
)

// pictures are codecs of video tracks, with the transfer characteristics that their streams have.
var pictures = []struct {
	codec     string
	transfers []uint8
}{
	{"avc1.64001F", []uint8{1}},
	{"hvc1.2.4.L153.B0", []uint8{1, 16, 18}},
	{"av01.0.08M.10", []uint8{1, 16, 18}},
	{"vp09.02.31.10", []uint8{1, 16}},
}

// sounds are codecs of audio tracks, with their sample rates and most channels.
var sounds = []struct {
	codec    string
	rates    []uint32
	channels uint8
}{
	{"mp4a.40.2", []uint32{48000, 44100, 22050, 8000}, 8},
	{"mp4a.40.5", []uint32{48000, 44100}, 2},
	{"ac-3", []uint32{48000, 44100, 32000}, 6},
	{"ec-3", []uint32{48000}, 8},
	{"Opus", []uint32{48000}, 8},
	{"fLaC", []uint32{44100, 96000}, 8},
	{"mp4a.6B", []uint32{48000, 44100}, 2},
	{"mp4a.69", []uint32{24000, 22050}, 2},
}

// manyIntervals is more than any presentation has but those of ten hours.
const manyIntervals = 1000

// Random returns a presentation of odd timescales and cuts: grids like those of variable frame rate, a single interval or
// a single sample, ten hours, times beyond 2^32 ticks, 29.97 Hz; of pictures and sounds of all codecs, roles and numbers of
// channels, a language in several encodings, sound that begins late, reordering by hours. Either kind may be missing. What is
// long has one track of each kind, so that tests are fast.
func Random(tb testing.TB, r *rand.Rand) *packager.Presentation {
	tb.Helper()
	g := randomGrid(r)
	shape := r.IntN(6) // 0: no audio, 1: no video, else both
	var shown, heard []packager.Track
	if shape != 1 {
		shown = randomPictures(r, g)
	}
	if shape != 0 {
		heard = randomSounds(r, g)
	}
	if g.Intervals() > manyIntervals {
		shown, heard = shown[:min(len(shown), 1)], heard[:min(len(heard), 1)]
	}
	return New(tb, g, append(shown, heard...)...)
}

// randomPictures returns one to three sizes of up to three codecs, the largest first.
func randomPictures(r *rand.Rand, g packager.Grid) []packager.Track {
	codecs := r.Perm(len(pictures))[:1+r.IntN(3)]
	var tracks []packager.Track
	for size := range 1 + r.IntN(3) {
		for _, i := range codecs {
			c := pictures[i]
			v := packager.VideoFormat{
				Width: uint16(1280 >> size), Height: uint16(720 >> size), FrameRate: packager.FrameRate{Num: 30000, Den: 1001},
				Colour: packager.Colour{Primaries: 1, Transfer: c.transfers[r.IntN(len(c.transfers))], Matrix: 1, FullRange: r.IntN(4) == 0},
			}
			id := packager.TrackID(fmt.Sprintf("v%d", len(tracks)+1))
			t := Video(g, id, c.codec, v, g.Timescale*packager.Timescale(1+r.IntN(2)), int64(4_000_000>>size))
			if r.IntN(4) == 0 {
				t.ReorderDelay = packager.Ticks(r.Int64N(1 << 40))
			}
			if i == 1 && v.Colour.Transfer == 16 && r.IntN(2) == 0 {
				t.SupplementalCodec = "dvh1.08.07/db1p"
			}
			tracks = append(tracks, t)
		}
	}
	return tracks
}

// randomSounds returns one to four things to hear, each in one or two encodings, the default one first.
func randomSounds(r *rand.Rand, g packager.Grid) []packager.Track {
	uses := []struct {
		language, label string
		role            packager.Role
	}{
		{"en", "", packager.RoleMain},
		{"fr", "Français <\"doublé\">\n", packager.RoleDub},
		{"en", "Director & crew", packager.RoleCommentary},
		{"en", "", packager.RoleDescription},
		{"und", "", packager.RoleAlternate},
	}
	var tracks []packager.Track
	first := r.IntN(len(uses))
	for use := range 1 + r.IntN(4) {
		u := uses[(first+use)%len(uses)]
		for encoding := range 1 + r.IntN(2) {
			c := sounds[r.IntN(len(sounds))]
			channels := uint8(2)
			if encoding > 0 {
				channels = 1 + uint8(r.IntN(int(c.channels)))
			}
			rate := c.rates[r.IntN(len(c.rates))]
			late := packager.Ticks(0)
			if r.IntN(2) == 0 {
				late = packager.Ticks(r.Int64N(int64(min(packetSamples(c.codec), packager.Rescale(g.End(), g.Timescale, packager.Timescale(rate))))))
			}
			id := packager.TrackID(fmt.Sprintf("a%d", len(tracks)+1))
			t := Audio(g, id, c.codec, u.language, channels, rate, late, int64(64_000+r.IntN(64_000)))
			t.Role, t.Label, t.Default = u.role, u.label, len(tracks) == 0
			tracks = append(tracks, t)
		}
	}
	return tracks
}

func randomGrid(r *rand.Rand) packager.Grid {
	timescales := []packager.Timescale{30000, 24000, 90000, 12800, 48000, 1000, 600, 10_000_000, 999_983, 25, 1_000_000}
	timescale := timescales[r.IntN(len(timescales))]
	second := packager.Ticks(timescale)
	switch r.IntN(8) {
	case 0: // one interval
		return UniformGrid(timescale, second+packager.Ticks(r.Int64N(int64(6*second))), 1, 0)
	case 1: // ten hours and an odd end
		return UniformGrid(timescale, 4*second, 9000, packager.Ticks(r.Int64N(int64(second))))
	case 2: // 29.97 Hz
		return UniformGrid(30000, 60060, 2+r.IntN(300), 1001*packager.Ticks(r.IntN(30)))
	case 3: // one sample
		return UniformGrid(timescale, max(second/25, 1), 1, 0)
	case 4: // whole seconds
		return UniformGrid(timescale, 2*second, 1+r.IntN(100), second*packager.Ticks(r.IntN(2)))
	default: // cuts of anywhere from 0.5 to 4 s
		g := packager.Grid{ID: "grid", Timescale: timescale, Cuts: []packager.Ticks{0}}
		for range 1 + r.IntN(200) {
			g.Cuts = append(g.Cuts, g.End()+second/2+packager.Ticks(r.Int64N(int64(4*second-second/2))))
		}
		return g
	}
}
