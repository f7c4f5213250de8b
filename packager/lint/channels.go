package lint

import (
	"math/bits"
	"strconv"
)

// cicpChannels are the numbers of channels of ChannelConfiguration in ISO/IEC 23091-3, by code point.
var cicpChannels = []int{0, 1, 2, 3, 4, 5, 6, 8, 0, 3, 4, 7, 8, 24, 8, 12, 10, 12, 14, 12, 14}

// dolbyPairs are the bits of Dolby's channel masks that stand for two loudspeakers (ETSI TS 102 366 §E.1.3.1.8).
const dolbyPairs = 1<<10 | 1<<9 | 1<<6 | 1<<5 | 1<<4 | 1<<2

// channelsOf returns how many channels an AudioChannelConfiguration stands for. known is false for schemes that do not say.
func channelsOf(n *node) (channels int, known bool) {
	value := n.attributes["value"]
	switch n.attributes["schemeIdUri"] {
	case "urn:mpeg:dash:23003:3:audio_channel_configuration:2011":
		number, err := strconv.Atoi(value)
		if err == nil && number == 7 {
			number = 8 // the index of 7.1, as DASH has it
		}
		return number, true
	case cicp + "ChannelConfiguration", "urn:mpeg:mpegB:cicp:ChannelConfiguration:2018":
		if index, err := strconv.Atoi(value); err == nil && index >= 0 && index < len(cicpChannels) {
			return cicpChannels[index], true
		}
		return 0, true
	case "tag:dolby.com,2014:dash:audio_channel_configuration:2011", "urn:dolby:dash:audio_channel_configuration:2011":
		mask, err := strconv.ParseUint(value, 16, 16)
		if err != nil {
			return 0, true
		}
		return bits.OnesCount64(mask) + bits.OnesCount64(mask&dolbyPairs), true
	}
	return 0, false
}

// acmodChannels are the numbers of channels of AC-3's audio coding modes (ETSI TS 102 366 §4.4.2.3).
var acmodChannels = []int{2, 1, 2, 3, 3, 4, 4, 5}

// readAC3 reads the channels of a dac3 box (ETSI TS 102 366 §F.4).
func (e *sampleEntry) readAC3(r *reader) {
	word := int(r.u8())<<16 | int(r.u8())<<8 | int(r.u8())
	e.channels = acmodChannels[word>>11&7] + word>>10&1
}

// readEAC3 reads the channels of the first independent substream of a dec3 box, and of what depends on it (§F.6).
func (e *sampleEntry) readEAC3(r *reader) {
	r.skip(2)
	word := int(r.u8())<<16 | int(r.u8())<<8 | int(r.u8())
	e.channels = acmodChannels[word>>9&7] + word>>8&1
	if dependent := word >> 1 & 0xF; dependent > 0 {
		places := uint32(word&1)<<8 | uint32(r.u8()) // Lc/Rc, Lrs/Rrs, Cs, Ts, Lsd/Rsd, Lw/Rw, Lvh/Rvh, Cvh, LFE2 from the low bit
		const pairs = 1<<0 | 1<<1 | 1<<4 | 1<<5 | 1<<6
		e.channels += bits.OnesCount32(places) + bits.OnesCount32(places&pairs)
	}
}
