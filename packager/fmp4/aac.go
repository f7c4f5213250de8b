package fmp4

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/Eyevinn/mp4ff/bits"

	"headwater/packager"
)

// Audio object types (ISO/IEC 14496-3 table 1.17).
const (
	aacLC = 2
	sbr   = 5  // HE-AAC
	ps    = 29 // HE-AAC v2
)

// describeAAC reads an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1). Of high-efficiency streams only those are known
// that signal it explicitly (HLS Authoring Specification 2.24): their rate and frame are those of the decoder's output.
func describeAAC(asc []byte, entryChannels uint16) (codec string, a packager.AudioFormat, err error) {
	r := bits.NewReader(bytes.NewReader(asc))
	objectType := r.Read(5)
	rate := readAACRate(r)
	channels := r.Read(4)
	core := objectType
	if objectType == sbr || objectType == ps {
		rate = readAACRate(r)
		core = r.Read(5)
	}
	shortFrame := r.ReadFlag() // frameLengthFlag
	if r.AccError() != nil {
		return "", a, corrupt("AudioSpecificConfig of %d bytes", len(asc))
	}
	if core != aacLC {
		return "", a, unsuitable("audio object type 40.%d", core)
	}
	a = packager.AudioFormat{Channels: aacChannels(channels, entryChannels), SampleRate: rate, FrameSamples: 1024}
	if shortFrame {
		a.FrameSamples = 960
	}
	if objectType != aacLC {
		a.FrameSamples *= 2
	}
	if objectType == ps {
		a.Channels = 2
	}
	return fmt.Sprintf("mp4a.40.%d", objectType), a, nil
}

var aacRates = [...]uint32{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// readAACRate returns 0 for a reserved index.
func readAACRate(r *bits.Reader) uint32 {
	const escape = 15
	index := r.Read(4)
	if index == escape {
		return uint32(r.Read(24))
	}
	if index >= uint(len(aacRates)) {
		return 0
	}
	return aacRates[index]
}

// aacChannels returns the channels of a channelConfiguration; the sample entry's where 0 refers to the bitstream.
func aacChannels(configuration uint, entryChannels uint16) uint8 {
	switch configuration {
	case 0:
		return uint8(min(entryChannels, math.MaxUint8))
	case 7, 12, 14:
		return 8
	case 11:
		return 7
	default:
		return uint8(configuration)
	}
}

// Words of the backward compatible signalling that may follow the configuration of a core that any decoder of AAC knows
// (ISO/IEC 14496-3 §1.6.2.1).
const (
	syncSBR = 0x2b7
	syncPS  = 0x548
)

// explicitAAC returns asc, the AudioSpecificConfig of a stream whose container has channels and counts time in timescale, in
// the form that says first of all that the stream is of high efficiency (explicit hierarchical signalling, ISO/IEC 14496-3
// §1.6.5): the only one by which players know what they need before they decode (HLS Authoring Specification 2.24). asc may
// say so at its end, or not at all, as in ADTS: the decoder's output then has twice the rate of the core, and two channels
// of one with parametric stereo, and muxers write these. Other configurations are returned as they are.
func explicitAAC(asc []byte, channels uint16, timescale packager.Timescale) []byte {
	r := bits.NewReader(bytes.NewReader(asc))
	objectType, index, configuration := r.Read(5), r.Read(4), r.Read(4)
	if objectType == sbr && configuration == 1 && channels == 2 {
		return append([]byte{asc[0]&7 | ps<<3}, asc[1:]...)
	}
	flags := r.Read(3) // frameLengthFlag, dependsOnCoreCoder, extensionFlag
	if r.AccError() != nil || objectType != aacLC || index >= uint(len(aacRates)) || configuration == 0 || flags&3 != 0 {
		return asc
	}
	output, parametric, known := compatibleSBR(r)
	if !known {
		output, parametric = uint32(timescale), configuration == 1 && channels == 2
	}
	extension := slices.Index(aacRates[:], output)
	if extension < 0 || output != 2*aacRates[index] {
		return asc
	}
	objectType = sbr
	if parametric {
		objectType = ps
	}
	word := objectType<<27 | index<<23 | configuration<<19 | uint(extension)<<15 | aacLC<<10 | flags<<7
	return binary.BigEndian.AppendUint32(nil, uint32(word))
}

// compatibleSBR reads backward compatible signalling where r is behind the configuration of the core: the decoder's rate,
// and whether it makes two channels of one. known is false where there is none; a rate of 0 says that the stream is none of
// high efficiency.
func compatibleSBR(r *bits.Reader) (rate uint32, parametric, known bool) {
	if r.Read(11) != syncSBR || r.Read(5) != sbr {
		return 0, false, false
	}
	if !r.ReadFlag() {
		return 0, false, r.AccError() == nil
	}
	rate = readAACRate(r)
	if r.AccError() != nil {
		return 0, false, false
	}
	return rate, r.Read(11) == syncPS && r.ReadFlag() && r.AccError() == nil, true
}
