package ffmpeg

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
	"headwater/packager/packagertest"
)

// What a source's pictures are like must not show in its renditions: upright, square, progressive, 8 bits, SDR,
// tagged.
func TestRecipe_Pictures(t *testing.T) {
	pattern := func(size string, args ...string) func(*testing.T) *os.File {
		return func(t *testing.T) *os.File {
			name := "a.mp4"
			if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
				name, args = args[0], args[1:]
			}
			return generate(t, name, append([]string{"-f", "lavfi", "-i", "smptebars=s=" + size + ":r=25:d=0.4"}, args...)...)
		}
	}
	const sd, pal, hd = "smpte170m smpte170m smpte170m", "bt470bg smpte170m bt470bg", "bt709 bt709 bt709"
	for _, test := range []struct {
		name   string
		source func(*testing.T) *os.File
		size   string
		colour string  // primaries, transfer, matrix
		luma   float64 // mean, in limited range
	}{
		{"untagged", pattern("320x180"), "320x180", sd, smpteBarsLuma},
		{"untagged, high definition", pattern("1280x720"), "426x240", hd, smpteBarsLuma},
		{"turned", turned(90), "180x320", sd, smpteBarsLuma},
		{"upside down", turned(180), "320x180", sd, smpteBarsLuma},
		{"wide samples", pattern("320x180", "-vf", "setsar=4/3"), "426x180", sd, smpteBarsLuma},
		{"tall samples", pattern("320x180", "-vf", "setsar=3/4"), "320x240", sd, smpteBarsLuma},
		{"odd", pattern("161x121", "a.webm", "-c:v", "libvpx", "-b:v", "1M"), "160x120", pal, smpteBarsLuma},
		{"portrait", pattern("180x320"), "180x320", sd, smpteBarsLuma},
		{"larger than the ladder", pattern("640x480"), "320x240", sd, smpteBarsLuma},
		{"interlaced", pattern("320x288", "-vf", "setfield=tff", "-flags", "+ildct+ilme", "-x264-params", "tff=1"), "266x240",
			pal, smpteBarsLuma},
		{"full range", pattern("320x180", "-vf", "scale=out_range=full,format=yuvj420p"), "320x180", sd, smpteBarsLuma},
		{"10 bits", pattern("320x180", "-pix_fmt", "yuv420p10le"), "320x180", sd, smpteBarsLuma},
		{"4:4:4 tagged", pattern("320x180", "-vf", "format=yuv444p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"),
			"320x180", hd, smpteBarsLuma},
		{"RGB", pattern("320x180", "a.mkv", "-vf", "format=gbrp", "-c:v", "libx264rgb"), "320x180", sd, smpteBarsLuma},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := test.source(t)
			_, plan := planOf(t, file, encodeOnly(240, 48))
			paths := execute(t, plan.Ladder, file)
			out := plan.Ladder.Outputs[0]
			if size := fmt.Sprintf("%dx%d", out.Width, out.Height); size != test.size {
				t.Errorf("planned %s, want %s", size, test.size)
			}
			for i, path := range paths {
				checkPicture(t, path, plan.Ladder.Outputs[i], test.colour, test.luma)
			}
		})
	}
}

// smpteBarsLuma is the mean luma of ffmpeg's SMPTE bars.
const smpteBarsLuma = 96

func checkPicture(t *testing.T, path string, o Output, colour string, luma float64) {
	t.Helper()
	stored := probeStored(t, path)
	s := stored.Streams[0]
	if s.Width != o.Width || s.Height != o.Height || s.Aspect != "1:1" {
		t.Errorf("%dx%d with samples %s, want %dx%d square", s.Width, s.Height, s.Aspect, o.Width, o.Height)
	}
	if s.PixelFormat != "yuv420p" || s.FieldOrder != "progressive" || s.CodecName != "h264" {
		t.Errorf("%s %s %s", s.CodecName, s.PixelFormat, s.FieldOrder)
	}
	if got := s.Primaries + " " + s.Transfer + " " + s.Matrix; got != colour || s.Range != "tv" {
		t.Errorf("%dx%d: colour %s, range %q; want %s tv", s.Width, s.Height, got, s.Range, colour)
	}
	if len(stored.Packets) != 10 {
		t.Errorf("%d pictures of 10", len(stored.Packets))
	}
	if got := lumaOf(t, path, "null"); got < luma-3 || got > luma+3 {
		t.Errorf("%dx%d: mean luma %.1f, want about %.0f", s.Width, s.Height, got, luma)
	}
}

// lumaOf returns the mean luma of the first picture after a filter.
func lumaOf(t *testing.T, path, filter string) float64 {
	t.Helper()
	return averageOf(t, path, filter, "Y")
}

// averageOf returns the mean of Y, U or V of the first picture after a filter.
func averageOf(t *testing.T, path, filter, component string) float64 {
	t.Helper()
	out := string(tool(t, "ffmpeg", "-i", path, "-frames:v", "1",
		"-vf", filter+",signalstats,metadata=mode=print:key=lavfi.signalstats."+component+"AVG:file=-", "-f", "null", "-"))
	_, text, _ := strings.Cut(out, "AVG=")
	return number(t, strings.Fields(text)[0])
}

// The corners of a turned picture must lie where a player would show them.
func TestRecipe_StandsUpright(t *testing.T) {
	for _, degrees := range []int{0, 90, 180, 270} {
		file := turned(degrees)(t)
		_, plan := planOf(t, file, encodeOnly(90))
		path := execute(t, plan.Ladder, file)[0]
		for _, corner := range []string{"crop=iw/4:ih/4:0:0", "crop=iw/4:ih/4:iw*3/4:0", "crop=iw/4:ih/4:0:ih*3/4"} {
			got, want := lumaOf(t, path, corner), lumaOf(t, file.Name(), corner)
			if math.Abs(got-want) > 6 {
				t.Errorf("turned by %d: luma of %s is %.0f, want %.0f", degrees, corner, got, want)
			}
		}
	}
}

// HDR becomes SDR that is tagged so and neither dark nor burnt out, whatever the source tells of its brightness.
func TestRecipe_ToneMaps(t *testing.T) {
	for _, test := range []struct {
		name, transfer string
		gray           int // 10-bit luma, limited range
		luma           float64
		params         string
	}{
		{"PQ, black", "smpte2084", 64, 16, ""},
		{"PQ, 100 cd/m² is a bright gray", "smpte2084", 509, 151, ""},
		{"PQ, 100 cd/m² mastered at 4000", "smpte2084", 509, 140, ":master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(40000000,50):max-cll=4000,400"},
		{"PQ, 1000 cd/m² is white", "smpte2084", 723, 235, ""},
		{"PQ, nonsense brightness", "smpte2084", 723, 235, ":max-cll=1,1"},
		{"HLG, three quarters", "arib-std-b67", 721, 181, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := generate(t, "a.mp4", "-f", "lavfi", "-i", "color=s=320x180:r=25:d=0.4",
				"-vf", fmt.Sprintf("format=yuv420p10le,geq=lum=%d:cb=512:cr=512", test.gray), "-c:v", "libx265", "-preset", "ultrafast",
				"-x265-params", "log-level=error:colorprim=bt2020:colormatrix=bt2020nc:transfer="+test.transfer+test.params)
			_, plan := planOf(t, file, encodeOnly(90, 48))
			for i, path := range execute(t, plan.Ladder, file) {
				checkPicture(t, path, plan.Ladder.Outputs[i], "bt709 bt709 bt709", test.luma)
			}
		})
	}
}

// More than 60 pictures a second are thinned to an even half or less; none of those that are left moves.
func TestRecipe_CapsTheFrameRate(t *testing.T) {
	for _, test := range []struct {
		name, rate string
		every      int // of the source's pictures one is kept
	}{
		{"a.mp4", "60", 1},
		{"a.mp4", "120", 2},
		{"a.mkv", "120000/1001", 2},
		{"a.mp4", "240", 4},
	} {
		file := generate(t, test.name, "-f", "lavfi", "-i", "testsrc=s=64x64:r="+test.rate+":d=1", "-c:v", "libx264", "-preset", "ultrafast")
		source, plan := planOf(t, file, encodeOnly(48))
		all := pictureTimes(t, file.Name(), source.Video.TimeBase, plan.Timescale)
		var want []packager.Ticks
		for i := 0; i < len(all); i += test.every {
			want = append(want, all[i])
		}
		if got := probeStored(t, execute(t, plan.Ladder, file)[0]).times(); !slices.Equal(got, want) {
			t.Errorf("%s at %s: pictures at %v, want %v", test.name, test.rate, got, want)
		}
	}
}

// turned is a clip whose display matrix turns it.
func turned(degrees int) func(*testing.T) *os.File {
	return func(t *testing.T) *os.File {
		file := generate(t, "a.mp4", "-f", "lavfi", "-i", "smptebars=s=320x180:r=25:d=0.4")
		return generate(t, "b.mp4", "-i", file.Name(), "-c", "copy", "-metadata:s:v:0", fmt.Sprintf("rotate=%d", degrees))
	}
}

// A container's mastering data tells of HDR; what is made of it must not.
func TestRecipe_LeavesHDRMetadataBehind(t *testing.T) {
	file := generate(t, "a.mp4", "-f", "lavfi", "-i", "testsrc=s=320x180:r=25:d=0.4", "-pix_fmt", "yuv420p10le",
		"-c:v", "libx265", "-preset", "ultrafast",
		"-x265-params", "log-level=error:colorprim=bt2020:colormatrix=bt2020nc:transfer=smpte2084")
	file = withBoxes(t, file, packagertest.MasteringDisplay(40_000_000, 50))
	if source, _ := planOf(t, file, encodeOnly(90)); !source.Video.HDR.Light.Display.Known() {
		t.Error("the source's mastering display is not found")
	}
	_, plan := planOf(t, file, encodeOnly(90))
	content, err := os.ReadFile(execute(t, plan.Ladder, file)[0])
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte("mdcv")) {
		t.Error("the rendition describes a mastering display")
	}
}

// The preset of the default ladder makes what its rungs promise, down to the smallest picture.
func TestRecipe_DefaultPreset(t *testing.T) {
	for _, size := range []string{"320x180", "2x2", "16x240"} {
		file := generate(t, "a.mkv", "-f", "lavfi", "-i", "testsrc=s="+size+":r=30:d=1", "-c:v", "ffv1")
		_, plan := planOf(t, file, DefaultLadders()[0])
		out := probeStored(t, execute(t, plan.Ladder, file)[0])
		if s := out.Streams[0]; s.Profile != "High" || s.Level > 21 || len(out.Packets) != 30 {
			t.Errorf("%s: profile %s, level %d, %d pictures", size, s.Profile, s.Level, len(out.Packets))
		}
	}
}
