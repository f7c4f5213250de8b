package lint

import (
	"encoding/binary"
	"fmt"
)

// audioFrame is what the header of one frame says.
type audioFrame struct {
	codec    string // RFC 6381 value
	samples  int
	rate     int // Hz
	channels int // 0 where the header does not say
	size     int // bytes, header included
}

// frameParser reads the header of the frame at the start of b.
type frameParser func(b []byte) (audioFrame, error)

// frameParsers has one for each stream type of audio.
var frameParsers = map[uint8]frameParser{
	streamAAC: parseADTS, streamMPEG1Audio: parseMPEGAudio, streamMPEG2Audio: parseMPEGAudio,
	streamAC3: parseAC3, streamEAC3: parseAC3,
}

var adtsRates = []int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// parseADTS reads an adts_frame (ISO/IEC 14496-3 §1.A.2.2).
func parseADTS(b []byte) (f audioFrame, err error) {
	if len(b) < 7 || b[0] != 0xFF || b[1]&0xF6 != 0xF0 {
		return f, fmt.Errorf("%x is no ADTS header", b[:min(len(b), 7)])
	}
	rate := int(b[2] >> 2 & 0xF)
	if rate >= len(adtsRates) {
		return f, fmt.Errorf("ADTS sampling_frequency_index %d", rate)
	}
	channels := int(b[2]&1)<<2 | int(b[3]>>6)
	if channels == 7 {
		channels = 8
	}
	f = audioFrame{
		codec: fmt.Sprintf("mp4a.40.%d", b[2]>>6+1), rate: adtsRates[rate], channels: channels,
		samples: 1024 * (int(b[6]&3) + 1), size: int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5]>>5),
	}
	if f.size < 7 {
		return f, fmt.Errorf("ADTS aac_frame_length %d", f.size)
	}
	return f, nil
}

var (
	mpegAudioRates = [4][3]int{{11025, 12000, 8000}, {}, {22050, 24000, 16000}, {44100, 48000, 32000}}
	layer3Rates    = []int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
	layer3LowRates = []int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
)

// parseMPEGAudio reads the header of a Layer III frame (ISO/IEC 11172-3 §2.4.1.3, ISO/IEC 13818-3 §2.4.2.3).
func parseMPEGAudio(b []byte) (f audioFrame, err error) {
	if len(b) < 4 || b[0] != 0xFF || b[1]&0xE6 != 0xE2 || b[2]>>2&3 == 3 || b[2]>>4 == 15 || b[2]>>4 == 0 {
		return f, fmt.Errorf("%x is no header of MPEG audio layer III", b[:min(len(b), 4)])
	}
	version := b[1] >> 3 & 3
	f = audioFrame{codec: "mp4a.40.34", rate: mpegAudioRates[version][b[2]>>2&3], channels: 2, samples: 1152}
	rates, factor := layer3Rates, 144
	if version != 3 {
		rates, factor, f.samples = layer3LowRates, 72, 576
	}
	if b[3]>>6 == 3 {
		f.channels = 1
	}
	if f.rate == 0 {
		return f, fmt.Errorf("MPEG audio version %d", version)
	}
	f.size = factor*rates[b[2]>>4]*1000/f.rate + int(b[2]>>1&1)
	return f, nil
}

var (
	ac3Rates    = [3]int{48000, 44100, 32000}
	ac3BitRates = []int{32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640}
	ac3Channels = [8]int{2, 1, 2, 3, 3, 4, 4, 5}
)

// parseAC3 reads the syncframe header of AC-3 or E-AC-3 (ETSI TS 102 366 §4.3, annex E.1.2).
func parseAC3(b []byte) (f audioFrame, err error) {
	if len(b) < 8 || binary.BigEndian.Uint16(b) != 0x0B77 {
		return f, fmt.Errorf("%x is no AC-3 syncframe", b[:min(len(b), 8)])
	}
	if b[5]>>3 > 10 {
		return parseEAC3(b)
	}
	rate, size := int(b[4]>>6), int(b[4]&0x3F)
	if rate == 3 || size>>1 >= len(ac3BitRates) {
		return f, fmt.Errorf("AC-3 fscod %d, frmsizecod %d", rate, size)
	}
	f = audioFrame{codec: "ac-3", rate: ac3Rates[rate], samples: 1536}
	f.size = 2 * (ac3BitRates[size>>1] * 1000 * 96 / f.rate)
	if f.rate == 44100 {
		f.size += 2 * (size & 1)
	}
	mode := b[6] >> 5
	f.channels = ac3Channels[mode] + ac3LowFrequency(b, mode)
	return f, nil
}

// ac3LowFrequency returns lfeon, which lies behind the mix levels that mode has.
func ac3LowFrequency(b []byte, mode uint8) int {
	r := &bitReader{b: b, next: 6*8 + 3}
	if mode&1 != 0 && mode != 1 {
		r.read(2)
	}
	if mode&4 != 0 {
		r.read(2)
	}
	if mode == 2 {
		r.read(2)
	}
	return int(r.read(1))
}

func parseEAC3(b []byte) (f audioFrame, err error) {
	r := &bitReader{b: b, next: 16}
	kind := r.read(2)
	r.read(3)
	size, rate := int(r.read(11)), int(r.read(2))
	f = audioFrame{codec: "ec-3", size: 2 * (size + 1)}
	if rate == 3 {
		if rate = int(r.read(2)); rate == 3 {
			return f, fmt.Errorf("E-AC-3 fscod2 3")
		}
		f.rate, f.samples = ac3Rates[rate]/2, 1536
	} else {
		f.rate, f.samples = ac3Rates[rate], 256*[]int{1, 2, 3, 6}[r.read(2)]
	}
	mode := r.read(3)
	f.channels = ac3Channels[mode] + int(r.read(1))
	if kind == 1 { // a dependent substream adds channels to the frame before, not time
		f.samples, f.channels = 0, 0
	}
	return f, nil
}
