package lint

import "testing"

func TestSameCodec(t *testing.T) {
	f := func(declared, measured string, want bool) {
		t.Helper()
		if got := sameCodec(declared, measured); got != want {
			t.Errorf("%s for %s: %t", declared, measured, got)
		}
	}
	f("avc1.64001e", "avc1.64001E", true)
	f("avc1.64001F", "avc1.64001E", false)
	f("hvc1.1.6.L93.B0", "hvc1.1.6.L93.B0", true)
	f("hvc1.1.6.L93.B0.0.0", "hvc1.1.6.L93.B0", true)
	f("hvc1.1.6.L93.b0.00.00.00.00.00", "hvc1.1.6.L93.B0", true)
	f("hvc1.2.4.L93.B0", "hvc1.1.6.L93.B0", false)
	f("hvc1.1.6.L93", "hvc1.1.6.L93.B0", false)
	f("hev1.1.6.L93.B0", "hvc1.1.6.L93.B0", false)
	f("av01.0.04M.08", "av01.0.04M.08", true)
	f("av01.0.04M.08.0.110.01.01.01.0", "av01.0.04M.08", true)
	f("av01.0.04M.10", "av01.0.04M.08", false)
	f("vp09.00.10.08.01.01.01.01.00", "vp09.00.10.08", true)
	f("vp09.00.11.08", "vp09.00.10.08", false)
	f("mp4a.6B", "mp4a.40.34", true)
	f("mp4a.40.34", "mp4a.6B", true)
	f("mp4a.40.2", "mp4a.40.5", false)
	f("opus", "Opus", true)
	f("flac", "fLaC", true)
	f("ec-3", "ac-3", false)
	f("stpp.ttml.im1t", "stpp", true)
	f("", "wvtt", false)
}

// TestSampleEntries reads the boxes of each codec.
func TestSampleEntries(t *testing.T) {
	f := func(name, kind string, config []byte, codec string, channels int, problem bool) {
		t.Helper()
		b := zeros(28)
		b[17] = 2
		if kind == "video" {
			b = join(zeros(24), uint16(64), uint16(48), zeros(50))
		}
		e, err := parseSampleEntry(box{name: name, body: join(b, config)}, kind)
		if err != nil || e.codec != codec || e.channels != channels || (e.problem != "") != problem {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
	sps := testHEVCSPS(colour{})
	record := []byte{1, 1, 0x60, 0, 0, 0, 0xB0, 0, 0, 0, 0, 0, 0x5D, 0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F, 1, 0xA1, 0, 1, 0, byte(len(sps))}
	f("hvc1", "video", makeBox("hvcC", record, sps), "hvc1.1.6.L93.B0", 0, false)
	other := append([]byte(nil), record...)
	other[12] = 0x78
	f("hvc1", "video", makeBox("hvcC", other, sps), "hvc1.1.6.L120.B0", 0, true)
	f("hvc1", "video", join(makeBox("hvcC", record, sps), makeBox("dvvC", []byte{1, 0, 16, 61, 0x40}, zeros(19))), "hvc1.1.6.L93.B0", 0, false)
	f("hvc1", "video", makeBox("hvcC", append(record[:len(record)-1:len(record)-1], byte(len(sps)-8)), sps[:len(sps)-8]), "hvc1.1.6.L93.B0", 0, true)
	f("dvh1", "video", join(makeBox("hvcC", record, sps), makeBox("dvcC", []byte{1, 0, 10, 61, 0}, zeros(19))), "dvh1.05.07", 0, false)
	f("av01", "video", makeBox("av1C", []byte{0x81, 0x04, 0x0C, 0}), "av01.0.04M.08", 0, false)
	f("av01", "video", makeBox("av1C", []byte{0x81, 0x04, 0x0C, 0, 0x0A, 16}, testAV1Header(0, colour{})), "av01.0.04M.08", 0, false)
	f("av01", "video", makeBox("av1C", []byte{0x81, 0x04, 0x0C, 0, 0x0A, 16}, testAV1Header(1, colour{})), "av01.0.04M.08", 0, true)
	f("vp09", "video", makeBox("vpcC", []byte{1, 0, 0, 0, 0, 10, 0x80, 1, 1, 1, 0, 0}), "vp09.00.10.08", 0, false)
	f("ac-3", "audio", makeBox("dac3", []byte{0x10, 0x3D, 0x40}), "ac-3", 6, false)
	f("ec-3", "audio", makeBox("dec3", []byte{0x0C, 0x00, 0x20, 0x0F, 0x00}), "ec-3", 6, false)
	f("ec-3", "audio", makeBox("dec3", []byte{0x0C, 0x00, 0x20, 0x0F, 0x02, 0x02}), "ec-3", 8, false)
	f("Opus", "audio", makeBox("dOps", []byte{0, 2, 1, 0x38, 0, 0, 0xBB, 0x80, 0, 0, 0}), "Opus", 2, false)
	f("fLaC", "audio", makeBox("dfLa", zeros(42)), "fLaC", 2, false)
	f("stpp", "text", []byte("http://www.w3.org/ns/ttml\x00\x00\x00"), "stpp", 0, false)
}

// The sample entry of FLAC at 96 kHz says 48 kHz, which is what fits into it.
func TestSampleEntry_RateOfFLAC(t *testing.T) {
	info := join(zeros(4+4+10), []byte{0x17, 0x70, 0x03, 0x70}, zeros(20))
	b := zeros(28)
	b[24], b[25] = 0xBB, 0x80
	e, err := parseSampleEntry(box{name: "fLaC", body: join(b, makeBox("dfLa", info))}, "audio")
	if err != nil || e.samplingRate != 96000 {
		t.Errorf("%d Hz, %v", e.samplingRate, err)
	}
}
