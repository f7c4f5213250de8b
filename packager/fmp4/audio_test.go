package fmp4

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headwater/packager"
)

func packageAudio(t testing.TB, source []byte, cfg AudioConfig) ([]byte, AudioResult) {
	t.Helper()
	cfg.ID = "a1"
	var file bytes.Buffer
	result, err := PackageAudio(&file, bytes.NewReader(source), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes(), result
}

// ntsc is the grid of 4.5 s of video at 29.97 Hz with a key frame every 60 frames.
var ntsc = packager.Grid{ID: "g", Timescale: 30000, Cuts: []packager.Ticks{0, 60060, 120120, 135135}}

// delayed makes ffmpeg write the moov after the first packets, which alone tell what belongs into it for some codecs.
const delayed = " -movflags +delay_moov"

func TestPackageAudio(t *testing.T) {
	f := func(name, args, codec string, want packager.AudioFormat) {
		t.Run(name, func(t *testing.T) {
			source := encode(t, append(lavfi("sine=d=4.6:r=48000"), strings.Fields(args)...)...)
			file, result := packageAudio(t, source, AudioConfig{Language: "deu", Label: "Ton", Default: true, Grid: &ntsc})
			track := &result.Track
			checkAudio(t, source, file, result)
			if track.Codec != codec || track.Audio != want || track.Language != "deu" || track.Label != "Ton" || !track.Default {
				t.Errorf("described as %+v, want %s %+v", track, codec, want)
			}
			if result.ShortBy != 0 || result.MaxDrift > 1 || result.Zero.Ticks != 0 {
				t.Errorf("short by %d, drift %d, zero %v", result.ShortBy, result.MaxDrift, result.Zero)
			}
		})
	}
	f("AAC", "-c:a aac", "mp4a.40.2", packager.AudioFormat{Channels: 1, SampleRate: 48000, FrameSamples: 1024})
	f("AAC 5.1", "-c:a aac -ac 6", "mp4a.40.2", packager.AudioFormat{Channels: 6, SampleRate: 48000, FrameSamples: 1024})
	f("AAC 44.1 kHz", "-c:a aac -ar 44100", "mp4a.40.2", packager.AudioFormat{Channels: 1, SampleRate: 44100, FrameSamples: 1024})
	f("AC-3", "-c:a ac3 -ac 6"+delayed, "ac-3", packager.AudioFormat{Channels: 6, SampleRate: 48000, FrameSamples: 1536})
	f("E-AC-3", "-c:a eac3 -ac 2"+delayed, "ec-3", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 1536})
	f("Opus", "-c:a libopus -ac 2", "Opus", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 960})
	f("FLAC", "-c:a flac -ac 2", "fLaC", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 4608})
	f("MP3", "-c:a libmp3lame", "mp4a.6B", packager.AudioFormat{Channels: 1, SampleRate: 48000, FrameSamples: 1152})
	f("MP3 at a low rate", "-c:a libmp3lame -ar 22050", "mp4a.69", packager.AudioFormat{Channels: 1, SampleRate: 22050, FrameSamples: 576})
}

// checkAudio holds a packaged file to all that must be true of any on the grid ntsc.
func checkAudio(t *testing.T, source, file []byte, result AudioResult) {
	t.Helper()
	track := &result.Track
	checkCMAF(t, file, track)
	stored, sent := packets(t, file), packets(t, source)
	first := slices.IndexFunc(sent, func(p string) bool { return p == stored[0] })
	if first < 0 || len(sent) < first+len(stored) || !slices.Equal(stored, sent[first:first+len(stored)]) {
		t.Errorf("%d packets are no run of the source's %d", len(stored), len(sent))
	}
	if frames := decoded(t, file); len(frames) != len(stored) {
		t.Errorf("%d packets decode to %d frames", len(stored), len(frames))
	}
	scanned, _, err := Scan(bytes.NewReader(file), int64(len(file)), track.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*track, scanned); diff != "" {
		t.Errorf("packaged and scanned differ (-packaged +scanned):\n%s", diff)
	}
	presentation := packager.Presentation{Asset: "a", Generation: 1, Grid: ntsc, Tracks: []packager.Track{*track}}
	if err := presentation.Validate(); err != nil {
		t.Error(err)
	}
	checkNearest(t, track)
}

// packets returns the packets of a fragmented MP4.
func packets(t *testing.T, file []byte) (packets []string) {
	t.Helper()
	s, err := openSource(bytes.NewReader(file))
	for err == nil {
		var next sample
		if next, err = s.advance(); err == nil {
			var packet []byte
			packet, err = s.appendData(nil, next.sizeBytes)
			packets = append(packets, string(packet))
		}
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	return packets
}

// checkNearest demands that no packet boundary is nearer to a cut than the one where the fragment begins.
func checkNearest(t *testing.T, track *packager.Track) {
	t.Helper()
	for i, f := range track.Fragments {
		if i == 0 {
			continue // the source may have no packet that begins at 0
		}
		cut := packager.Rescale(ntsc.Cuts[i], ntsc.Timescale, track.Timescale)
		if distance := max(f.DecodeTime-cut, cut-f.DecodeTime); 2*distance > packager.Ticks(track.Audio.FrameSamples) {
			t.Errorf("fragment %d begins %d ticks from its cut, a packet has %d", i, distance, track.Audio.FrameSamples)
		}
	}
}

func TestPackageAudio_withoutVideo(t *testing.T) {
	source := encode(t, append(lavfi("sine=d=4.6:r=44100"), "-c:a", "aac")...)
	file, result := packageAudio(t, source, AudioConfig{})
	if got, want := result.Cuts[:3], []packager.Ticks{0, 86 * 1024, 172 * 1024}; !slices.Equal(got, want) {
		t.Errorf("cut at %d, want %d", got, want)
	}
	if result.ShortBy != 0 || result.Track.Fragments[0].DecodeTime != 0 {
		t.Errorf("short by %d, begins at %d", result.ShortBy, result.Track.Fragments[0].DecodeTime)
	}
	checkCMAF(t, file, &result.Track)

	_, ended := packageAudio(t, source, AudioConfig{End: Instant{Ticks: 4, Timescale: 1}})
	if got, want := ended.Track.Duration(), packager.Ticks(173*1024); got != want {
		t.Errorf("with an end at 4 s: %d samples, want %d", got, want)
	}

	// A last interval that is too short for long packets of other codecs is part of the one before.
	for milliseconds, want := range map[packager.Ticks]int{4010: 2, 4490: 2, 4510: 3} {
		_, short := packageAudio(t, source, AudioConfig{End: Instant{Ticks: milliseconds, Timescale: 1000}})
		if got := len(short.Track.Fragments); got != want {
			t.Errorf("with an end at %d ms: %d fragments, want %d", milliseconds, got, want)
		}
	}

	second := encode(t, append(lavfi("sine=d=4.6:r=48000"), "-c:a", "ac3", "-movflags", "+delay_moov")...)
	grid := &packager.Grid{ID: "g", Timescale: result.Track.Timescale, Cuts: result.Cuts}
	_, other := packageAudio(t, second, AudioConfig{Zero: result.Zero, Grid: grid})
	if len(other.Track.Fragments) != len(result.Track.Fragments) {
		t.Errorf("%d fragments on a grid of %d", len(other.Track.Fragments), len(result.Track.Fragments))
	}
}

func TestPackageAudio_zero(t *testing.T) {
	source := encode(t, append(lavfi("sine=d=5:r=48000"), "-c:a", "aac")...)
	f := func(name string, zero Instant, first packager.Ticks) {
		t.Run(name, func(t *testing.T) {
			_, result := packageAudio(t, source, AudioConfig{Zero: zero, Grid: &ntsc})
			if got := result.Track.Fragments[0].DecodeTime; got != first {
				t.Errorf("begins at %d, want %d", got, first)
			}
		})
	}
	f("priming is dropped", Instant{}, 0)
	f("on a packet", Instant{Ticks: 2048, Timescale: 48000}, 0)
	f("just after a packet", Instant{Ticks: 2048 + 20, Timescale: 48000}, 0)
	f("just before a packet", Instant{Ticks: 2048 - 20, Timescale: 48000}, 0)
	f("inside a packet", Instant{Ticks: 2048 + 300, Timescale: 48000}, 724)
	f("before the source", Instant{Ticks: -1024 - 500, Timescale: 48000}, 500)
}

func TestPackageAudio_end(t *testing.T) {
	source := encode(t, append(lavfi("sine=d=3:r=48000"), "-c:a", "aac")...)
	_, result := packageAudio(t, source, AudioConfig{Grid: &ntsc})
	if want := packager.Ticks(216216 - 141*1024); result.ShortBy != want {
		t.Errorf("short by %d, want %d", result.ShortBy, want)
	}
	grid := packager.Grid{ID: "g", Timescale: 1000, Cuts: []packager.Ticks{0, 1000, 1005}}
	_, result = packageAudio(t, source, AudioConfig{Grid: &grid})
	if result.ShortBy != 0 || len(result.Track.Fragments) != 2 || result.Track.Fragments[1].Samples != 1 {
		t.Errorf("a last interval shorter than a packet: short by %d, %+v", result.ShortBy, result.Track.Fragments)
	}
}

func TestPackageAudio_drift(t *testing.T) {
	source := encode(t, append(lavfi("sine=d=2:r=48000,asetpts=PTS+gte(T\\,1)*0.1/TB"), "-c:a", "ac3", "-movflags", "+delay_moov")...)
	_, result := packageAudio(t, source, AudioConfig{})
	if result.MaxDrift < 4800-1536 || result.MaxDrift > 4800+1536 {
		t.Errorf("drift %d over a gap of 4800", result.MaxDrift)
	}
}

func TestPackageAudio_unsuitable(t *testing.T) {
	f := func(name, filter, args, want string) {
		t.Run(name, func(t *testing.T) {
			source := encode(t, append(lavfi(filter), strings.Fields(args)...)...)
			_, err := PackageAudio(&bytes.Buffer{}, bytes.NewReader(source), AudioConfig{ID: "a1", Grid: &ntsc})
			var unsuitable *UnsuitableError
			if !errors.As(err, &unsuitable) || !strings.Contains(unsuitable.Reason, want) {
				t.Errorf("error %v, want one about %q", err, want)
			}
		})
	}
	f("late", "sine=d=1,asetpts=PTS+1/TB", "-c:a aac", "begins")
	f("codec", "sine=d=1", "-c:a mp2", "layer 2")
	f("video", "testsrc2=s=64x36:d=1", "-c:v libx264", "not an audio codec")
}

func TestDescribeAAC(t *testing.T) {
	f := func(name string, asc []byte, codec string, want packager.AudioFormat) {
		t.Run(name, func(t *testing.T) {
			got, format, err := describeAAC(asc, 2)
			if err != nil || got != codec || format != want {
				t.Errorf("%s %+v %v, want %s %+v", got, format, err, codec, want)
			}
		})
	}
	f("LC", []byte{0x11, 0x90}, "mp4a.40.2", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 1024})
	f("LC of 960", []byte{0x11, 0x94}, "mp4a.40.2", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 960})
	f("LC 7.1", []byte{0x11, 0xb8}, "mp4a.40.2", packager.AudioFormat{Channels: 8, SampleRate: 48000, FrameSamples: 1024})
	f("HE", []byte{0x2b, 0x11, 0x88, 0x00}, "mp4a.40.5", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 2048})
	f("HE v2", []byte{0xeb, 0x09, 0x88, 0x00}, "mp4a.40.29", packager.AudioFormat{Channels: 2, SampleRate: 48000, FrameSamples: 2048})
	for _, asc := range [][]byte{nil, {0x11}, {0x0a, 0x10}} {
		if codec, _, err := describeAAC(asc, 2); err == nil {
			t.Errorf("%x read as %s", asc, codec)
		}
	}
}

func TestOpusSamples(t *testing.T) {
	f := func(want packager.Ticks, packet ...byte) {
		t.Helper()
		if got := opusSamples(packet); got != want {
			t.Errorf("%x: %d samples, want %d", packet, got, want)
		}
	}
	f(0)
	f(480, 0<<3)
	f(2880, 3<<3)
	f(960, 13<<3)
	f(120, 16<<3)
	f(960, 31<<3)
	f(1920, 31<<3|1)
	f(2880, 31<<3|3, 3)
	f(0, 31<<3|3)
}
