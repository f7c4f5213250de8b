package packager

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// testPresentation is a small valid presentation: 29.97 Hz video on a 2.002 s grid and AAC audio.
func testPresentation() *Presentation {
	p := &Presentation{
		Asset:      "a1",
		Generation: 3,
		Grid:       Grid{ID: "g1", Timescale: 30000, Cuts: []Ticks{0, 60060, 120120, 150150}},
	}
	video := Track{
		ID: "v-720", Kind: Video, Codec: "avc1.64001F", Timescale: 30000, Language: "und", Label: "Film “é”",
		Video: VideoFormat{Width: 1280, Height: 720, FrameRate: FrameRate{30000, 1001}, Colour: Colour{1, 1, 1, true}},
		Init:  []byte("init of video"),
	}
	audio := Track{
		ID: "a-en", Kind: Audio, Codec: "mp4a.40.2", Timescale: 48000, Language: "en", Role: RoleDub, Default: true,
		Audio: AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 1024}, Init: []byte("init of audio"),
	}
	video.ReorderDelay, video.SampleTableBytes, video.SupplementalCodec = 2002, 1234, "dvh1.08.07/db1p"
	layFragments(&video, 60060, 60060, 30030)
	layFragments(&audio, 94*1024, 94*1024, 47*1024)
	p.Tracks = []Track{video, audio}
	return p
}

// layFragments gives t contiguous fragments of the given durations.
func layFragments(t *Track, durations ...Ticks) {
	offset, decodeTime := int64(len(t.Init)), Ticks(0)
	for i, d := range durations {
		f := Fragment{Offset: offset, SizeBytes: uint32(1000 + i), MoofSizeBytes: 100, DecodeTime: decodeTime, Duration: d,
			FirstSampleSizeBytes: 500, Samples: 60, TSPackets: 7, TSClockPackets: uint32(i)}
		t.Fragments = append(t.Fragments, f)
		offset += int64(f.SizeBytes)
		decodeTime += d
	}
	t.SizeBytes = offset
}

var comparePresentations = cmp.Options{
	cmpopts.IgnoreUnexported(Presentation{}), cmpopts.IgnoreFields(Presentation{}, "Checksum"),
}

func mustAppendIndex(t testing.TB, p *Presentation) []byte {
	t.Helper()
	index, err := AppendIndex(nil, p)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func TestIndex_roundTrip(t *testing.T) {
	want := testPresentation()
	prefix := []byte("before")
	index, err := AppendIndex(bytes.Clone(prefix), want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(index, prefix) {
		t.Fatal("AppendIndex changed what was there")
	}
	got, err := ParseIndex(index[len(prefix):])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, comparePresentations); diff != "" {
		t.Error(diff)
	}
	if got.Checksum == 0 {
		t.Error("Checksum is not set")
	}
}

// A fragment costs 44 bytes, so that an index of a long film is one small read.
func TestIndex_bytesPerFragment(t *testing.T) {
	p := testPresentation()
	short := len(mustAppendIndex(t, p))
	p.Grid.Cuts = append(p.Grid.Cuts, 180180)
	for i := range p.Tracks {
		track := &p.Tracks[i]
		durations := []Ticks{60060, 60060, 30030, 30030}
		if track.Kind == Audio {
			durations = []Ticks{94 * 1024, 94 * 1024, 47 * 1024, 47 * 1024}
		}
		track.Fragments = nil
		layFragments(track, durations...)
	}
	grown := len(mustAppendIndex(t, p)) - short
	if want := 2*(fragmentSize+packetsSize) + 8; grown != want {
		t.Errorf("one more interval of two tracks takes %d bytes, want %d", grown, want)
	}
}

func TestParseIndex_skipsWhatItDoesNotKnow(t *testing.T) {
	p := testPresentation()
	index := mustAppendIndex(t, p)
	body := index[:len(index)-checksumSize]
	body = append(body, "newS"...)
	body = binary.BigEndian.AppendUint32(body, 5)
	body = append(body, "hello"...)
	got, err := ParseIndex(seal(body))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got, comparePresentations); diff != "" {
		t.Error(diff)
	}
}

// seal appends the checksum that makes body an index.
func seal(body []byte) []byte {
	return binary.BigEndian.AppendUint64(bytes.Clone(body), xxhash.Sum64(body))
}

func TestParseIndex_refuses(t *testing.T) {
	good := mustAppendIndex(t, testPresentation())
	edit := func(change func(body []byte) []byte) []byte {
		return seal(change(bytes.Clone(good[:len(good)-checksumSize])))
	}
	for name, c := range map[string]struct {
		index []byte
		want  string
	}{
		"empty":          {nil, "without the HWIX header"},
		"other magic":    {edit(func(b []byte) []byte { b[0] = 'X'; return b }), "without the HWIX header"},
		"newer version":  {edit(func(b []byte) []byte { b[5] = 9; return b }), "upgrade"},
		"flipped bit":    {append(bytes.Clone(good[:40]), append([]byte{good[40] ^ 1}, good[41:]...)...), "checksum differs"},
		"truncated":      {good[:len(good)-20], "checksum differs"},
		"cut section":    {edit(func(b []byte) []byte { return b[:len(b)-3] }), "bytes where"},
		"no sections":    {edit(func(b []byte) []byte { return b[:headerSize] }), "asset id"},
		"huge count":     {edit(hugeCutCount), "items of 8 bytes"},
		"section beyond": {edit(func(b []byte) []byte { return append(b, "trak\xff\xff\xff\xff"...) }), "bytes where"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseIndex(c.index)
			if !errors.Is(err, ErrBadIndex) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want ErrBadIndex with %q", err, c.want)
			}
		})
	}
}

func hugeCutCount(body []byte) []byte {
	at := bytes.Index(body, []byte("grid")) + sectionSize + 2 + len("g1") + 4
	binary.BigEndian.PutUint32(body[at:], math.MaxUint32)
	return body
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(p *Presentation)
		want   string
	}{
		"asset id":         {func(p *Presentation) { p.Asset = "../x" }, "asset id"},
		"generation":       {func(p *Presentation) { p.Generation = 0 }, "generation 0"},
		"reserved id":      {func(p *Presentation) { p.Tracks[0].ID = "master" }, "multivariant playlist"},
		"channels":         {func(p *Presentation) { p.Tracks[1].Audio.Channels = 9 }, "audio format"},
		"no tracks":        {func(p *Presentation) { p.Tracks = nil }, "0 tracks"},
		"twice":            {func(p *Presentation) { p.Tracks[1].ID = p.Tracks[0].ID }, "listed twice"},
		"cuts from 0":      {func(p *Presentation) { p.Grid.Cuts[0] = 1 }, "cuts from 0"},
		"cuts rise":        {func(p *Presentation) { p.Grid.Cuts[2] = p.Grid.Cuts[1] }, "follows"},
		"fragment count":   {func(p *Presentation) { p.Tracks[0].Fragments = p.Tracks[0].Fragments[:2] }, "2 fragments for 3"},
		"off the grid":     {func(p *Presentation) { p.Grid.Cuts[1]++ }, "the grid cuts at"},
		"video end":        {func(p *Presentation) { p.Grid.Cuts[3]++ }, "the grid at"},
		"audio far off":    {func(p *Presentation) { shiftCuts(p.Tracks[1].Fragments, 2000) }, "from its cut"},
		"gap in time":      {func(p *Presentation) { p.Tracks[0].Fragments[1].DecodeTime++ }, "is due"},
		"gap in bytes":     {func(p *Presentation) { p.Tracks[0].Fragments[1].Offset++ }, "is due"},
		"no samples":       {func(p *Presentation) { p.Tracks[0].Fragments[2].Samples = 0 }, "0 samples"},
		"moof beyond":      {func(p *Presentation) { p.Tracks[0].Fragments[2].MoofSizeBytes = 1 << 30 }, "extent"},
		"first sample":     {func(p *Presentation) { p.Tracks[0].Fragments[2].FirstSampleSizeBytes = 1 << 30 }, "extent"},
		"file size":        {func(p *Presentation) { p.Tracks[0].SizeBytes++ }, "fragments end at"},
		"codec":            {func(p *Presentation) { p.Tracks[0].Codec = "xyz" }, "unknown codec"},
		"timescale":        {func(p *Presentation) { p.Tracks[0].Timescale = 0 }, "timescale is 0"},
		"no dimensions":    {func(p *Presentation) { p.Tracks[0].Video.Width = 0 }, "video format"},
		"no channels":      {func(p *Presentation) { p.Tracks[1].Audio.Channels = 0 }, "audio format"},
		"kind":             {func(p *Presentation) { p.Tracks[1].Kind = 7 }, "kind(7)"},
		"negative instant": {func(p *Presentation) { p.Tracks[1].Fragments[0].DecodeTime = -1 }, "decode time"},
	} {
		t.Run(name, func(t *testing.T) {
			p := testPresentation()
			if err := p.Validate(); err != nil {
				t.Fatal(err)
			}
			c.change(p)
			if err := p.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

// shiftCuts lengthens the first fragment by d, so that all later ones start d later.
func shiftCuts(fragments []Fragment, d Ticks) {
	fragments[0].Duration += d
	for i := range fragments[1:] {
		fragments[i+1].DecodeTime += d
	}
}

// FuzzParseIndex also feeds sealed bodies, since a random checksum never matches. What is accepted must survive a
// round trip unchanged.
func FuzzParseIndex(f *testing.F) {
	good := mustAppendIndex(f, testPresentation())
	f.Add(good)
	f.Add(good[:len(good)-checksumSize])
	f.Add([]byte(indexMagic + "\x00\x01\x00\x00grid\x00\x00\x00\x0a\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, index := range [][]byte{data, seal(data)} {
			p, err := ParseIndex(index)
			if err != nil {
				if !errors.Is(err, ErrBadIndex) {
					t.Fatalf("error without its sentinel: %v", err)
				}
				continue
			}
			again, err := ParseIndex(mustAppendIndex(t, p))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p, again, comparePresentations); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func BenchmarkParseIndex(b *testing.B) {
	p := testPresentation()
	index := mustAppendIndex(b, p)
	b.SetBytes(int64(len(index)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseIndex(index); err != nil {
			b.Fatal(err)
		}
	}
}
