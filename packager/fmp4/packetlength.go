package fmp4

import (
	"math/bits"

	"headwater/packager"
)

// setFrameSamples sets the frame length of a codec whose first packet tells it.
func setFrameSamples(t *packager.Track, firstDuration uint32) {
	if t.Kind == packager.Audio {
		t.Audio.FrameSamples = firstDuration
	}
}

// packetSamples returns the length of a packet; 0 for none. It is the codec's, not the source's, so that times that were
// rounded in another container do not add up.
func packetSamples(t *packager.Track, packet []byte) packager.Ticks {
	switch t.Codec {
	case "Opus":
		return opusSamples(packet)
	case "fLaC":
		return flacSamples(packet)
	default:
		return packager.Ticks(t.Audio.FrameSamples)
	}
}

// flacSamples returns the length of a FLAC frame by its header (RFC 9639 §9.1): the last one of a stream is shorter, and
// streams may have blocks of all sizes. It returns 0 for what is no frame.
func flacSamples(packet []byte) packager.Ticks {
	if len(packet) < 5 || packet[0] != 0xff || packet[1]>>1 != 0xf8>>1 {
		return 0
	}
	switch code := packet[2] >> 4; {
	case code == 1:
		return 192
	case code >= 8:
		return 256 << (code - 8)
	case code >= 2 && code <= 5:
		return 576 << (code - 2)
	case code == 0:
		return 0
	}
	// The size stands behind the number of the frame, which is as long as a letter in an extended UTF-8.
	at := 4 + max(bits.LeadingZeros8(^packet[4]), 1)
	switch size := packet[min(at, len(packet)):]; {
	case packet[2]>>4 == 6 && len(size) > 0:
		return packager.Ticks(size[0]) + 1
	case packet[2]>>4 == 7 && len(size) > 1:
		return packager.Ticks(size[0])<<8 + packager.Ticks(size[1]) + 1
	default:
		return 0
	}
}

// opusRate is the timescale of Opus whatever the input's rate was (Encapsulation of Opus in ISOBMFF §4.3).
const opusRate = 48000

// opusSamples returns the length of an Opus packet by its table-of-contents byte (RFC 6716 §3.1); 0 for none.
func opusSamples(packet []byte) packager.Ticks {
	if len(packet) == 0 {
		return 0
	}
	const quarterMillisecond = opusRate / 4000
	config := packet[0] >> 3
	var frame packager.Ticks
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		frame = [4]packager.Ticks{40, 80, 160, 240}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		frame = [2]packager.Ticks{40, 80}[config&1]
	default: // CELT: 2.5, 5, 10, 20 ms
		frame = [4]packager.Ticks{10, 20, 40, 80}[config&3]
	}
	frames := packager.Ticks(1)
	switch packet[0] & 3 {
	case 1, 2:
		frames = 2
	case 3:
		if len(packet) < 2 {
			return 0
		}
		frames = packager.Ticks(packet[1] & 63)
	}
	return frame * quarterMillisecond * frames
}

// mp3Mono is the mode of an MPEG audio frame with one channel.
const mp3Mono = 3

// mp3Channels reads the header of an MPEG audio frame (ISO/IEC 11172-3 §2.4.1.3), whose layer the configuration leaves
// open.
func mp3Channels(frame []byte) (uint8, error) {
	const layerIII = 1
	if len(frame) < 4 || frame[0] != 0xff || frame[1]>>5 != 7 {
		return 0, corrupt("an MPEG audio packet of %d bytes without sync word", len(frame))
	}
	if layer := frame[1] >> 1 & 3; layer != layerIII {
		return 0, unsuitable("MPEG audio layer %d", 4-layer)
	}
	if frame[3]>>6 == mp3Mono {
		return 1, nil
	}
	return 2, nil
}

// packetFormat returns what of rate and channels a packet of the codec tells, as a number that stays the same for as long as
// they do; 0 for codecs whose packets do not tell. The sample entry holds for the whole track, so a stream in which they
// change, as broadcasts do between films and advertisements, cannot be stored.
func packetFormat(codec string, packet []byte) uint32 {
	switch {
	case codec == "ac-3" && len(packet) > 6: // fscod and acmod (ETSI TS 102 366 §4.3)
		return 1<<16 | uint32(packet[4]>>6)<<8 | uint32(packet[6]>>5)
	case codec == "ec-3" && len(packet) > 4: // fscod, acmod and lfeon (ETSI TS 102 366 §E.1.2.2)
		return 1<<16 | uint32(packet[4]>>6)<<8 | uint32(packet[4]&15)
	case (codec == mp3 || codec == mp3LowRate) && len(packet) > 3: // version, layer, rate, mono or not
		format := 1<<24 | uint32(packet[1]>>1)<<16 | uint32(packet[2]>>2&3)<<8
		if packet[3]>>6 == mp3Mono {
			format |= 1
		}
		return format
	default:
		return 0
	}
}
