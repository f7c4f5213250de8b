package lint

import "testing"

func TestSteps(t *testing.T) {
	f := func(a, b []int64, want bool) {
		t.Helper()
		span := func(pattern []int64) (s stepSpan) {
			for i := range 12 {
				s.add(pattern[i%len(pattern)])
			}
			return s
		}
		if got := span(a).differs(span(b)); got != want {
			t.Errorf("%v and %v: %t", a, b, got)
		}
	}
	f([]int64{1001}, []int64{1001}, false)
	f([]int64{3600}, []int64{3750}, true) // 25 and 24 Hz in 90 kHz
	f([]int64{3600}, []int64{1800}, true)
	f([]int64{3753, 3754}, []int64{3754}, false)
	f([]int64{33, 34}, []int64{33}, false)
	f([]int64{1000}, []int64{1000, 4000, 1000}, false) // no one rate
	f([]int64{0}, []int64{1000}, false)
}

func TestSpecificConfig(t *testing.T) {
	f := func(b []byte, codec string, explicit bool, rate int) {
		t.Helper()
		e := sampleEntry{codec: "mp4a.40"}
		e.readSpecificConfig(b)
		if e.codec != codec || e.explicitSBR != explicit || e.coreRate != rate {
			t.Errorf("%x: %s, SBR %t, %d Hz", b, e.codec, e.explicitSBR, e.coreRate)
		}
	}
	f([]byte{0x11, 0x90}, "mp4a.40.2", false, 48000)
	f([]byte{0x13, 0x10}, "mp4a.40.2", false, 24000)
	f([]byte{0x13, 0x10, 0x56, 0xE5, 0x98}, "mp4a.40.2", true, 24000)  // announced behind it
	f([]byte{0x13, 0x10, 0x56, 0xE5, 0x00}, "mp4a.40.2", false, 24000) // announced as absent
	f([]byte{0x2B, 0x11, 0x88, 0x00}, "mp4a.40.5", true, 24000)
	f([]byte{0xEB, 0x09, 0x88, 0x00}, "mp4a.40.29", true, 24000)
	f([]byte{0x11, 0x80}, "mp4a.40.2", true, 48000) // an element says more
	f([]byte{0xF9, 0x46, 0x40}, "mp4a.40.42", false, 48000)
}
