package fmp4

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/Eyevinn/mp4ff/bits"
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

// setFrameSamples sets the frame length of a codec whose first packet tells it.
func setFrameSamples(t *packager.Track, firstDuration uint32) {
	if t.Kind == packager.Audio {
		t.Audio.FrameSamples = firstDuration
	}
}

// packetSamples returns the length of a packet. It is the codec's, not the source's, so that times that were rounded
// in another container do not add up; only the last block of FLAC is shorter, and Opus packets tell their own.
func packetSamples(t *packager.Track, packet []byte, s sample) packager.Ticks {
	frame := packager.Ticks(t.Audio.FrameSamples)
	switch t.Codec {
	case "Opus":
		return opusSamples(packet)
	case "fLaC":
		if s.duration > 0 && s.duration < frame {
			return s.duration
		}
	}
	return frame
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

// audioEntry returns the sample entry of the track file: that of the source with nothing but the codec's configuration,
// and the channels that the first packet tells where the configuration does not.
func audioEntry(source *mp4.AudioSampleEntryBox, packet []byte) (*mp4.AudioSampleEntryBox, error) {
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
		case *mp4.Dac3Box, *mp4.Dec3Box, *mp4.DopsBox, *mp4.DfLaBox:
			e.AddChild(config)
		}
	}
	return e, nil
}

// mp3Channels reads the header of an MPEG audio frame (ISO/IEC 11172-3 §2.4.1.3), whose layer the configuration leaves
// open.
func mp3Channels(frame []byte) (uint8, error) {
	const layerIII, mono = 1, 3
	if len(frame) < 4 || frame[0] != 0xff || frame[1]>>5 != 7 {
		return 0, corrupt("an MPEG audio packet of %d bytes without sync word", len(frame))
	}
	if layer := frame[1] >> 1 & 3; layer != layerIII {
		return 0, unsuitable("MPEG audio layer %d", 4-layer)
	}
	if frame[3]>>6 == mono {
		return 1, nil
	}
	return 2, nil
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
