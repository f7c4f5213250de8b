package ffmpeg

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"

	"headwater/packager"
)

func FuzzParseProbe(f *testing.F) {
	seeds, err := filepath.Glob("testdata/header/*.json")
	if err != nil || len(seeds) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, path := range seeds {
		seed, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Add([]byte(`{"streams":[{"codec_type":"video","codec_name":"h264","width":-1,"time_base":"0/0"}]}`))
	f.Add([]byte(`{"streams":[{"codec_type":"audio","codec_name":"aac","sample_rate":"1e9","channels":99999}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := parseHeader(bytes.NewReader(text))
		if err != nil || h.check() != nil {
			return
		}
		for _, s := range h.pictures() {
			if v, ok := s.video(); ok {
				if frames := h.framesOf(s.Index); len(frames) > 0 {
					v.correct(frames)
				}
				requireSaneVideo(t, &v)
			}
		}
		for _, a := range h.audio() {
			requireSaneAudio(t, &a)
		}
		_ = h.subtitles()
		if reason := h.contents(); reason == "" {
			t.Error("a file without anything to play needs a reason")
		}
	})
}

func requireSaneVideo(t *testing.T, v *VideoStream) {
	t.Helper()
	width, height := v.DisplaySize()
	if v.Width < 1 || v.Height < 1 || width < 0 || height < 0 || max(width, height) > 20*maxSide {
		t.Errorf("%dx%d is shown as %dx%d", v.Width, v.Height, width, height)
	}
	if v.TimeBase.Num < 1 || v.TimeBase.Den < 1 || v.AverageFrameRate.Num < 0 || v.AverageFrameRate.Den < 1 {
		t.Errorf("fractions %v %v", v.TimeBase, v.AverageFrameRate)
	}
	if light := v.HDR.Light; light.Display != (packager.MasteringDisplay{}) && !light.Display.Known() {
		t.Errorf("a display that cannot be: %+v", light.Display)
	}
	if v.BitDepth < 8 || v.BitDepth > 16 || v.Rotation%90 != 0 || v.Rotation < 0 || v.Rotation > 270 {
		t.Errorf("%d bits, rotation %d", v.BitDepth, v.Rotation)
	}
}

func requireSaneAudio(t *testing.T, a *AudioStream) {
	t.Helper()
	if a.TimeBase.Num < 1 || a.TimeBase.Den < 1 || a.SampleRate < 1 || a.Channels < 1 || a.Codec == "" {
		t.Errorf("audio %+v", a)
	}
	if _, err := language.Parse(a.Language); err != nil {
		t.Errorf("language %q: %v", a.Language, err)
	}
}

// String writes a packet as ffprobe does.
func (p packet) String() string {
	number := func(t packager.Ticks) string {
		if t == noTime {
			return "N/A"
		}
		return fmt.Sprint(int64(t))
	}
	flags := []byte("__")
	if p.key {
		flags[0] = 'K'
	}
	if p.discarded {
		flags[1] = 'D'
	}
	line := fmt.Sprintf("stream_index=%d|pts=%s|dts=%s|duration=%d|size=%d|flags=%s", p.stream, number(p.pts), number(p.dts), p.duration, p.size, flags)
	if p.skip+p.padding > 0 {
		line += fmt.Sprintf("|side_data_type=Skip Samples|skip_samples=%d|discard_padding=%d", p.skip, p.padding)
	}
	if p.newParameters {
		line += "|side_data_type=New Extradata"
	}
	return line
}

func FuzzParsePackets(f *testing.F) {
	f.Add([]byte("stream_index=0|pts=0|dts=-2002|duration=1001|size=56739|flags=K_\n" +
		"stream_index=1|pts=-1698|dts=-1698|duration=1024|size=802|flags=KD|side_data_type=Skip Samples|skip_samples=1698|discard_padding=0\n"))
	f.Add([]byte("stream_index=0|pts=N/A|dts=7|duration=N/A|size=1|flags=__\n\n"))
	f.Add([]byte("stream_index=1|pts=1152921504606846976|dts=1|duration=1152921504606846976|flags=K_\nstream_index=0"))
	f.Add([]byte("pts=1|dts=2"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all := scan{video: newVideoScan(0), audio: map[int]*audioScan{1: newAudioScan(&AudioStream{
			Codec: "aac", SampleRate: 44100, TimeBase: Rational{1, 90000},
		})}}
		err := readPackets(bytes.NewReader(text), func(p packet) error {
			again, err := parsePacket([]byte(p.String()))
			if err != nil || again != p {
				t.Errorf("%v reads as %v, %v", p, again, err)
			}
			return all.add(p)
		})
		if err != nil {
			return
		}
		s := Source{Video: &VideoStream{TimeBase: Rational{1, 90000}}, Audio: []AudioStream{{Index: 1, TimeBase: Rational{1, 90000}, Start: noTime}}}
		all.describe(&s)
		if v := s.Video; v != nil {
			if !slices.IsSorted(v.Keys) || len(slices.Compact(v.Keys)) != len(v.Keys) || v.Discarded+len(v.Keys) > v.Packets {
				t.Errorf("keys %v of %d packets", v.Keys, v.Packets)
			}
			if v.MinFrameDuration > v.MaxFrameDuration || v.MinFrameDuration < 0 {
				t.Errorf("frames last %d to %d", v.MinFrameDuration, v.MaxFrameDuration)
			}
		}
		for _, a := range s.Audio {
			if a.Priming < 0 || a.MaxDrift < 0 || a.Discontinuities > a.Packets || a.Start == noTime {
				t.Errorf("audio %+v", a)
			}
		}
		_ = s.Duration()
	})
}

func FuzzParseProgress(f *testing.F) {
	f.Add([]byte("frame=50\nfps=0.00\nstream_0_0_q=-1.0\nbitrate=N/A\ntotal_size=N/A\nout_time_us=1960000\nout_time=00:00:01.960000\nspeed=  12x\nprogress=continue\nprogress=end\n"))
	f.Add([]byte("out_time_us=-577014323277\nspeed=N/A\nprogress=continue\n"))
	f.Add([]byte("out_time_us=9223372036854775807\nframe=-1\nspeed=1e999x\nprogress=end"))
	f.Add([]byte("progress")) // not the end of a block
	f.Add(bytes.Repeat([]byte("x"), maxProgressLine+1))
	f.Fuzz(func(t *testing.T, text []byte) {
		var last Progress
		blocks := 0
		_ = readProgress(bytes.NewReader(text), func(p Progress, done bool) {
			blocks++
			p = p.complete(1, time.Hour, done)
			if p.OutTime < last.OutTime || p.Frames < last.Frames || p.Speed < 0 {
				t.Errorf("%+v follows %+v", p, last)
			}
			if p.Fraction < 0 || p.Fraction > 1 || done != (p.Fraction == 1) {
				t.Errorf("fraction %v, done %v", p.Fraction, done)
			}
			last = p
		})
		if blocks > bytes.Count(text, []byte("progress=")) {
			t.Errorf("%d blocks in %q", blocks, text)
		}
	})
}

func TestReadProgress(t *testing.T) {
	var got []Progress
	text := "frame=10\nout_time_us=400000\nspeed=2.5x\nprogress=continue\nframe=9\nout_time_us=N/A\nspeed=N/A\nprogress=end\n"
	err := readProgress(strings.NewReader(text), func(p Progress, done bool) {
		got = append(got, p.complete(7, time.Second, done))
	})
	want := []Progress{
		{Frames: 10, OutTime: 400 * time.Millisecond, SizeBytes: 7, Speed: 2.5, Fraction: 0.4},
		{Frames: 10, OutTime: 400 * time.Millisecond, SizeBytes: 7, Speed: 2.5, Fraction: 1},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestMeaningfulLine(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := meaningfulLine(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	f("", "")
	f("/proc/self/fd/3: Invalid data found when processing input\n", "Invalid data found when processing input")
	f("[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55d0c8] moov atom not found\n/proc/self/fd/3: Invalid data found when processing input\n", "moov atom not found")
	f("[hls @ 0x55] Format not on whitelist 'mov,matroska'\n/proc/self/fd/3: Invalid argument\n", "files of the kind hls are not accepted")
	f("[libx264 @ 0x1] [a @ 0x2] width not divisible by 2\nError initializing output stream 0:0 -- x\nConversion failed!\n", "width not divisible by 2")
	f(strings.Repeat("ä", 300), strings.Repeat("ä", maxReason)+"…")
}

func TestTail(t *testing.T) {
	var kept tail
	for i := range 1000 {
		fmt.Fprintf(&kept, "line %d\n", i)
	}
	text := kept.String()
	if len(text) != maxTail || !strings.HasSuffix(text, "line 998\nline 999\n") {
		t.Errorf("%d bytes that end with %q", len(text), text[len(text)-20:])
	}
	kept = tail{}
	fmt.Fprint(&kept, strings.Repeat("x", 3*maxTail), "\x00\xff\r")
	if text := kept.String(); len(text) > maxTail || !strings.HasSuffix(text, "x ?\n") {
		t.Errorf("%d bytes that end with %q", len(text), text[len(text)-20:])
	}
}

func TestLanguageTag(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := languageTag(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	f("eng", "en")
	f("ger", "de")
	f("deu", "de")
	f("fre", "fr")
	f("gsw", "gsw")
	f("pt-BR", "pt-BR")
	f("zho", "zh")
	f("chi", "zh")
	f("cmn", "cmn")
	f("iw", "he")
	f("zxx", "zxx")
	f("mul", "mul")
	f("mis", "mis")
	f("und", "und")
	f("", "und")
	f("english language", "und")
	f("\x00\xff", "und")
}

func TestBitDepth(t *testing.T) {
	f := func(format string, want int) {
		t.Helper()
		if got := bitDepth(format); got != want {
			t.Errorf("%s: got %d, want %d", format, got, want)
		}
	}
	f("yuv420p", 8)
	f("nv12", 8)
	f("yuvj444p", 8)
	f("rgb24", 8)
	f("rgb0", 8)
	f("yuv420p10le", 10)
	f("yuv422p12be", 12)
	f("p010le", 10)
	f("y210le", 10)
	f("gbrp16le", 16)
	f("rgba64le", 16)
	f("gray10le", 10)
	f("", 8)
}

func TestDistinguish(t *testing.T) {
	tracks := []AudioStream{
		{Language: "en"}, {Language: "en", Default: true}, {Language: "de"},
		{Language: "en", Role: packager.RoleCommentary}, {Language: "de", Default: true, Role: packager.RoleDub},
	}
	distinguish(tracks)
	want := []packager.Role{packager.RoleAlternate, packager.RoleMain, packager.RoleMain, packager.RoleCommentary, packager.RoleDub}
	for i, track := range tracks {
		if track.Role != want[i] {
			t.Errorf("track %d is %v, want %v", i, track.Role, want[i])
		}
	}
}

func TestDisplaySize(t *testing.T) {
	f := func(v VideoStream, width, height int) {
		t.Helper()
		if w, h := v.DisplaySize(); w != width || h != height {
			t.Errorf("%+v is shown as %dx%d, want %dx%d", v, w, h, width, height)
		}
	}
	f(VideoStream{Width: 720, Height: 576, SampleAspect: Rational{16, 15}}, 768, 576)
	f(VideoStream{Width: 720, Height: 480, SampleAspect: Rational{8, 9}}, 720, 540)
	f(VideoStream{Width: 1920, Height: 1080, SampleAspect: Rational{1, 1}, Rotation: 270}, 1080, 1920)
}

func TestReorder(t *testing.T) {
	var o reorder
	for _, time := range []packager.Ticks{0, 4, 2, 1, 3, 8, 6, 5, 10} {
		o.add(time)
	}
	o.flush()
	if o.shortest != 1 || o.longest != 2 || o.last != 10 {
		t.Errorf("frames last %d to %d, the last is at %d; want 1 to 2, 10", o.shortest, o.longest, o.last)
	}
}
