package ffmpeg

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
)

// suiting is 10 s of 720p25 H.264 with a key frame every 2 s and AAC-LC stereo, in MP4, that can be stored as it is.
func suiting() Source {
	const second = 12_800
	v := &VideoStream{
		Index: 0, Codec: "h264", Profile: "High", Width: 1280, Height: 720, SampleAspect: Rational{1, 1},
		PixelFormat: "yuv420p", BitDepth: 8, Colour: packager.Colour{Primaries: 2, Transfer: 2, Matrix: 2}, BitRate: 3_000_000,
		TimeBase: Rational{1, second}, AverageFrameRate: Rational{25, 1}, End: 10 * second, Packets: 250,
		MinFrameDuration: second / 25, MaxFrameDuration: second / 25,
	}
	for key := packager.Ticks(0); key < v.End; key += 2 * second {
		v.Keys = append(v.Keys, key)
	}
	return Source{Format: "mov,mp4,m4a,3gp,3g2,mj2", Video: v, Audio: []AudioStream{stereoSound(1)}}
}

// stereoSound is 10 s of AAC-LC stereo after a priming packet that is hidden.
func stereoSound(index int) AudioStream {
	return AudioStream{
		Index: index, Codec: "aac", Profile: "LC", Channels: 2, ChannelLayout: "stereo", SampleRate: 48_000, Language: "und",
		BitRate: 128_000, TimeBase: Rational{1, 48_000}, End: 480_000, Packets: 470, Discarded: 1,
	}
}

// summary writes a plan in one line: fit, what is copied beside what, and the ladder.
func summary(p *Plan) string {
	parts := []string{p.Fit.String()}
	for _, r := range []*Recipe{p.Passthrough, p.Ladder} {
		if r == nil {
			parts = append(parts, "-")
			continue
		}
		words := make([]string, len(r.Outputs))
		for i, o := range r.Outputs {
			words[i] = describeOutput(o)
		}
		parts = append(parts, strings.Join(words, " "))
	}
	return strings.Join(parts, " | ")
}

func describeOutput(o Output) string {
	text := fmt.Sprintf("%dx%d", o.Width, o.Height)
	if o.Kind == packager.Audio {
		text = fmt.Sprintf("%d:%s%dch@%d", o.Stream, o.Codec, o.Channels, o.SampleRate)
	}
	if o.Copy {
		text += "(copy)"
	}
	if o.Silence {
		return text + "(silence)"
	}
	if o.Default {
		text += "*"
	}
	return text
}

const ladder720 = "1280x720 854x480 640x360 426x240"

func TestNewPlan(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Source)
		want   string
	}{
		{"suits", func(*Source) {}, "suits | 1280x720(copy) 1:2ch@48000(copy)* | 854x480 640x360 426x240"},
		{"suits at the lowest rung", func(s *Source) { resize(s, 426, 240) }, "suits | 426x240(copy) 1:2ch@48000(copy)* | -"},
		{"suits below the lowest rung", func(s *Source) { resize(s, 160, 120) }, "suits | 160x120(copy) 1:2ch@48000(copy)* | -"},
		{"key frames 5 s apart", func(s *Source) { s.Video.Keys = []packager.Ticks{0, 64_000} },
			"nearly suits | 1280x720(copy) 1:2ch@48000(copy)* | " + ladder720 + " 1:2ch@48000(copy)*"},
		{"one key frame in 13 s", func(s *Source) { s.Video.Keys, s.Video.End, s.Audio = s.Video.Keys[:1], 13*12_800, nil },
			"unfit | - | " + ladder720},
		{"video only", func(s *Source) { s.Audio = nil }, "suits | 1280x720(copy) | 854x480 640x360 426x240"},
		{"audio only", func(s *Source) { s.Video = nil }, "unfit | - | 1:2ch@48000*"},
		{"4K", encoded(3840, 2160), "unfit | - | 1920x1080 " + ladder720},
		{"portrait", encoded(1080, 1920), "unfit | - | 1080x1920 720x1280 480x854 360x640 240x426"},
		{"turned", func(s *Source) { encoded(1920, 1080)(s); s.Video.Rotation = 90 },
			"unfit | - | 1080x1920 720x1280 480x854 360x640 240x426"},
		{"cinema", encoded(1920, 800), "unfit | - | 1920x800 1728x720 1152x480 864x360 576x240"},
		{"hardly above a rung", encoded(1280, 736), "unfit | - | 1280x736 834x480 626x360 418x240"},
		{"hardly above the ladder", encoded(1920, 1088), "unfit | - | 1906x1080 1270x720 848x480 636x360 424x240"},
		{"between rungs", encoded(960, 600), "unfit | - | 960x600 768x480 576x360 384x240"},
		{"odd", encoded(161, 121), "unfit | - | 160x120"},
		{"tiny", encoded(1, 1), "unfit | - | 2x2"},
		{"square", encoded(642, 642), "unfit | - | 642x642 480x480 360x360 240x240"},
		{"wide samples", func(s *Source) { encoded(720, 576)(s); s.Video.SampleAspect = Rational{16, 15} },
			"unfit | - | 768x576 640x480 480x360 320x240"},
		{"mono", func(s *Source) { s.Video = nil; s.Audio[0].Channels = 1 }, "unfit | - | 1:2ch@48000*"},
		{"8 kHz", func(s *Source) { s.Video = nil; s.Audio[0].SampleRate = 8_000 }, "unfit | - | 1:2ch@48000*"},
		{"44.1 kHz in FLAC", func(s *Source) { s.Video = nil; s.Audio[0].Codec, s.Audio[0].SampleRate = "flac", 44_100 },
			"unfit | - | 1:2ch@44100*"},
		{"5.1", func(s *Source) { s.Audio[0].Channels = 6 },
			"suits | 1280x720(copy) 1:2ch@48000* 1:6ch@48000(copy)* | 854x480 640x360 426x240"},
		{"7.1", func(s *Source) { s.Video = nil; s.Audio[0].Channels = 8 }, "unfit | - | 1:2ch@48000* 1:6ch@48000*"},
		{"languages", func(s *Source) {
			s.Video, s.Audio = nil, []AudioStream{stereoSound(1), stereoSound(2), stereoSound(4)}
			s.Audio[1].Default, s.Audio[2].Default = true, true
		}, "unfit | - | 1:2ch@48000 2:2ch@48000* 4:2ch@48000"},
		{"sound ends 0.4 s late", func(s *Source) { s.Audio[0].End += 19_200 },
			"suits | 1280x720(copy) 1:2ch@48000(copy)* | 854x480 640x360 426x240"},
		{"sound ends 0.6 s late", func(s *Source) { s.Audio[0].End += 28_800 },
			"unfit | - | " + ladder720 + " 1:2ch@48000*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := suiting()
			test.change(&source)
			plan, err := NewPlan(source, DefaultLadders()[0])
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(plan); got != test.want {
				t.Errorf("plan\n%s\nwant\n%s", got, test.want)
			}
			if source.Video != nil && (plan.Fit == Suits) != (plan.Reason == "") {
				t.Errorf("%s with reason %q", plan.Fit, plan.Reason)
			}
		})
	}
}

func resize(s *Source, width, height int) { s.Video.Width, s.Video.Height = width, height }

// encoded makes a source of that size that has to be encoded and has no sound.
func encoded(width, height int) func(*Source) {
	return func(s *Source) {
		resize(s, width, height)
		s.Video.Codec, s.Audio = "mpeg4", nil
	}
}

func TestNewPlan_SaysWhyVideoDoesNotSuit(t *testing.T) {
	f := func(want string, change func(*VideoStream)) {
		t.Helper()
		source := suiting()
		change(source.Video)
		plan, err := NewPlan(source, DefaultLadders()[0])
		if err != nil {
			t.Fatal(err)
		}
		if plan.Fit == Suits || plan.Reason != want {
			t.Errorf("%s: %q, want %q", plan.Fit, plan.Reason, want)
		}
	}
	f("its codec is hevc", func(v *VideoStream) { v.Codec = "hevc" })
	f("its pixels are yuv420p10le", func(v *VideoStream) { v.PixelFormat, v.BitDepth = "yuv420p10le", 10 })
	f("its pixels are yuv444p", func(v *VideoStream) { v.PixelFormat = "yuv444p" })
	f("its colours are HDR", func(v *VideoStream) { v.Colour.Transfer = 18 })
	f("it is interlaced", func(v *VideoStream) { v.Interlaced = true })
	f("its pixels are not square (16:15)", func(v *VideoStream) { v.SampleAspect = Rational{16, 15} })
	f("it is rotated", func(v *VideoStream) { v.Rotation = 180 })
	f("it is rotated", func(v *VideoStream) { v.Mirrored = true })
	f("it is larger than 1080 lines", func(v *VideoStream) { v.Width, v.Height = 2560, 1440 })
	f("it has more than 60 frames a second", func(v *VideoStream) { v.AverageFrameRate = Rational{120, 1} })
	f("its bit rate is 9.0 of 8.0 Mbit/s", func(v *VideoStream) { v.BitRate = 9_000_000 })
	f("its groups of pictures are open", func(v *VideoStream) { v.OpenGOP = true })
	f("its codec parameters change", func(v *VideoStream) { v.ParametersChange = true })
	f("its edit list hides pictures", func(v *VideoStream) { v.Discarded = 3 })
	f("it does not begin with a key frame", func(v *VideoStream) { v.Start = -512 })
	f("it does not begin with a key frame", func(v *VideoStream) { v.Keys = nil })
	f("its key frames are up to 6.0 s apart", func(v *VideoStream) { v.Keys = append(v.Keys[:1], v.Keys[3:]...) })
	f("it is interlaced; its pixels are not square (4:3)", func(v *VideoStream) {
		v.Interlaced, v.SampleAspect = true, Rational{4, 3}
	})
}

func TestNewPlan_ContainerWithoutTimes(t *testing.T) {
	source := suiting()
	source.Format = "avi"
	plan, err := NewPlan(source, DefaultLadders()[0])
	if err != nil || plan.Fit != Unfit || !strings.Contains(plan.Reason, "avi") {
		t.Errorf("%+v %v", plan, err)
	}
}

// HEVC that the ladder lists is stored, and gives its grid to a whole ladder of H.264.
func TestNewPlan_PassesListedCodecs(t *testing.T) {
	source := suiting()
	source.Video.Codec, source.Video.PixelFormat, source.Video.BitDepth, source.Video.Colour.Transfer = "hevc", "yuv420p10le", 10, 16
	ladder := DefaultLadders()[0]
	ladder.PassthroughCodecs = []string{"avc", "hevc"}
	plan, err := NewPlan(source, ladder)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := summary(plan), "suits | 1280x720(copy) 1:2ch@48000(copy)* | "+ladder720; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestNewPlan_CopiesOnlySoundThatSuits(t *testing.T) {
	f := func(want bool, change func(*AudioStream)) {
		t.Helper()
		source := suiting()
		change(&source.Audio[0])
		plan, err := NewPlan(source, DefaultLadders()[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Passthrough.Outputs[1].Copy; got != want {
			t.Errorf("copied: %t, want %t: %+v", got, want, source.Audio[0])
		}
	}
	f(true, func(*AudioStream) {})
	f(true, func(a *AudioStream) { a.Priming = 1024 })
	f(true, func(a *AudioStream) { a.Start, a.End = -3*1024, 481_000 })
	f(true, func(a *AudioStream) { a.Start = 24 })  // 0.5 ms
	f(false, func(a *AudioStream) { a.Start = 25 }) // more
	f(true, func(a *AudioStream) { a.Start = -1024 - 24 })
	f(false, func(a *AudioStream) { a.Start = -1024 - 25 })
	f(false, func(a *AudioStream) { a.Priming = 2112 })
	f(false, func(a *AudioStream) { a.Start = 1024 })
	f(true, func(a *AudioStream) { a.End -= 512 })
	f(false, func(a *AudioStream) { a.End -= 513 })
	f(true, func(a *AudioStream) { a.MaxDrift = 239 })
	f(false, func(a *AudioStream) { a.MaxDrift = 240 }) // 5 ms
	f(false, func(a *AudioStream) { a.Discontinuities = 1 })
	f(false, func(a *AudioStream) { a.Profile = "HE-AAC" })
	f(false, func(a *AudioStream) { a.Codec = "mp3" })
	f(false, func(a *AudioStream) { a.Channels = 1 })
	f(false, func(a *AudioStream) { a.SampleRate = 96_000 })
	f(false, func(a *AudioStream) { a.BitRate = 300_000 })
}

// surroundSound is 10 s of E-AC-3 in 5.1 after a packet of which 256 samples are priming.
func surroundSound() AudioStream {
	a := stereoSound(1)
	a.Codec, a.Profile, a.Channels, a.ChannelLayout, a.BitRate = "eac3", "", surround, "5.1(side)", 640_000
	a.Packets, a.Discarded, a.PacketDuration, a.Priming = 313, 0, 1536, 256
	return a
}

// Sound that the ladder passes stands beside the AAC that is made of it.
func TestNewPlan_KeepsSound(t *testing.T) {
	f := func(want string, change func(*AudioStream, *Ladder)) {
		t.Helper()
		source, ladder := suiting(), DefaultLadders()[0]
		source.Video.End, source.Audio[0] = source.Video.Start+128_000, surroundSound()
		change(&source.Audio[0], &ladder)
		plan, err := NewPlan(source, ladder)
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, o := range plan.Passthrough.Outputs[1:] {
			words = append(words, describeOutput(o))
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		spare := plan.Passthrough.Spare
		needed := slices.DeleteFunc(words, func(word string) bool { return strings.Contains(word, "(") })
		if kept := len(needed) < len(plan.Passthrough.Outputs)-1; kept != (spare != nil) || kept && len(spare.Outputs) != len(needed)+1 {
			t.Errorf("%s: spare recipe %+v", want, spare)
		}
	}
	const aac, kept = "1:2ch@48000* 1:6ch@48000*", " 1:ec36ch@48000(copy)* 1:ec36ch@48000(silence)"
	f(aac+kept, func(*AudioStream, *Ladder) {})
	f(aac, func(_ *AudioStream, l *Ladder) { l.PassthroughAudio = []string{"ac3", "opus"} })
	f(aac+kept+" 1:opus6ch@48000*", func(_ *AudioStream, l *Ladder) { l.ExtraAudio = []string{"ec3", "opus"} })
	f(aac+" 1:ec36ch@48000*", func(a *AudioStream, l *Ladder) { a.Discontinuities, l.ExtraAudio = 1, []string{"ec3"} })
	f(aac, func(a *AudioStream, _ *Ladder) { a.MaxDrift = 240 })
	f(aac, func(a *AudioStream, _ *Ladder) { a.TimeBase, a.End, a.PacketDuration = Rational{4, 125}, 313, 1 })
	f("1:2ch@48000* 1:6ch@48000*", func(a *AudioStream, _ *Ladder) { a.Channels = 9 })
	f(aac+kept, func(a *AudioStream, _ *Ladder) { a.Start = 1536 + 256 }) // a packet late
	f(aac, func(a *AudioStream, _ *Ladder) { a.Start = 1536 + 257 })
	f(aac+kept, func(a *AudioStream, _ *Ladder) { a.End -= 96_000 }) // silence follows
	const alone = " 1:ec36ch@48000(copy)*"
	f(aac+alone, func(a *AudioStream, _ *Ladder) { a.ChannelLayout, a.End = "", a.End-768 }) // half a packet short
	f(aac, func(a *AudioStream, _ *Ladder) { a.ChannelLayout, a.End = "", a.End-769 })
	f("1:2ch@48000* 1:flac2ch@96000(copy)*", func(a *AudioStream, l *Ladder) {
		a.Codec, a.Channels, a.SampleRate, l.PassthroughAudio = "flac", 2, 96_000, []string{"flac"}
	})
	f("1:2ch@48000* 1:heaac2ch@48000(copy)*", func(a *AudioStream, _ *Ladder) { a.Codec, a.Profile, a.Channels = "aac", "HE-AACv2", 2 })
	f("1:2ch@48000*", func(a *AudioStream, _ *Ladder) { a.Codec, a.Channels = "dts", 2 })
}

func TestNewPlan_Timeline(t *testing.T) {
	f := func(want string, change func(*Source)) {
		t.Helper()
		source := suiting()
		change(&source)
		plan, err := NewPlan(source, DefaultLadders()[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%d to %d of %d, cuts %v", plan.Zero, plan.End, plan.Timescale, plan.Cuts); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	f("0 to 128000 of 12800, cuts [0 25600 51200 76800 102400 128000]", func(*Source) {})
	f("-16016 to 240240 of 24000, cuts []", func(s *Source) {
		s.Video.TimeBase, s.Video.Start, s.Video.End, s.Video.Codec = Rational{1001, 24_000}, -16, 240, "mpeg4"
	})
	f("400 to 160000 of 16000, cuts []", func(s *Source) {
		s.Video.TimeBase, s.Video.Start, s.Video.End = Rational{1, 1000}, 25, 10_000
	})
	f("0 to 135681 of 12800, cuts []", func(s *Source) { s.Audio[0].End = 508_801 }) // held, rounded up
	f("-512 to 960000 of 48000, cuts []", func(s *Source) {
		s.Video, s.Audio = nil, append(s.Audio, stereoSound(2), stereoSound(3))
		s.Audio[1].Start = -512
		s.Audio[2].End = 960_000
	})
}

func TestNewPlan_RefusesWhatShowsNothing(t *testing.T) {
	if _, err := NewPlan(Source{}, DefaultLadders()[0]); !errors.Is(err, ErrNoStreams) {
		t.Errorf("no streams: %v", err)
	}
	source := suiting()
	source.Video.End = source.Video.Start
	if _, err := NewPlan(source, DefaultLadders()[0]); !errors.Is(err, ErrNotMedia) {
		t.Errorf("no pictures: %v", err)
	}
}

// More cuts than fit one argument of a command leave the passthrough alone on its grid.
func TestNewPlan_TooManyCutsForOneArgument(t *testing.T) {
	source := suiting()
	v := source.Video
	v.Keys = nil
	for key := packager.Ticks(0); len(v.Keys) < 20_000; key += 2 * 12_800 {
		v.Keys = append(v.Keys, key)
		v.End = key + 12_800
	}
	plan, err := NewPlan(source, DefaultLadders()[0])
	if err != nil {
		t.Fatal(err)
	}
	if plan.Fit != NearlySuits || plan.Reason == "" || len(plan.Ladder.Outputs) != 5 {
		t.Errorf("%s %q: %s", plan.Fit, plan.Reason, summary(plan))
	}
}

func TestPassthroughCuts(t *testing.T) {
	f := func(keys []packager.Ticks, end packager.Ticks, want ...packager.Ticks) {
		t.Helper()
		before := slices.Clone(keys)
		if got := PassthroughCuts(keys, end, Rational{1, 10}); !slices.Equal(got, want) {
			t.Errorf("keys %v to %d: %v, want %v", keys, end, got, want)
		}
		if !slices.Equal(keys, before) {
			t.Errorf("keys became %v", keys)
		}
	}
	f([]packager.Ticks{0}, 50, 0, 50)
	f([]packager.Ticks{0, 10, 20, 30, 40}, 50, 0, 20, 40, 50)
	f([]packager.Ticks{0, 10, 20, 30, 40}, 45, 0, 20, 40, 45)
	f([]packager.Ticks{0, 10, 20, 30}, 41, 0, 20, 41)
	f([]packager.Ticks{0, 22, 44}, 60, 0, 22, 44, 60)
	f([]packager.Ticks{0, 23, 24, 46}, 60, 0, 23, 24, 46, 60)
	f([]packager.Ticks{-7, 5, 35, 36}, 37, -7, 5, 35, 37)
}

// TestSilenceable: what ffmpeg's encoders cannot make in the channels of the source must last as long as the pictures.
func TestSilenceable(t *testing.T) {
	f := func(codec, layout string, channels int, want bool) {
		t.Helper()
		a := AudioStream{Codec: codec, ChannelLayout: layout, Channels: channels}
		if got := a.silenceable(); got != want {
			t.Errorf("%s %s: %t", codec, layout, got)
		}
	}
	f("eac3", "5.1(side)", 6, true)
	f("eac3", "7.1", 8, false)
	f("opus", "7.1", 8, true)
	f("ac3", "", 2, false)
	f("flac", "stereo", 2, false)
}
