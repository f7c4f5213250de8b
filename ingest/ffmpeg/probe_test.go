package ffmpeg

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"headwater/ingest/ffmpeg/sandbox"
	"headwater/packager"
)

func probe(t *testing.T, file *os.File) Source {
	t.Helper()
	s, err := Probe(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestProbe_Clip(t *testing.T) {
	s := probe(t, clip(t))
	v := s.Video
	if v == nil || len(s.Audio) != 1 {
		t.Fatalf("streams %+v", s)
	}
	if v.Codec != "h264" || v.Width != 320 || v.Height != 180 || v.BitDepth != 8 || v.AverageFrameRate != (Rational{25, 1}) {
		t.Errorf("video %+v", v)
	}
	if v.Start != 0 || v.TimeBase.Seconds(v.End) != 2 || v.Packets != 50 || !slices.Equal(v.Keys, []packager.Ticks{0}) || v.OpenGOP {
		t.Errorf("times of video %+v", v)
	}
	a := s.Audio[0]
	if a.Codec != "aac" || a.Profile != "LC" || a.SampleRate != 44100 || a.Channels != 1 || a.Start != 0 || a.Discontinuities != 0 || a.MaxDrift != 0 {
		t.Errorf("audio %+v", a)
	}
	if got := s.Duration().Seconds(); math.Abs(got-2) > 0.05 {
		t.Errorf("duration %v s", got)
	}
}

func TestProbe_Pictures(t *testing.T) {
	testsrc := []string{"-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=1"}
	f := func(name string, want func(v *VideoStream) bool, file string, args ...string) {
		t.Run(name, func(t *testing.T) {
			s := probe(t, generate(t, file, append(slices.Clone(testsrc), args...)...))
			if s.Video == nil || !want(s.Video) {
				t.Errorf("video %+v", s.Video)
			}
		})
	}
	f("fields", func(v *VideoStream) bool { return v.Interlaced && v.TopFieldFirst }, "a.ts",
		"-vf", "tinterlace=interleave_top,fieldorder=tff", "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-top", "1")
	f("frames that the container calls fields", func(v *VideoStream) bool { return !v.Interlaced }, "a.mkv",
		"-c:v", "libx264", "-preset", "ultrafast", "-field_order", "tt")
	f("aspect", func(v *VideoStream) bool { return v.SampleAspect == Rational{4, 3} }, "a.mp4", "-vf", "setsar=4/3", "-c:v", "libx264", "-preset", "ultrafast")
	f("colour", func(v *VideoStream) bool {
		return v.Colour == packager.Colour{Primaries: 9, Transfer: 16, Matrix: 9, FullRange: true}
	}, "a.mkv",
		"-c:v", "libx264", "-preset", "ultrafast", "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-color_range", "pc")
	f("open group of pictures", func(v *VideoStream) bool { return v.OpenGOP && len(v.Keys) > 1 }, "a.ts",
		"-c:v", "libx264", "-x264-params", "open-gop=1:keyint=12:bframes=2:b-adapt=0:scenecut=0")
	f("closed group of pictures", func(v *VideoStream) bool { return !v.OpenGOP && len(v.Keys) == 3 && v.ReorderDepth > 0 }, "a.ts",
		"-c:v", "libx264", "-x264-params", "keyint=10:bframes=2:b-adapt=0:scenecut=0")
	f("variable frame rate", func(v *VideoStream) bool { return v.MaxFrameDuration == 2*v.MinFrameDuration }, "a.mp4",
		"-vf", "select=not(eq(n\\,10))", "-vsync", "vfr", "-c:v", "libx264", "-preset", "ultrafast")
}

func TestProbe_Rotation(t *testing.T) {
	upright := generate(t, "upright.mp4", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=0.2", "-c:v", "libx264", "-preset", "ultrafast")
	f := func(tag string, want int) {
		v := probe(t, generate(t, "turned.mp4", "-i", upright.Name(), "-c", "copy", "-metadata:s:v", "rotate="+tag)).Video
		if v.Rotation != want || v.Mirrored {
			t.Errorf("rotate=%s: rotation %d, mirrored %v, want %d", tag, v.Rotation, v.Mirrored, want)
		}
	}
	// The angle that ffmpeg writes counts against the clock.
	f("90", 270)
	f("180", 180)
	f("270", 90)
	f("0", 0)
}

func TestProbe_Streams(t *testing.T) {
	s := probe(t, generate(t, "streams.mkv",
		"-f", "lavfi", "-i", "testsrc=size=160x90:rate=25:duration=1", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=1",
		"-f", "lavfi", "-i", "sine=duration=1", "-f", "lavfi", "-i", "sine=duration=1", "-f", "lavfi", "-i", "sine=duration=1",
		"-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map", "4", "-c:v", "mpeg4", "-c:a", "aac",
		"-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=eng", "-metadata:s:a:2", "language=eng",
		"-metadata:s:a:1", "title=Director's \"cut\"", "-disposition:a:0", "default", "-disposition:a:1", "comment", "-disposition:a:2", "0"))
	if s.Video == nil || s.Video.Index != 1 {
		t.Errorf("the smaller video was chosen: %+v", s.Video)
	}
	type track struct {
		language, title string
		role            packager.Role
		isDefault       bool
	}
	var got []track
	for _, a := range s.Audio {
		got = append(got, track{a.Language, a.Title, a.Role, a.Default})
	}
	want := []track{
		{"de", "", packager.RoleMain, true},
		{"en", `Director's "cut"`, packager.RoleCommentary, false},
		{"en", "", packager.RoleMain, false},
	}
	if !slices.Equal(got, want) {
		t.Errorf("audio %+v, want %+v", got, want)
	}
}

// A broadcast that begins in the middle of a group of pictures starts with its first picture that decodes.
func TestProbe_StartsAtFirstDecodablePicture(t *testing.T) {
	whole := generate(t, "whole.ts", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=3",
		"-c:v", "mpeg2video", "-g", "25", "-bf", "2")
	text, err := os.ReadFile(whole.Name())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "middle.ts")
	middle := len(text) / 6 / 188 * 188 // half a second in
	// The program tables come first and are needed.
	if err := os.WriteFile(path, slices.Concat(text[:3*188], text[middle:]), 0o444); err != nil {
		t.Fatal(err)
	}
	full, cut := probe(t, whole).Video, probe(t, open(t, path)).Video
	if !slices.Contains(full.Keys, cut.Start) && cut.OpenGOP == false || cut.Start <= full.Start {
		t.Errorf("starts at %d; the keys are %v", cut.Start, full.Keys)
	}
}

func TestProbe_Refuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) *os.File {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o444); err != nil {
			t.Fatal(err)
		}
		return open(t, path)
	}
	f := func(name string, file *os.File, kind error, reason string) {
		t.Run(name, func(t *testing.T) {
			_, err := Probe(t.Context(), file)
			requireOneLine(t, err)
			if !errors.Is(err, kind) || !strings.Contains(err.Error(), reason) {
				t.Errorf("got %v, want %v: %s", err, kind, reason)
			}
		})
	}
	f("empty", write("empty.mp4", ""), ErrNotMedia, "empty")
	f("text", write("text.mp4", strings.Repeat("no film at all\n", 100)), ErrNotMedia, "Invalid data")
	f("image", generate(t, "image.png", "-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1"), ErrNotMedia, "files of the kind png_pipe are not accepted")
	f("subtitles", generate(t, "only.mkv", "-i", write("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n").Name(), "-c:s", "srt"), ErrNoStreams, "subtitle subrip")
	f("large picture", generate(t, "large.mkv", "-f", "lavfi", "-i", "color=size=8208x16:rate=1:duration=1", "-c:v", "ffv1"), ErrLimit, "8208x16")
	f("folder", open(t, dir), ErrNotMedia, "not a regular file")
}

func requireOneLine(t *testing.T, err error) {
	t.Helper()
	if err == nil || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "/proc/") || len(err.Error()) > 400 {
		t.Errorf("error %q, want one line without paths of ours", err)
	}
}

func TestProbe_Cancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Probe(ctx, clip(t)); !errors.Is(err, ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// A script or playlist under the name of a film must lead to no other file: not by the list of formats, and not by the
// containment alone either.
func TestProbe_ReadsNothingElse(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o666); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var touched atomic.Bool
	go func() {
		if conn, err := listener.Accept(); err == nil {
			touched.Store(true)
			conn.Close()
		}
	}()
	opened := make(chan error, 1)
	go func() {
		// Opening a FIFO for writing returns when somebody opens it for reading.
		file, err := os.OpenFile(fifo, os.O_WRONLY, 0)
		if err == nil {
			file.Close()
		}
		opened <- err
	}()
	address := listener.Addr().String()
	f := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o444); err != nil {
			t.Fatal(err)
		}
		_, err := Probe(t.Context(), open(t, path))
		requireOneLine(t, err)
		if !errors.Is(err, ErrNotMedia) {
			t.Errorf("%s: %v", name, err)
		}
		err = Run(t.Context(), Command{Source: open(t, path), OutputArgs: []string{"-f", "null", "/dev/null"}})
		requireOneLine(t, err)
	}
	f("concat.mp4", "ffconcat version 1.0\nfile '"+fifo+"'\n")
	f("playlist.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://"+fifo+"\n#EXTINF:1,\nhttp://"+address+"/a.ts\n#EXT-X-ENDLIST\n")
	f("dash.mp4", `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet contentType="video">`+
		`<Representation id="1"><BaseURL>http://`+address+`/</BaseURL><SegmentList><SegmentURL media="a.m4s"/></SegmentList></Representation></AdaptationSet></Period></MPD>`)
	if touched.Load() {
		t.Error("an address named in a file was connected to")
	}
	select {
	case <-opened:
		t.Error("a file named in a file was opened")
	default:
	}
	// Release the goroutine above.
	reader, err := os.OpenFile(fifo, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	<-opened
	reader.Close()
}

func TestContainmentStopsScripts(t *testing.T) {
	if !strings.Contains(sandbox.Detect().String(), "Landlock ABI") {
		t.Skip("this kernel has no Landlock:", sandbox.Detect())
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "script.mp4")
	if err := os.WriteFile(script, []byte("ffconcat version 1.0\nfile '"+clip(t).Name()+"'\n"), 0o444); err != nil {
		t.Fatal(err)
	}
	args := []string{"-v", "error", "-f", "concat", "-safe", "0"}
	if out, err := exec.Command("ffprobe", append(slices.Clone(args), script)...).CombinedOutput(); err != nil {
		t.Fatalf("the script does not work uncontained, so this test shows nothing: %v %s", err, out)
	}
	p := &process{program: "ffprobe", args: append(args, sourceURL), source: open(t, script), limits: Limits{}.orDefaults()}
	err := p.run(t.Context())
	var run *RunError
	if !errors.As(err, &run) || !strings.Contains(run.Tail, "Permission denied") {
		t.Errorf("a contained script reads another file: %v", err)
	}
}

func corpus(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("CORPUS")
	if dir == "" {
		t.Skip("CORPUS names no folder of media")
	}
	if _, err := os.Stat(filepath.Join(dir, "MANIFEST.tsv")); err != nil {
		t.Skip("CORPUS has no MANIFEST.tsv:", err)
	}
	return dir
}

// manifest reads the facts that were measured when the corpus was made, by column.
func manifest(t *testing.T, dir string) []map[string]string {
	t.Helper()
	r := csv.NewReader(open(t, filepath.Join(dir, "MANIFEST.tsv")))
	r.Comma, r.LazyQuotes = '\t', true
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestCorpus(t *testing.T) {
	dir := corpus(t)
	for _, row := range manifest(t, dir) {
		if strings.Contains(row["file"], "/") {
			continue // hostile files and captions
		}
		t.Run(row["file"], func(t *testing.T) {
			s := probe(t, open(t, filepath.Join(dir, row["file"])))
			if s.Format != row["container"] {
				t.Errorf("format %s, want %s", s.Format, row["container"])
			}
			requireVideo(t, s.Video, row)
			requireAudio(t, s.Audio, row["audio"])
			var subtitles []string
			for _, sub := range s.Subtitles {
				subtitles = append(subtitles, sub.Codec)
			}
			if got := strings.Join(subtitles, " "); got != strings.Join(firstWords(row["subtitles"]), " ") {
				t.Errorf("subtitles %s, want %s", got, row["subtitles"])
			}
		})
	}
}

// entries splits a cell of several streams; "-" is none.
func entries(cell string) (list []string) {
	for entry := range strings.SplitSeq(cell, " | ") {
		if entry != "-" {
			list = append(list, entry)
		}
	}
	return list
}

func firstWords(cell string) (words []string) {
	for _, entry := range entries(cell) {
		words = append(words, strings.Fields(entry)[0])
	}
	return words
}

var size = regexp.MustCompile(`, (\d+)x(\d+), fps r=\S+ avg=([\d.]+), SAR (\S+), rot (-?\d+), field ([^,]+)`)

func requireVideo(t *testing.T, v *VideoStream, row map[string]string) {
	t.Helper()
	cells := slices.DeleteFunc(entries(row["video"]), func(cell string) bool { return strings.Contains(cell, "attached_pic") })
	if len(cells) == 0 || v == nil {
		if len(cells) > 0 || v != nil {
			t.Errorf("video %+v, want %s", v, row["video"])
		}
		return
	}
	cell := cells[len(cells)-1] // the larger one in the file with two
	want := size.FindStringSubmatch(cell)
	rotation, _ := strconv.Atoi(want[5])
	aspect := strings.ReplaceAll(strings.ReplaceAll(want[4], "n/a", "1:1"), ":", "/")
	interlaced := strings.Contains(row["measured"], "interlaced frames")
	got := fmt.Sprintf("%s %dx%d %s %d %v %s", v.Codec, v.Width, v.Height, v.SampleAspect, v.Rotation, v.Interlaced, v.PixelFormat)
	names := strings.Split(strings.Split(cell, ",")[0], "/")
	expected := fmt.Sprintf("%s %sx%s %s %d %v %s", names[0], want[1], want[2], aspect, (360-rotation)%360, interlaced, names[2])
	if got != expected {
		t.Errorf("video %s, want %s", got, expected)
	}
	rate, _ := strconv.ParseFloat(want[3], 64)
	if got := float64(v.AverageFrameRate.Num) / float64(v.AverageFrameRate.Den); math.Abs(got-rate) > 0.01 {
		t.Errorf("%v frames per second, want %v", got, rate)
	}
	if _, name, ok := strings.Cut(cell, ", trc "); ok && v.Colour.Transfer != transferCodes[name] {
		t.Errorf("transfer %d, want %s", v.Colour.Transfer, name)
	}
	if len(v.Keys) == 0 || v.End <= v.Start || v.BitRate == 0 {
		t.Errorf("times %+v", v)
	}
	// The source with a broken first group of pictures is shorter than its container says.
	duration, _ := strconv.ParseFloat(row["duration_s"], 64)
	if end := v.TimeBase.Seconds(v.End - v.Start); end > duration+0.1 {
		t.Errorf("lasts %v s, the file %v s", end, duration)
	}
}

var sound = regexp.MustCompile(`^(\w+)(?:/(\S+))? (\d+)ch\((\S+)\) (\d+)Hz start=(-?[\d.]+) ?(\w*)`)

func requireAudio(t *testing.T, list []AudioStream, cell string) {
	t.Helper()
	cells := entries(cell)
	if len(list) != len(cells) {
		t.Fatalf("%d audio streams, want %s", len(list), cell)
	}
	for i, a := range list {
		want := sound.FindStringSubmatch(cells[i])
		got := fmt.Sprintf("%s/%s %d %s %d %s", a.Codec, a.Profile, a.Channels, a.ChannelLayout, a.SampleRate, a.Language)
		expected := fmt.Sprintf("%s/%s %s %s %s %s", want[1], want[2], want[3], want[4], want[5], languageTag(want[7]))
		if got != expected {
			t.Errorf("audio %s, want %s", got, expected)
		}
		// Sound begins where the container says, or up to one packet later where the first does not decode alone.
		declared, _ := strconv.ParseFloat(want[6], 64)
		late := a.TimeBase.Seconds(a.Start) - declared
		if packet := 1024 / float64(a.SampleRate); late < -0.001 || late > packet+0.001 {
			t.Errorf("starts at %v s, want %v", a.TimeBase.Seconds(a.Start), declared)
		}
		if a.Discontinuities != 0 {
			t.Errorf("%d discontinuities", a.Discontinuities)
		}
	}
}

func TestHostileCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t), "hostile", "*"))
	if err != nil || len(files) == 0 {
		t.Skip("the corpus has no hostile files")
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := Probe(t.Context(), open(t, path))
			requireOneLine(t, err)
			if !errors.Is(err, ErrNotMedia) && !errors.Is(err, ErrNoStreams) && !errors.Is(err, ErrLimit) {
				t.Errorf("error %v is of no kind", err)
			}
			t.Log(err)
		})
	}
}
