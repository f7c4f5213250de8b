package ts_test

import (
	"encoding/hex"
	"testing"

	"headwater/packager"
	"headwater/packager/packagertest"
	"headwater/packager/ts"
)

// TestAppend_adts holds the header before each frame to ISO/IEC 14496-3 §1.A.2.2, by AudioSpecificConfig.
func TestAppend_adts(t *testing.T) {
	f := func(name string, asc []byte, rate uint32, want string) {
		t.Run(name, func(t *testing.T) {
			track := handmadeAAC(asc, rate, 1024)
			frames := []ts.Sample{{SizeBytes: 100, Duration: 1024, Sync: true}}
			v := handmadeFilm(t, []packager.Ticks{0, 1024}, []packager.Track{track}, [][]ts.Sample{frames})
			packet := v.segment(t, "a", 6, 1)[2*188:]
			_, _, payload := stamps(packet[5+packet[4]:])
			if got := hex.EncodeToString(payload[:7]); got != want || len(payload) != 107 {
				t.Errorf("%d bytes from %s, want 107 from %s", len(payload), got, want)
			}
		})
	}
	f("LC stereo", []byte{0x11, 0x90}, 48000, "fff14c800d7ffc")
	f("LC mono at 44.1 kHz", []byte{0x12, 0x08}, 44100, "fff150400d7ffc")
	f("LC 5.1", []byte{0x11, 0xb0}, 48000, "fff14d800d7ffc")
	f("LC 7.1", []byte{0x11, 0xb8}, 48000, "fff14dc00d7ffc")
	f("HE has the rate of its core", []byte{0x2b, 0x11, 0x88, 0x00}, 48000, "fff158800d7ffc")
	f("HE v2 has the channel of its core", []byte{0xeb, 0x09, 0x88, 0x00}, 48000, "fff158400d7ffc")
}

// TestNewCounter_places holds which configurations have a place in a transport stream.
func TestNewCounter_places(t *testing.T) {
	f := func(name string, track packager.Track, want bool) {
		t.Helper()
		if _, got := ts.NewCounter(&track); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
	aac := func(asc ...byte) packager.Track { return handmadeAAC(asc, 48000, 1024) }
	f("LC", aac(0x11, 0x90), true)
	f("LC of 960 samples", aac(0x11, 0x94), false)
	f("HE of 960 samples", aac(0x2b, 0x11, 0x8a, 0x00), false)
	f("channels told in the frames", aac(0x11, 0x80), false)
	f("a rate without index", aac(0x17, 0x80, 0x5d, 0xc0, 0x10), false)
	f("cut off", aac(0x11), false)
	f("no configuration", aac(), false)
	f("USAC", aac(0xf9, 0x46, 0x40), false)
	f("H.264", handmadeVideo(25), true)
	hevc := handmadeVideo(25)
	hevc.Codec = "hvc1.1.6.L93.B0"
	f("HEVC", hevc, false)
	for end := range hevc.Init {
		short := handmadeVideo(25)
		short.Init = short.Init[:end]
		f("H.264, cut off", short, false)
	}
	f("Opus", handmadeSound("Opus", packagertest.Box("Opus", make([]byte, 28)), 48000, 960), false)
}

// TestCounter_tooLarge holds that frames are refused which no field of the stream can tell the size of.
func TestCounter_tooLarge(t *testing.T) {
	f := func(name string, track packager.Track, sizeBytes uint32, want bool) {
		t.Helper()
		counter, _ := ts.NewCounter(&track)
		counter.Add(ts.Sample{SizeBytes: sizeBytes, Duration: 1024, Sync: true})
		if _, _, got := counter.End(); got != want {
			t.Errorf("%s of %d bytes: fits %t, want %t", name, sizeBytes, got, want)
		}
	}
	f("AAC", handmadeAAC([]byte{0x11, 0x90}, 48000, 1024), 8184, true)
	f("AAC", handmadeAAC([]byte{0x11, 0x90}, 48000, 1024), 8185, false)
	f("AC-3", handmadeSound("ac-3", packagertest.Box("ac-3", make([]byte, 28)), 48000, 1536), 65527, true)
	f("AC-3", handmadeSound("ac-3", packagertest.Box("ac-3", make([]byte, 28)), 48000, 1536), 65528, false)
	f("H.264", handmadeVideo(25), 100<<20, true)
}

// TestAppend_programMap holds what the program map says of each codec, from the PID that tells the clock on.
func TestAppend_programMap(t *testing.T) {
	f := func(name string, tracks []packager.Track, form, want string) {
		t.Run(name, func(t *testing.T) {
			end := packager.Ticks(tracks[0].Timescale)
			samples := [][][]ts.Sample{{everyPicture(1, uint32(end))}, {everyFrame(1, uint32(tracks[len(tracks)-1].Timescale))}}
			if len(tracks) == 1 && tracks[0].Kind == packager.Audio {
				samples = samples[1:]
			}
			v := handmadeFilm(t, []packager.Ticks{0, end}, tracks, samples[:len(tracks)]...)
			section := v.segment(t, form, 6, 1)[188+5:]
			length := int(section[1]&0x0f)<<8 | int(section[2])
			if got := hex.EncodeToString(section[8 : 3+length-4]); got != want {
				t.Errorf("says %s, want %s", got, want)
			}
		})
	}
	sound := func(codec, entry string, frameSamples uint32) packager.Track {
		return handmadeSound(codec, packagertest.Box(entry, make([]byte, 28)), 48000, frameSamples)
	}
	const french = "0a0466726100"
	video, aac := handmadeVideo(25), handmadeAAC([]byte{0x11, 0x90}, 48000, 48000)
	f("H.264", []packager.Track{video}, "v", "e100f000"+"1be100f000")
	f("H.264 and AAC", []packager.Track{video, aac}, "v+a", "e100f000"+"1be100f000"+"0fe101f006"+french)
	f("AAC beside H.264", []packager.Track{video, aac}, "a", "e101f000"+"0fe101f006"+french)
	f("AC-3", []packager.Track{sound("ac-3", "ac-3", 1536)}, "a", "e101f000"+"81e101f00c"+"050441432d33"+french)
	f("E-AC-3", []packager.Track{sound("ec-3", "ec-3", 1536)}, "a", "e101f000"+"87e101f00c"+"050445414333"+french)
	f("MP3", []packager.Track{sound("mp4a.6B", "mp4a", 1152)}, "a", "e101f000"+"03e101f006"+french)
	f("MP3 at a low rate", []packager.Track{sound("mp4a.69", "mp4a", 576)}, "a", "e101f000"+"04e101f006"+french)
}

// FuzzNewCounter holds that no init segment does worse than having no place in a transport stream.
func FuzzNewCounter(f *testing.F) {
	video, sound := handmadeVideo(25), handmadeAAC([]byte{0x2b, 0x11, 0x88, 0x00}, 48000, 2048)
	f.Add(video.Init)
	f.Add(sound.Init)
	f.Fuzz(func(t *testing.T, init []byte) {
		for _, track := range []packager.Track{video, sound} {
			track.Init = init
			counter, ok := ts.NewCounter(&track)
			if !ok {
				continue
			}
			counter.Add(ts.Sample{SizeBytes: 100, Duration: 1, Sync: true})
			if packets, _, ok := counter.End(); ok && packets == 0 {
				t.Error("a sample that takes no packet")
			}
		}
	})
}
