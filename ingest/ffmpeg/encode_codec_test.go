package ffmpeg

import (
	"slices"
	"testing"

	"headwater/packager"
)

// TestRecipe_Codecs holds that each rung of a ladder is in its codec, and that HDR stays HDR in the codecs that have it and
// becomes SDR in the others.
func TestRecipe_Codecs(t *testing.T) {
	const sdr, pq, hlg = "yuv420p bt709 bt709 bt709", "yuv420p10le bt2020 smpte2084 bt2020nc", "yuv420p10le bt2020 arib-std-b67 bt2020nc"
	source := func(transfer string) []string {
		return []string{"-f", "lavfi", "-i", "smptebars=s=320x180:r=25:d=0.4", "-vf",
			"format=yuv420p10le,setparams=range=limited:color_primaries=bt2020:color_trc=" + transfer + ":colorspace=bt2020nc", "-c:v", "libx265", "-preset", "ultrafast",
			"-x265-params", "log-level=error", "-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc"}
	}
	for _, test := range []struct {
		name string
		args []string
		want map[string]string // pixels, primaries, transfer, matrix, by codec
	}{
		{"PQ", source("smpte2084"), map[string]string{"h264": sdr, "hevc": pq, "av1": pq, "vp9": sdr}},
		{"HLG", source("arib-std-b67"), map[string]string{"h264": sdr, "hevc": hlg, "av1": hlg, "vp9": sdr}},
		{"SDR", []string{"-f", "lavfi", "-i", "smptebars=s=320x180:r=25:d=0.4", "-vf", "format=yuv420p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"},
			map[string]string{"h264": sdr, "hevc": sdr, "av1": sdr, "vp9": sdr}},
	} {
		if testing.Short() && test.name != "PQ" {
			continue // the encoders take their time
		}
		t.Run(test.name, func(t *testing.T) {
			file := generate(t, "a.mp4", test.args...)
			ladder := encodeOnly(180)
			for _, codec := range []string{"hevc", "av1", "vp9"} {
				ladder.Rungs = append(ladder.Rungs, Rung{Height: 180, Codec: codec, CRF: 50, MaxBitRate: 300_000, BufferBits: 450_000})
			}
			_, plan := planOf(t, file, ladder)
			got := map[string]string{}
			for _, path := range execute(t, plan.Ladder, file) {
				s := probeStored(t, path).Streams[0]
				got[s.CodecName] = s.PixelFormat + " " + s.Primaries + " " + s.Transfer + " " + s.Matrix
			}
			for codec, want := range test.want {
				if got[codec] != want {
					t.Errorf("%s: %q, want %q", codec, got[codec], want)
				}
			}
		})
	}
}

// TestRecipe_ExtraAudio holds that sound comes in every codec that a ladder names beside AAC, in the channels that it has.
func TestRecipe_ExtraAudio(t *testing.T) {
	file := generate(t, "a.mkv", "-f", "lavfi", "-i", "aevalsrc=0.1*sin(900*t):d=1:s=44100:c=5.1", "-c:a", "flac")
	ladder := encodeOnly(180)
	ladder.ExtraAudio = []string{"ac3", "ec3", "opus", "flac", "mp3"}
	_, plan := planOf(t, file, ladder)
	want := []string{"aac 2 44100", "aac 6 44100", "ac3 6 48000", "eac3 6 48000", "opus 6 48000", "flac 6 44100", "mp3 2 44100"}
	var got []string
	for i, path := range execute(t, plan.Ladder, file) {
		s := probeStored(t, path).Streams[0]
		if plan.Ladder.Outputs[i].Kind != packager.Audio {
			t.Errorf("output %d is %s", i, plan.Ladder.Outputs[i].Kind)
		}
		got = append(got, s.CodecName+" "+string(rune('0'+s.Channels))+" "+s.SampleRate)
	}
	if !slices.Equal(got, want) {
		t.Errorf("sounds %q, want %q", got, want)
	}
}

// TestRecipe_ExtraAudioBeginsAtZero holds that a packet of each sound begins exactly at zero, whatever its encoder puts in
// front: the one that would begin before is dropped, and players would report a hole where the next one begins later.
func TestRecipe_ExtraAudioBeginsAtZero(t *testing.T) {
	for name, offset := range map[string]string{"with the pictures": "0", "before them": "-0.3", "after them": "0.3", "after them, at 8 kHz": "0.3"} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && offset == "-0.3" {
				t.Skip("the encoders take their time: other cases will do")
			}
			rate := "48000"
			if name == "after them, at 8 kHz" {
				rate = "8000"
			}
			file := generate(t, "a.mkv", "-f", "lavfi", "-i", "color=s=64x64:r=25:d=1", "-itsoffset", offset,
				"-f", "lavfi", "-i", "sine=d=1:r="+rate, "-output_ts_offset", "1", "-c:a", "flac")
			ladder := encodeOnly(48)
			ladder.ExtraAudio = []string{"ac3", "ec3", "opus", "flac", "mp3"}
			_, plan := planOf(t, file, ladder)
			for i, path := range execute(t, plan.Ladder, file) {
				o := plan.Ladder.Outputs[i]
				if o.Kind != packager.Audio {
					continue
				}
				var times []packager.Ticks
				for _, p := range probeStored(t, path).Packets {
					times = append(times, p.PTS)
				}
				zero := packager.Rescale(plan.Zero, plan.Timescale, packager.Timescale(o.SampleRate))
				if !slices.Contains(times, zero) {
					t.Errorf("%s: no packet begins at %d: %d", o.Codec, zero, times[:3])
				}
			}
		})
	}
}

func TestSampleBefore(t *testing.T) {
	f := func(number, to, from, want int64) {
		t.Helper()
		if got := sampleBefore(number, to, from); got != want {
			t.Errorf("sample %d of %d Hz is sample %d of %d Hz, want %d", number, to, got, from, want)
		}
	}
	f(480, 48000, 48000, 480)
	f(485, 48000, 8000, 80)
	f(-1, 48000, 8000, -1)
	f(500, 48000, 44100, 441) // 480 at 48 kHz: they coincide every 160
	f(500, 44100, 88200, 1000)
}
