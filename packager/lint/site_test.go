package lint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"headwater/packager"
	"headwater/packager/dash"
	"headwater/packager/hls"
)

// Where the test's presentation lies.
const (
	root   = "/v/asset/"
	master = root + "hls/master.m3u8"
	mpdURL = root + "dash/manifest.mpd"
)

// site is what a client can fetch, by URL.
type site map[string]Response

func (s site) fetch(address string, from, to int64) (Response, error) {
	return Whole(s.get)(address, from, to)
}

func (s site) get(address string) (Response, error) {
	answer, found := s[strings.TrimSuffix(address, signature)]
	if !found {
		return Response{}, fmt.Errorf("404")
	}
	return answer, nil
}

// replace changes text in one body, all occurrences or, with last, the last one.
func (s site) replace(t *testing.T, address, old, new string) {
	t.Helper()
	answer := s[address]
	if !bytes.Contains(answer.Body, []byte(old)) {
		t.Fatalf("%s does not contain %q", address, old)
	}
	answer.Body = bytes.ReplaceAll(answer.Body, []byte(old), []byte(new))
	s[address] = answer
}

func (s site) replaceLast(t *testing.T, address, old, new string) {
	t.Helper()
	answer := s[address]
	i := bytes.LastIndex(answer.Body, []byte(old))
	if i < 0 {
		t.Fatalf("%s does not contain %q", address, old)
	}
	answer.Body = []byte(string(answer.Body[:i]) + new + string(answer.Body[i+len(old):]))
	s[address] = answer
}

// patch writes bytes at an offset in the body of the first box of that name, wherever it lies.
func (s site) patch(t *testing.T, address, name string, offset int, value ...byte) {
	t.Helper()
	answer := s[address]
	i := bytes.Index(answer.Body, []byte(name))
	if i < 0 {
		t.Fatalf("%s has no box %s", address, name)
	}
	answer.Body = bytes.Clone(answer.Body)
	copy(answer.Body[i+4+offset:], value)
	s[address] = answer
}

// alias serves what lies at one URL also at another.
func (s site) alias(from, to string) { s[to] = s[from] }

func initURL(track string) string { return root + "cmaf1/" + track + "/init.mp4" }

func segmentURL(track string, number int) string {
	return fmt.Sprintf("%scmaf1/%s/6s1/%d.m4s", root, track, number)
}

func playlistURL(track string) string { return root + "hls/" + track + ".m3u8" }

func iframesURL(track string) string { return root + "hls/" + track + ".iframes.m3u8" }

// newSite writes all that the film's manifests name.
func newSite(t testing.TB, p *packager.Presentation, files map[packager.TrackID][]byte) site {
	t.Helper()
	s := site{}
	s.write(t, p, packager.Options{}, nil)
	for i := range p.Tracks {
		id := p.Tracks[i].ID
		plan, err := p.Init(id)
		if err != nil {
			t.Fatal(err)
		}
		s[initURL(string(id))] = Response{Body: plan.Body, ContentType: plan.ContentType}
		for number := 1; number <= p.Segmentation(6).Len(); number++ {
			plan, err := p.Segment(id, 6, number)
			if err != nil {
				t.Fatal(err)
			}
			e := plan.Extent
			s[segmentURL(string(id), number)] = Response{Body: files[id][e.Offset : e.Offset+e.SizeBytes], ContentType: plan.ContentType}
		}
	}
	return s
}

// write writes the manifests of o. Its URLs lie at root, although o would give them another place.
func (s site) write(t testing.TB, p *packager.Presentation, o packager.Options, link packager.Link) {
	t.Helper()
	put := func(address, contentType string, text []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		s[address] = Response{Body: bytes.ReplaceAll(text, []byte(o.UpToAsset()), []byte("../")), ContentType: contentType}
	}
	text, err := hls.AppendMaster(nil, p, packager.HLSMaster, o, link)
	put(master, hls.ContentType, text, err)
	text, err = dash.AppendManifest(nil, p, packager.DASHManifest, o, link)
	put(mpdURL, dash.ContentType, text, err)
	for i := range p.Tracks {
		id := p.Tracks[i].ID
		text, err = hls.AppendMedia(nil, p, packager.Resource{Kind: packager.HLSMedia, Track: id}, o, link)
		put(playlistURL(string(id)), hls.ContentType, text, err)
		if p.Tracks[i].Kind == packager.Video {
			text, err = hls.AppendIFrames(nil, p, packager.Resource{Kind: packager.HLSIFrames, Track: id}, o, link)
			put(iframesURL(string(id)), hls.ContentType, text, err)
		}
	}
}

// signature is what sign puts behind every URL.
const signature = "?auth_key=1-0-0-5f2a&a=b"

func sign(dst, relative []byte) []byte { return append(append(dst, relative...), signature...) }

// film is 15 intervals of 30 frames at 29.97 Hz in two pictures, English in stereo and 5.1, French in stereo. Its media
// are made by hand, box by box.
func film(t testing.TB) (*packager.Presentation, map[packager.TrackID][]byte) {
	t.Helper()
	g := packager.Grid{ID: "grid", Timescale: 30000}
	for i := range 16 {
		g.Cuts = append(g.Cuts, packager.Ticks(i)*30*1001)
	}
	files := map[packager.TrackID][]byte{}
	p := &packager.Presentation{Asset: "asset", Generation: 1, Grid: g, Checksum: 1}
	for _, m := range []medium{
		{id: "v1", kind: packager.Video, width: 640, height: 360},
		{id: "v2", kind: packager.Video, width: 320, height: 180},
		{id: "a-en", kind: packager.Audio, language: "en", channels: 2},
		{id: "a-en-51", kind: packager.Audio, language: "en", channels: 6},
		{id: "a-fr", kind: packager.Audio, language: "fr", channels: 2},
	} {
		track, file := m.write(g)
		p.Tracks = append(p.Tracks, track)
		files[track.ID] = file
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	return p, files
}

// medium describes a track file to make.
type medium struct {
	id            packager.TrackID
	kind          packager.Kind
	width, height uint16
	language      string
	channels      uint8
}

func (m medium) write(g packager.Grid) (packager.Track, []byte) {
	t := packager.Track{
		ID: m.id, Kind: m.kind, Codec: "avc1.64001E", Timescale: 30000, Language: "und",
		Video: packager.VideoFormat{
			Width: m.width, Height: m.height, FrameRate: packager.FrameRate{Num: 30000, Den: 1001},
			Colour: packager.Colour{Primaries: 1, Transfer: 1, Matrix: 1},
		},
	}
	if m.kind == packager.Audio {
		t.Codec, t.Timescale, t.Language, t.Video = "mp4a.40.2", 48000, m.language, packager.VideoFormat{}
		t.Audio = packager.AudioFormat{Channels: m.channels, SampleRate: 48000, FrameSamples: 1024}
	}
	t.Init = m.init(uint32(t.Timescale))
	file := bytes.Clone(t.Init)
	frame, now := packager.Ticks(1001), packager.Ticks(0)
	if m.kind == packager.Audio {
		frame = 1024
	}
	for i := range g.Intervals() {
		end := packager.Rescale(g.Cuts[i+1], g.Timescale, t.Timescale)
		samples := int((end - now + frame/2) / frame)
		if i == g.Intervals()-1 {
			samples = int((end - now + frame - 1) / frame)
		}
		moof, mdat := m.fragment(i, now, samples)
		t.Fragments = append(t.Fragments, packager.Fragment{
			Offset: int64(len(file)), SizeBytes: uint32(len(moof) + len(mdat)), MoofSizeBytes: uint32(len(moof)),
			DecodeTime: now, Duration: packager.Ticks(samples) * frame, FirstSampleSizeBytes: uint32(len(m.sample(i, 0))), Samples: uint32(samples),
		})
		file = append(append(file, moof...), mdat...)
		now += packager.Ticks(samples) * frame
	}
	t.SizeBytes = int64(len(file))
	return t, file
}

// join writes integers big-endian and bytes and strings as they are.
func join(parts ...any) []byte {
	var b []byte
	for _, part := range parts {
		switch v := part.(type) {
		case []byte:
			b = append(b, v...)
		case string:
			b = append(b, v...)
		default:
			b, _ = binary.Append(b, binary.BigEndian, v)
		}
	}
	return b
}

// makeBox writes a box around parts.
func makeBox(name string, parts ...any) []byte {
	body := join(parts...)
	return join(uint32(8+len(body)), name, body)
}

func zeros(n int) []byte { return make([]byte, n) }

func (m medium) init(timescale uint32) []byte {
	handler, entry, volume := "vide", m.videoEntry(), uint16(0)
	if m.kind == packager.Audio {
		handler, entry, volume = "soun", m.audioEntry(), 0x100
	}
	stbl := makeBox("stbl",
		makeBox("stsd", uint32(0), uint32(1), entry),
		makeBox("stts", zeros(8)), makeBox("stsc", zeros(8)), makeBox("stsz", zeros(12)), makeBox("stco", zeros(8)))
	mdia := makeBox("mdia",
		makeBox("mdhd", zeros(12), timescale, uint32(0), uint32(0x55C40000)),
		makeBox("hdlr", zeros(8), handler, zeros(13)),
		makeBox("minf", makeBox("dinf", makeBox("dref", uint32(0), uint32(1), makeBox("url ", uint32(1)))), stbl))
	return join(
		makeBox("ftyp", "cmf2", uint32(0), "cmf2", "iso6"),
		makeBox("moov",
			makeBox("mvhd", zeros(12), timescale, uint32(0), uint32(0x10000), uint16(0x100), zeros(10), identity, zeros(24), uint32(2)),
			makeBox("trak",
				makeBox("tkhd", uint32(7), zeros(8), uint32(1), zeros(4), uint32(0), zeros(12), volume, uint16(0), identity, zeros(8)),
				makeBox("free"), mdia),
			makeBox("mvex", makeBox("trex", uint32(0), uint32(1), uint32(1), zeros(12)))))
}

func (m medium) videoEntry() []byte {
	return makeBox("avc1", zeros(6), uint16(1), zeros(16), m.width, m.height, zeros(50),
		makeBox("avcC", []byte{1, 0x64, 0x00, 0x1E, 0xFF, 0xE0, 0}),
		makeBox("colr", "nclx", uint16(1), uint16(1), uint16(1), uint8(0)))
}

func (m medium) audioEntry() []byte {
	asc := []byte{0x11, 0x80 | m.channels<<3}
	specific := join(uint8(5), uint8(len(asc)), asc)
	config := join([]byte{0x40, 0x15}, zeros(11), specific)
	es := join(uint16(0), uint8(0), uint8(4), uint8(len(config)), config, []byte{6, 1, 2})
	return makeBox("mp4a", zeros(6), uint16(1), zeros(8), uint16(m.channels), uint16(16), zeros(4), uint32(48000<<16),
		makeBox("esds", uint32(0), uint8(3), uint8(len(es)), es))
}

// fragment writes one fragment; video frames are shown in the order I B P B P … so that composition offsets matter.
func (m medium) fragment(i int, start packager.Ticks, samples int) (moof, mdat []byte) {
	var run, data []byte
	for n := range samples {
		sample := m.sample(i, n)
		data = append(data, sample...)
		run = join(run, uint32(len(sample)))
		if m.kind == packager.Video {
			run = join(run, offset(n, samples))
		}
	}
	duration, version, flags, others := uint32(1024), uint8(0), uint16(0x201), uint32(0x02000000)
	if m.kind == packager.Video {
		duration, version, flags, others = 1001, 1, 0xA05, 0x01010000
		run = join(uint32(0x02000000), run)
	}
	write := func(dataOffset int) []byte {
		return makeBox("moof",
			makeBox("mfhd", uint32(0), uint32(i+1)),
			makeBox("traf",
				makeBox("tfhd", uint32(0x020028), uint32(1), duration, others),
				makeBox("tfdt", uint32(0x01000000), uint64(start)),
				makeBox("trun", version, uint8(0), flags, uint32(samples), int32(dataOffset), run)))
	}
	return write(len(write(0)) + 8), makeBox("mdat", data)
}

// offset returns the composition offset of frame n in decoding order: frames 1 and 2, 3 and 4, … change places.
func offset(n, samples int) int32 {
	switch {
	case n == 0 || n == samples-1 && n%2 == 1:
		return 0
	case n%2 == 1:
		return 1001
	default:
		return -1001
	}
}

// sample returns an access unit: one NAL unit in video, an IDR picture first, and some bytes in audio.
func (m medium) sample(i, n int) []byte {
	size := 100 + (i*31+n*17)%60 + int(m.width)/2
	if m.kind == packager.Audio {
		return bytes.Repeat([]byte{0x21}, 40*int(m.channels)+size%20)
	}
	unit := bytes.Repeat([]byte{0xAB}, size)
	if unit[0] = 0x41; n == 0 {
		unit[0] = 0x65
	}
	return join(uint32(size), unit)
}

// lines returns text without the lines that contain what.
func lines(text, what string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, what) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
