package hls

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"headwater/packager"
	"headwater/packager/packagertest"
)

// hostile are labels that want to end a string, a line or the playlist.
var hostile = []string{"", "", "English", "x\",URI=\"http://evil/\"", "a\r\n#EXT-X-ENDLIST", "{$y}", "\xff\u2028", "English 2", "Deutsch"}

// randomFilm is a random presentation with more to choose from: pictures of other codecs and ranges, and sounds of any
// codec, number of channels, language, role and label, not all of which have all encodings.
func randomFilm(tb testing.TB, r *rand.Rand) *packager.Presentation {
	tb.Helper()
	p := packagertest.Random(tb, r)
	var video, audio []packager.Track
	for i := range p.Tracks {
		if p.Tracks[i].Kind == packager.Video {
			video = append(video, p.Tracks[i])
		} else {
			audio = append(audio, p.Tracks[i])
		}
	}
	if len(video) > 0 {
		for i := range r.IntN(3) {
			video = append(video, randomPicture(r, p.Grid, i))
		}
	}
	if len(audio) > 0 {
		for i := range r.IntN(7) {
			audio = append(audio, randomSound(r, p.Grid, i))
		}
		audio[r.IntN(len(audio))].Default = r.IntN(4) > 0
	}
	return packagertest.New(tb, p.Grid, append(video, audio...)...)
}

func randomPicture(r *rand.Rand, g packager.Grid, i int) packager.Track {
	codec := []string{"hvc1.2.4.L153.B0", "av01.0.08M.10", "vp09.00.40.08", "avc1.640028"}[r.IntN(4)]
	colour := packager.Colour{Primaries: 9, Transfer: []uint8{1, 2, 16, 18}[r.IntN(4)], Matrix: 9}
	id := packager.TrackID(fmt.Sprintf("w%d", i))
	t := packagertest.Video(g, id, codec, picture(1920, 1080, colour), g.Timescale, 1+r.Int64N(20_000_000))
	if codec[0] == 'h' && r.IntN(2) == 0 {
		t.SupplementalCodec = "dvh1.08.07/db1p"
	}
	return t
}

func randomSound(r *rand.Rand, g packager.Grid, i int) packager.Track {
	codec := []string{"mp4a.40.2", "mp4a.40.5", "ac-3", "ec-3", "Opus", "fLaC", "mp4a.6B"}[r.IntN(7)]
	language := []string{"en", "fr", "und", "zh-Hant"}[r.IntN(4)]
	channels, rate := []uint8{1, 2, 2, 6, 8}[r.IntN(5)], []uint32{48000, 44100}[r.IntN(2)]
	id := packager.TrackID(fmt.Sprintf("b%d", i))
	t := packagertest.Audio(g, id, codec, language, channels, rate, packager.Ticks(r.IntN(960)), 1+r.Int64N(1_500_000))
	t.Role = packager.Role(r.IntN(5))
	t.Label = hostile[r.IntN(len(hostile))]
	return t
}

func randomOptions(r *rand.Rand) packager.Options {
	o := packager.Options{Seg: []int{0, 0, 1, 2, 4, 10, 20}[r.IntN(7)]}
	switch r.IntN(5) {
	case 0:
		o = packager.Options{Preview: 1 + r.IntN(200), Seg: r.IntN(packager.DefaultTargetSeconds)}
	case 1:
		o.Lang = []string{"en", "fr"}[:1+r.IntN(2)]
	case 2:
		o.Codecs = [][]string{{"aac"}, {"ac3", "avc"}, {"aac", "avc", "hevc"}}[r.IntN(3)]
	}
	return o
}
