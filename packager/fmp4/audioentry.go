package fmp4

import (
	"encoding/binary"
	"math"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// describeAudio reads codec and format from a sample entry. FrameSamples stays 0 for Opus, whose packets tell it.
func describeAudio(e *mp4.AudioSampleEntryBox) (codec string, a packager.AudioFormat, err error) {
	switch {
	case e.Type() == "mp4a" && e.Esds != nil && e.Esds.DecConfigDescriptor != nil:
		codec, a, err = describeMPEG(e)
	case e.Type() == "ac-3" && e.Dac3 != nil:
		codec = "ac-3"
		a, err = describeAC3(e.Dac3)
	case e.Type() == "ec-3" && e.Dec3 != nil:
		codec = "ec-3"
		a, err = describeEC3(e.Dec3)
	case e.Type() == "Opus" && e.Dops != nil:
		codec = "Opus"
		a = packager.AudioFormat{Channels: e.Dops.OutputChannelCount, SampleRate: opusRate}
	case e.Type() == "fLaC" && e.DfLa != nil:
		codec = "fLaC"
		a, err = describeFLAC(e.DfLa)
	default:
		err = unsuitable("audio codec %q", e.Type())
	}
	if err == nil && (a.Channels == 0 || a.SampleRate == 0) {
		err = corrupt("%s with %d channels at %d Hz", codec, a.Channels, a.SampleRate)
	}
	return codec, a, err
}

// Codecs values of MP3 at the sampling rates of MPEG-1 and at the low ones of MPEG-2.
const (
	mp3        = "mp4a.6B"
	mp3LowRate = "mp4a.69"
)

// describeMPEG covers AAC and MP3, which object types tell apart.
func describeMPEG(e *mp4.AudioSampleEntryBox) (codec string, a packager.AudioFormat, err error) {
	config := e.Esds.DecConfigDescriptor
	switch config.ObjectType {
	case mp4.ObjectTypeAAC:
		if config.DecSpecificInfo == nil {
			return "", a, corrupt("esds without AudioSpecificConfig")
		}
		return describeAAC(config.DecSpecificInfo.DecConfig, e.ChannelCount)
	case mp4.ObjectTypeMP3:
		codec, a.FrameSamples = mp3, 1152
	case mp4.ObjectTypeMPEG2Audio:
		codec, a.FrameSamples = mp3LowRate, 576
	default:
		return "", a, unsuitable("audio object type %#x", config.ObjectType)
	}
	a.Channels, a.SampleRate = uint8(min(e.ChannelCount, math.MaxUint8)), uint32(e.SampleRate)
	return codec, a, nil
}

// ac3Samples is the length of an AC-3 frame, and of an E-AC-3 frame of six blocks.
const ac3Samples = 1536

// ac3Rates are the sampling rates of fscod; 3 is reserved.
var ac3Rates = [4]uint32{48000, 44100, 32000, 0}

func describeAC3(box *mp4.Dac3Box) (packager.AudioFormat, error) {
	channels, _ := box.ChannelInfo()
	return packager.AudioFormat{
		Channels: uint8(channels), SampleRate: ac3Rates[box.FSCod&3], FrameSamples: ac3Samples,
	}, nil
}

func describeEC3(box *mp4.Dec3Box) (packager.AudioFormat, error) {
	if len(box.EC3Subs) != 1 {
		return packager.AudioFormat{}, unsuitable("E-AC-3 with %d independent substreams", len(box.EC3Subs))
	}
	channels, _ := box.ChannelInfo()
	return packager.AudioFormat{
		Channels: uint8(channels), SampleRate: ac3Rates[box.EC3Subs[0].FSCod&3], FrameSamples: ac3Samples,
	}, nil
}

// describeFLAC reads the STREAMINFO block (RFC 9639 §8.2).
func describeFLAC(box *mp4.DfLaBox) (packager.AudioFormat, error) {
	if len(box.MetadataBlocks) == 0 || box.MetadataBlocks[0].BlockType != 0 || len(box.MetadataBlocks[0].BlockData) < 18 {
		return packager.AudioFormat{}, corrupt("dfLa without STREAMINFO")
	}
	info := box.MetadataBlocks[0].BlockData
	format := binary.BigEndian.Uint32(info[10:])
	a := packager.AudioFormat{
		Channels:     uint8(format>>9&7) + 1,
		SampleRate:   format >> 12,
		FrameSamples: uint32(binary.BigEndian.Uint16(info[2:])),
	}
	if a.FrameSamples == 0 {
		return a, corrupt("FLAC blocks of 0 samples")
	}
	return a, nil
}

// audioEntry returns the sample entry of the track file: that of the source, which counts time in timescale, with nothing
// but the codec's configuration, and what the first packet tells where the configuration does not.
func audioEntry(source *mp4.AudioSampleEntryBox, timescale packager.Timescale, packet []byte) (*mp4.AudioSampleEntryBox, error) {
	signalHighEfficiency(source, timescale)
	codec, format, err := describeAudio(source)
	if err != nil {
		return nil, err
	}
	if codec == mp3 || codec == mp3LowRate {
		if format.Channels, err = mp3Channels(packet); err != nil {
			return nil, err
		}
	}
	e := mp4.CreateAudioSampleEntryBox(source.Type(), uint16(format.Channels), 16, source.SampleRate, nil)
	for _, child := range source.Children {
		switch config := child.(type) {
		case *mp4.EsdsBox:
			e.AddChild(mendedESDS(config))
		case *mp4.DopsBox:
			// The packets lie on the timeline by themselves, and those of the start may be gone. A decoder that dropped what
			// would still be pre-skip plays all that follows too early (ADR 0002).
			config.PreSkip = 0
			e.AddChild(config)
		case *mp4.DfLaBox:
			e.SampleSize = flacSampleBits(config)
			e.SampleRate = fieldRate(format.SampleRate)
			e.AddChild(config)
		case *mp4.Dac3Box, *mp4.Dec3Box:
			e.AddChild(config)
		}
	}
	return e, nil
}

// signalHighEfficiency makes the AudioSpecificConfig of source say what of AAC it is.
func signalHighEfficiency(source *mp4.AudioSampleEntryBox, timescale packager.Timescale) {
	if source.Esds == nil || source.Esds.DecConfigDescriptor == nil {
		return
	}
	config := source.Esds.DecConfigDescriptor
	if config.ObjectType == mp4.ObjectTypeAAC && config.DecSpecificInfo != nil {
		info := config.DecSpecificInfo
		info.DecConfig = explicitAAC(info.DecConfig, source.ChannelCount, timescale)
	}
}

// flacSampleBits returns the bits of a sample, which the sample entry repeats (Encapsulation of FLAC in ISO Base Media File
// Format §3.3.1). box must be one that describeFLAC takes.
func flacSampleBits(box *mp4.DfLaBox) uint16 {
	return binary.BigEndian.Uint16(box.MetadataBlocks[0].BlockData[12:])>>4&31 + 1
}

// fieldRate returns what stands in the 16 bits of a sample entry for a rate: the rate, or the greatest part of it by halves
// that fits.
func fieldRate(rate uint32) uint16 {
	for rate > math.MaxUint16 {
		if rate%2 != 0 {
			return math.MaxUint16
		}
		rate /= 2
	}
	return uint16(rate)
}

// mendedESDS returns the descriptor with the ES_ID that CMAF demands (ISO/IEC 23000-19 §10.3.4.2.3), no optional parts,
// and a maximum bit rate that is not below the average.
func mendedESDS(esds *mp4.EsdsBox) *mp4.EsdsBox {
	esds.EsID, esds.FlagsAndPriority = 0, 0
	esds.OtherDescriptors, esds.UnknownData = nil, nil
	config := esds.DecConfigDescriptor
	config.OtherDescriptors, config.UnknownData = nil, nil
	config.MaxBitrate = max(config.MaxBitrate, config.AvgBitrate)
	return esds
}
