package ffmpeg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
	"headwater/packager/fmp4"
	"headwater/packager/packagertest"
)

// visionClip is 2 s of HEVC, a key frame each second, with a unit in each access unit, and with boxes in its sample entry.
func visionClip(t *testing.T, params string, unit []byte, boxes ...[]byte) *os.File {
	t.Helper()
	stream := generate(t, "a.hevc", "-f", "lavfi", "-i", "testsrc2=s=128x72:r=10:d=2", "-pix_fmt", "yuv420p10le", "-c:v", "libx265",
		"-preset", "ultrafast", "-x265-params",
		"log-level=error:aud=1:bframes=0:open-gop=0:keyint=10:min-keyint=10:scenecut=0:repeat-headers=1:"+params)
	content, err := os.ReadFile(stream.Name())
	if err != nil {
		t.Fatal(err)
	}
	if unit != nil {
		content = packagertest.WithMetadata(content, unit)
	}
	path := filepath.Join(t.TempDir(), "b.hevc")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return withBoxes(t, generate(t, "c.mp4", "-fflags", "+genpts", "-r", "10", "-i", path, "-c", "copy", "-tag:v", "hvc1"), boxes...)
}

// withBoxes adds boxes to the sample entry of an MP4 file that ends with its moov.
func withBoxes(t *testing.T, file *os.File, boxes ...[]byte) *os.File {
	t.Helper()
	content, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "boxes.mp4")
	if err := os.WriteFile(path, packagertest.InSampleEntry(content, boxes...), 0o644); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

const pqParams = "colorprim=bt2020:colormatrix=bt2020nc:transfer=smpte2084"

// packagedPictures stores output o of a recipe, in the file at path, as ingest does.
func packagedPictures(t *testing.T, path string, o Output) (packager.Track, string) {
	t.Helper()
	muxed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	result, err := fmp4.PackageVideo(&file, bytes.NewReader(muxed), fmp4.VideoConfig{ID: "v", Light: o.Light})
	if err != nil {
		t.Fatal(err)
	}
	stored := filepath.Join(t.TempDir(), "stored.mp4")
	if err := os.WriteFile(stored, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return result.Track, stored
}

// sideDataOf describes what ffprobe finds beside a stream and its first picture.
func sideDataOf(t *testing.T, path string) (found []string) {
	t.Helper()
	var parsed struct {
		Streams, Frames []struct {
			List []sideData `json:"side_data_list"`
		}
	}
	out := tool(t, "ffprobe", "-show_streams", "-show_frames", "-read_intervals", "%+#1", "-of", "json", path)
	if err := json.Unmarshal(out, &parsed); err != nil {
		t.Fatal(err)
	}
	for _, s := range slices.Concat(parsed.Streams, parsed.Frames) {
		for _, d := range s.List {
			switch d.Type {
			case "Mastering display metadata":
				found = append(found, fmt.Sprint("display ", d.GreenX, " ", d.WhiteY, " ", d.MaxLuminance, " ", d.MinLuminance))
			case "Content light level metadata":
				found = append(found, fmt.Sprint("light ", d.MaxContent, " ", d.MaxAverage))
			case "DOVI configuration record":
				found = append(found, "vision "+DolbyVision{d.dolbyVisionSideData.Profile, d.Compatibility}.String())
			case "Dolby Vision RPU Data":
				found = append(found, "metadata")
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// TestRecipe_DolbyVision holds that Dolby Vision stays with packets that are copied, is named by what is stored, and is named
// no more once pictures are encoded.
func TestRecipe_DolbyVision(t *testing.T) {
	file := visionClip(t, pqParams, packagertest.MetadataUnit(false), packagertest.DolbyVision(8, 3, 1))
	ladder := quick(72)
	ladder.PassthroughCodecs = []string{"hevc"}
	ladder.Rungs = append(ladder.Rungs, Rung{Height: 72, Codec: "hevc", CRF: 30, MaxBitRate: 300_000, BufferBits: 450_000})
	source, plan := planOf(t, file, ladder)
	if source.Video.HDR.DolbyVision != (DolbyVision{8, 1}) || plan.Passthrough == nil {
		t.Fatalf("%+v, %s: %s", source.Video.HDR.DolbyVision, plan.Fit, plan.Reason)
	}
	track, stored := packagedPictures(t, execute(t, plan.Passthrough, file)[0], plan.Passthrough.Outputs[0])
	if want := "dvh1.08.03/db1p"; track.SupplementalCodec != want || track.Video.Colour.VideoRange() != "PQ" {
		t.Errorf("copied: %q, want %q; %s", track.SupplementalCodec, want, track.Video.Colour.VideoRange())
	}
	if got, want := sideDataOf(t, stored), []string{"metadata", "vision 8.1"}; !slices.Equal(got, want) {
		t.Errorf("copied: ffprobe finds %q, want %q", got, want)
	}

	ladder.PassthroughCodecs = nil
	_, plan = planOf(t, file, ladder)
	for i, path := range execute(t, plan.Ladder, file) {
		track, stored := packagedPictures(t, path, plan.Ladder.Outputs[i])
		if got := sideDataOf(t, stored); track.SupplementalCodec != "" || len(got) > 0 {
			t.Errorf("encoded %s: %q, ffprobe finds %q", track.Codec, track.SupplementalCodec, got)
		}
	}
}

// Pictures whose colours are nobody's but Dolby Vision's are refused, also when their container forgot to say so.
func TestNewPlan_RefusesDolbyVisionWithoutBase(t *testing.T) {
	for name, file := range map[string]*os.File{
		"by its container": visionClip(t, "", nil, packagertest.DolbyVision(5, 3, 0)),
		"by its metadata":  visionClip(t, "", packagertest.MetadataUnit(true)),
	} {
		source, err := Probe(context.Background(), file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = NewPlan(source, quick(72))
		if !errors.Is(err, ErrUnplayable) || !strings.Contains(err.Error(), "profile 5") || !strings.Contains(err.Error(), "upload") {
			t.Errorf("%s: %v", name, err)
		} else {
			requireOneLine(t, err)
		}
	}
}

func TestDolbyVision(t *testing.T) {
	f := func(d DolbyVision, base bool, name string) {
		t.Helper()
		if got := d.hasBase(); got != base || d.String() != name {
			t.Errorf("%s: base %t, want %t of %s", d, got, base, name)
		}
	}
	f(DolbyVision{}, true, "0")
	f(DolbyVision{5, 0}, false, "5")
	f(DolbyVision{5, 1}, false, "5.1")
	f(DolbyVision{7, 6}, true, "7.6")
	f(DolbyVision{8, 0}, true, "8") // truncated: the base has colours of its own
	f(DolbyVision{8, 4}, true, "8.4")
	f(DolbyVision{10, 0}, false, "10")
	f(DolbyVision{10, 1}, true, "10.1")
	f(DolbyVision{127, 15}, true, "127.15")
}

// TestRecipe_KeepsLightLevels holds that the static metadata of HDR comes out as it went in, from where it was to where the
// codec has it, and that nothing of it tells of SDR.
func TestRecipe_KeepsLightLevels(t *testing.T) {
	params := pqParams + ":master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400"
	file := visionClip(t, params, nil)
	want := []string{"display 13250/50000 16450/50000 10000000/10000 50/10000", "light 1000 400"}
	ladder := quick(72)
	ladder.PassthroughCodecs = []string{"hevc"}
	for _, rung := range []Rung{{Height: 72, Codec: "hevc"}, {Height: 36, Codec: "hevc"}, {Height: 36, Codec: "av1"}} {
		rung.CRF, rung.MaxBitRate, rung.BufferBits = 50, 300_000, 450_000
		ladder.Rungs = append(ladder.Rungs, rung)
	}
	_, plan := planOf(t, file, ladder)
	if plan.Passthrough == nil {
		t.Fatal(plan.Reason)
	}
	var codecs []string
	for _, recipe := range []*Recipe{plan.Passthrough, plan.Ladder} {
		for i, path := range execute(t, recipe, file) {
			track, stored := packagedPictures(t, path, recipe.Outputs[i])
			codecs = append(codecs, track.CodecFamily())
			got := sideDataOf(t, stored)
			if track.CodecFamily() == "avc" && len(got) > 0 || track.CodecFamily() != "avc" && !slices.Equal(got, want) {
				t.Errorf("%s: ffprobe finds %q, want %q", track.Codec, got, want)
			}
		}
	}
	if want := []string{"hevc", "avc", "hevc", "av1"}; !slices.Equal(codecs, want) {
		t.Errorf("renditions of %q, want %q", codecs, want)
	}
}

func TestHDR_add(t *testing.T) {
	f := func(name, text string, want HDR) {
		t.Helper()
		var list []sideData
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			t.Fatal(err)
		}
		v := VideoStream{}
		v.addSideData(list)
		if v.HDR != want {
			t.Errorf("%s: %+v, want %+v", name, v.HDR, want)
		}
	}
	const display = `{"side_data_type": "Mastering display metadata", "red_x": "17/25", "red_y": "8/25", "green_x": "13250/50000",
		"green_y": "34500/50000", "blue_x": "7500/50000", "blue_y": "3000/50000", "white_point_x": "15635/50000",
		"white_point_y": "16450/50000", "min_luminance": "1/200", "max_luminance": "%s"}`
	known := packager.MasteringDisplay{
		Red: packager.Chromaticity{X: 34_000, Y: 16_000}, Green: packager.Chromaticity{X: 13_250, Y: 34_500},
		Blue: packager.Chromaticity{X: 7_500, Y: 3_000}, White: packager.Chromaticity{X: 15_635, Y: 16_450},
		MaxLuminance: 10_000_000, MinLuminance: 50,
	}
	f("a display", "["+fmt.Sprintf(display, "1000/1")+"]", HDR{Light: packager.LightLevels{Display: known}})
	for _, luminance := range []string{"0/10000", "1000/10000", "-1/1", "1/0", "2147483647/1", ""} {
		f("a display of "+luminance, "["+fmt.Sprintf(display, luminance)+"]", HDR{})
	}
	f("damage hides nothing", "["+fmt.Sprintf(display, "1000/1")+","+fmt.Sprintf(display, "0/1")+"]",
		HDR{Light: packager.LightLevels{Display: known}})
	f("light", `[{"side_data_type": "Content light level metadata", "max_content": 1000, "max_average": 70000}]`,
		HDR{Light: packager.LightLevels{MaxContent: 1000, MaxAverage: 65535}})
	f("no light", `[{"side_data_type": "Content light level metadata", "max_content": 0, "max_average": 9}]`, HDR{})
	f("too much light", `[{"side_data_type": "Content light level metadata", "max_content": 65536}]`, HDR{})
	f("metadata", `[{"side_data_type": "Dolby Vision Metadata", "vdr_rpu_profile": 0, "bl_video_full_range_flag": 1}]`,
		HDR{DolbyVision: DolbyVision{5, 0}})
	f("metadata of another profile", `[{"side_data_type": "Dolby Vision Metadata", "vdr_rpu_profile": 1, "bl_video_full_range_flag": 1}]`, HDR{})
	f("the container knows better", `[{"side_data_type": "DOVI configuration record", "dv_profile": 8, "dv_bl_signal_compatibility_id": 1},
		{"side_data_type": "Dolby Vision Metadata", "vdr_rpu_profile": 0, "bl_video_full_range_flag": 1}]`, HDR{DolbyVision: DolbyVision{8, 1}})
}

// TestRecipe_ReadsHDRInItsColours holds that one colour, a red of P3, becomes the same SDR and HDR whatever it was coded in.
func TestRecipe_ReadsHDRInItsColours(t *testing.T) {
	red := func(primaries, matrix string) []float64 {
		file := generate(t, "a.mkv", "-f", "lavfi", "-i", "color=s=64x64:r=5:d=0.4", "-vf",
			"format=gbrpf32le,geq=r=0.5:g=0.05:b=0.05,setparams=color_primaries=smpte432:color_trc=linear:colorspace=gbr:range=pc,"+
				"zscale=npl=203:t=smpte2084:p="+primaries+":m="+matrix+":r=limited,format=yuv444p12le,format=yuv420p10le,"+
				"setparams=range=limited:color_trc=smpte2084:color_primaries="+primaries+":colorspace="+matrix,
			"-c:v", "ffv1", "-color_primaries", primaries, "-color_trc", "smpte2084", "-colorspace", matrix, "-color_range", "tv")
		ladder := encodeOnly(64)
		ladder.Rungs[0].CRF = 1
		ladder.Rungs = append(ladder.Rungs, Rung{Height: 64, Codec: "hevc", CRF: 1, MaxBitRate: 3_000_000, BufferBits: 3_000_000})
		_, plan := planOf(t, file, ladder)
		var seen []float64
		for _, path := range execute(t, plan.Ladder, file) {
			for _, component := range []string{"Y", "U", "V"} {
				seen = append(seen, averageOf(t, path, "null", component))
			}
		}
		return seen
	}
	want := red("bt2020", "bt2020nc")
	if want[2] < 150 {
		t.Errorf("the red is %.0f", want)
	}
	for i, other := range [][2]string{{"smpte432", "bt709"}, {"smpte432", "bt2020nc"}, {"bt2020", "ictcp"}} {
		if testing.Short() && i > 0 {
			break // starting the programs takes its time
		}
		got := red(other[0], other[1])
		for i := range want {
			if tolerance := 3.0; got[i]-want[i] > tolerance || want[i]-got[i] > tolerance {
				t.Errorf("%s: %.0f, want %.0f", other, got, want)
				break
			}
		}
	}
}

// The second layer of profile 7 is no picture of its own, even where it is as large as the first and stands before it.
func TestHeader_picturesAreNoSecondLayers(t *testing.T) {
	h, err := parseHeader(strings.NewReader(`{"streams": [
		{"index": 0, "codec_type": "video", "codec_name": "hevc", "width": 1920, "height": 1080, "side_data_list": [
			{"side_data_type": "DOVI configuration record", "dv_profile": 7, "el_present_flag": 1, "bl_present_flag": 0}]},
		{"index": 1, "codec_type": "video", "codec_name": "hevc", "width": 1920, "height": 1080},
		{"index": 2, "codec_type": "video", "codec_name": "hevc", "width": 960, "height": 540, "side_data_list": [
			{"side_data_type": "DOVI configuration record", "dv_profile": 7, "el_present_flag": 1, "bl_present_flag": 1}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, s := range h.pictures() {
		got = append(got, s.Index)
	}
	if want := []int{1, 2}; !slices.Equal(got, want) {
		t.Errorf("pictures %d, want %d", got, want)
	}
}
