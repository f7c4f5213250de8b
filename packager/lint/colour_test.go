package lint

import (
	"bytes"
	"strings"
	"testing"

	"headwater/packager/packagertest"
)

// testHEVCSPS writes an SPS of Main profile, level 3.1, 64x48, with sub-layers' worth of nothing, and with a VUI where c is
// not empty.
func testHEVCSPS(c colour) []byte {
	var w packagertest.BitWriter
	w.Unsigned(0) // id
	w.Unsigned(1) // 4:2:0
	w.Unsigned(64)
	w.Unsigned(64)
	w.Bits(1, 1) // 8 rows are cropped above and 8 below, in units of 2
	for _, v := range []uint32{0, 0, 4, 4} {
		w.Unsigned(v)
	}
	for _, v := range []uint32{0, 0, 4} { // depths, picture order
		w.Unsigned(v)
	}
	w.Bits(1, 1)
	for range 9 { // of the one sub-layer, and sizes
		w.Unsigned(0)
	}
	w.Bits(0b11, 2) // a scaling list, of predicted ones and one that is written
	for i := range 20 {
		if i == 6 {
			w.Bits(1, 1)
			for range 64 {
				w.Unsigned(1)
			}
			continue
		}
		w.Bits(0, 1)
		w.Unsigned(0)
	}
	w.Bits(0b111, 3) // tools, PCM
	w.Bits(0, 8)
	w.Unsigned(0)
	w.Unsigned(0)
	w.Bits(0, 1)
	w.Unsigned(2) // two sets of pictures, the second made from the first
	w.Unsigned(1)
	w.Unsigned(1)
	for range 2 {
		w.Unsigned(0)
		w.Bits(1, 1)
	}
	w.Bits(0b11, 2)
	w.Unsigned(0)
	w.Bits(0b1011, 4) // of three pictures: used; not used, but with a delta; used
	w.Bits(1, 1)      // long-term pictures
	w.Unsigned(1)
	w.Bits(0, 9)
	w.Bits(0, 2)
	if c == (colour{}) {
		w.Bits(0, 1)
	} else {
		w.Bits(0b1001, 4) // a VUI without aspect ratio and overscan
		w.Bits(5, 3)
		full := uint32(0)
		if c.fullRange {
			full = 1
		}
		w.Bits(full<<1|1, 2)
		for _, v := range []int{c.primaries, c.transfer, c.matrix} {
			w.Bits(uint32(v), 8)
		}
	}
	w.Bits(1, 8)
	head := []byte{0x42, 1, 1, 1, 0x60, 0, 0, 0, 0xB0, 0, 0, 0, 0, 0, 0x5D}
	return escape(join(head, w.Bytes()))
}

// escape writes the emulation prevention bytes of a NAL unit.
func escape(nal []byte) (escaped []byte) {
	zeros := 0
	for _, one := range nal {
		if zeros >= 2 && one <= 3 {
			escaped, zeros = append(escaped, 3), 0
		}
		if zeros++; one != 0 {
			zeros = 0
		}
		escaped = append(escaped, one)
	}
	return escaped
}

// testAV1Header writes a sequence header of 16 bytes, with a colour description where c is not empty.
func testAV1Header(profile uint32, c colour) []byte {
	var w packagertest.BitWriter
	w.Bits(profile, 3)
	w.Bits(0, 2)      // not still
	w.Bits(0, 2)      // no timing, no delays
	w.Bits(0, 5+12+5) // one operating point
	w.Bits(5<<4|5, 8) // sizes of 6 bits
	w.Bits(63<<6|47, 12)
	w.Bits(0, 1+3)    // no frame ids, tools
	w.Bits(0b0000, 4) // tools
	w.Bits(0, 1)      // no order hints
	w.Bits(0b11, 2)   // frames choose
	w.Bits(0b0110, 4) // superres, cdef, restoration, depth
	if profile != 1 {
		w.Bits(0, 1)
	}
	if c == (colour{}) {
		w.Bits(0, 1)
	} else {
		w.Bits(1, 1)
		for _, v := range []int{c.primaries, c.transfer, c.matrix} {
			w.Bits(uint32(v), 8)
		}
		full := uint32(0)
		if c.fullRange {
			full = 1
		}
		w.Bits(full, 1)
	}
	b := w.Bytes()
	return append(b, zeros(16-len(b))...)
}

// TestWrittenColour reads what the headers above were written from.
func TestWrittenColour(t *testing.T) {
	for _, want := range []colour{{}, {9, 16, 9, false}, {9, 18, 9, true}, {1, 1, 1, false}} {
		sps, err := parseHEVCSPS(testHEVCSPS(want))
		if err != nil || sps.colour != want || sps.width != 64 || sps.height != 48 {
			t.Errorf("%+v is %+v, %v", want, sps, err)
		}
		for profile := range uint32(2) {
			h, ok := parseAV1Header(testAV1Header(profile, want))
			if !ok || h.colour != want || h.profile != profile {
				t.Errorf("%+v is %+v, %t", want, h, ok)
			}
		}
	}
}

// TestEncodedColour takes the colr box away from what real encoders made: the bitstream says the same, in the sample entry
// and, where that has no parameter sets, in the first sample.
func TestEncodedColour(t *testing.T) {
	f := func(name, args string, inBand bool, want colour) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			if testing.Short() && strings.Contains(name, "slow") {
				t.Skip("a sample will do")
			}
			file := encode(t, "-f lavfi -i testsrc2=size=160x96:rate=25:duration=0.4 "+args).Bytes()
			file = bytes.ReplaceAll(file, []byte("colr"), []byte("free"))
			if inBand {
				file = bytes.ReplaceAll(file, []byte("hvcC"), []byte("free"))
			}
			at := bytes.Index(file, []byte("moof")) - 4
			r := &report{}
			h, ok := parseHeader(r, "", file[:at])
			if inBand {
				h.entry.lengthSize = 4
			}
			check := checker{report: r, track: track{header: h}}
			end := bytes.Index(file, []byte("mfra")) - 4
			ok = ok && (end < at || check.add("", file[at:end]))
			if got := check.track.entry.colour; !ok || got != want {
				t.Errorf("%+v, want %+v; %v", got, want, r.findings)
			}
		})
	}
	const (
		pq   = " -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -color_range tv "
		hlg  = " -color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc -color_range tv "
		hevc = "-pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=error:"
	)
	f("hevc", hevc+"colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"+pq, false, colour{9, 16, 9, false})
	f("hevc slow presets", strings.Replace(hevc, "ultrafast", "slow", 1)+"colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"+hlg, false, colour{9, 18, 9, false})
	f("hevc in band", hevc+"repeat-headers=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"+pq, true, colour{9, 16, 9, false})
	f("av1", "-pix_fmt yuv420p10le -c:v libsvtav1 -preset 12"+hlg, false, colour{9, 18, 9, false})
	f("vp9", "-pix_fmt yuv420p10le -c:v libvpx-vp9 -deadline realtime -cpu-used 8"+pq, false, colour{9, 16, 9, false})
}

// FuzzParameters feeds any bytes as parameter sets: what is read never runs past them, and never for long.
func FuzzParameters(f *testing.F) {
	f.Add(testHEVCSPS(colour{9, 16, 9, true}))
	f.Add(testAV1Header(0, colour{9, 18, 9, false}))
	f.Add(testSPS(39, 22, 4))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range parametersColours(b) {
			if c.primaries > 255 || c.transfer > 255 || c.matrix > 255 {
				t.Errorf("%+v", c)
			}
		}
	})
}

func parametersColours(b []byte) (found []colour) {
	if sps, err := parseHEVCSPS(b); err == nil {
		found = append(found, sps.colour)
	}
	if h, ok := findAV1Header(b); ok {
		found = append(found, h.colour)
	}
	if e, err := parseAVCSPS(b); err == nil {
		found = append(found, e.colour)
	}
	e := sampleEntry{name: "hev1", lengthSize: 4}
	e.readInBand(b)
	return append(found, e.colour)
}
