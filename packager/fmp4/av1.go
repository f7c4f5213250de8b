package fmp4

import (
	"bytes"

	"github.com/Eyevinn/mp4ff/av1"
	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// av1Pictures are those of AV1 (AV1 Codec ISO Media File Format Binding).
type av1Pictures struct {
	box      *mp4.Av1CBox
	header   []byte // payload of the sequence header; nil until one was met
	sequence *av1.SequenceHeader
	// inSamples says that header came from a sample. Until then the configuration's counts, which some encoders write
	// before they have settled what they do.
	inSamples   bool
	dolbyVision bool // metadata of it was met
}

func newAV1Pictures(box *mp4.Av1CBox) (*av1Pictures, error) {
	p := &av1Pictures{box: box}
	_, _, err := p.examine(box.ConfigOBUs)
	p.inSamples = false
	return p, err
}

// av1RPU begins a metadata OBU with metadata of Dolby Vision: ITU-T T.35 of the United States, Dolby's provider code and the
// code for these messages.
var av1RPU = []byte{4, 0xB5, 0x00, 0x3B, 0x00, 0x00, 0x08, 0x00}

// examine keeps every OBU: the sequence header of a sync sample belongs to it (binding §2.4).
func (p *av1Pictures) examine(sample []byte) ([]byte, bool, error) {
	for rest := sample; len(rest) > 0; {
		obu, size, err := firstOBU(rest)
		if err != nil {
			return nil, false, err
		}
		switch obu.Header.Type {
		case av1.OBUSequenceHeader:
			if err := p.meet(obu.Payload); err != nil {
				return nil, false, err
			}
		case av1.OBUMetadata:
			p.dolbyVision = p.dolbyVision || bytes.HasPrefix(obu.Payload, av1RPU)
		case av1.OBUFrame, av1.OBUFrameHeader:
			return sample, p.isKeyFrame(obu.Payload), nil
		}
		rest = rest[size:]
	}
	return sample, false, nil
}

// firstOBU reads the OBU that b begins with and returns its size.
func firstOBU(b []byte) (obu av1.OBU, size int, err error) {
	h, err := av1.ParseOBUHeader(b)
	if err != nil {
		return obu, 0, corrupt("%v", err)
	}
	start, end := h.HeaderSize, len(b)
	if h.HasSizeField {
		payload, fieldBytes, err := av1.ReadLEB128(b[start:])
		if err != nil {
			return obu, 0, corrupt("%v", err)
		}
		start += fieldBytes
		if payload > uint64(len(b)-start) {
			return obu, 0, corrupt("OBU of %d bytes with %d left", payload, len(b)-start)
		}
		end = start + int(payload)
	}
	return av1.OBU{Header: h, Payload: b[start:end]}, end, nil
}

// meet takes the first sequence header of a sample and refuses others.
func (p *av1Pictures) meet(header []byte) error {
	if p.inSamples {
		if !bytes.Equal(p.header, header) {
			return unsuitable("sequence headers change")
		}
		return nil
	}
	sequence, err := av1.ParseSequenceHeader(header)
	if err != nil {
		return corrupt("%v", err)
	}
	p.header, p.sequence, p.inSamples = bytes.Clone(header), sequence, true
	return nil
}

// isKeyFrame reads the start of a frame header (AV1 specification §5.9.2): a shown key frame that is not a repeat.
func (p *av1Pictures) isKeyFrame(header []byte) bool {
	if p.sequence == nil || len(header) == 0 {
		return false
	}
	const showExisting, frameType, showFrame = 0x80, 0x60, 0x10
	return p.sequence.ReducedStillPictureHeader || header[0]&(showExisting|frameType|showFrame) == showFrame
}

func (p *av1Pictures) config() (mp4.Box, error) {
	if p.header == nil {
		return nil, corrupt("no sequence header")
	}
	obu := av1.OBU{Header: av1.OBUHeader{Type: av1.OBUSequenceHeader, HeaderSize: 1}, Payload: p.header}
	return &mp4.Av1CBox{CodecConfRec: av1.CodecConfRecFromSequenceHeader(p.sequence, obu.Encode())}, nil
}

func (p *av1Pictures) format() (pictureFormat, error) {
	s := p.sequence
	return pictureFormat{
		width:  uint(s.Width()),
		height: uint(s.Height()),
		colour: packager.Colour{
			Primaries: s.ColorPrimaries,
			Transfer:  s.TransferCharacteristics,
			Matrix:    s.MatrixCoefficients,
			FullRange: s.ColorRange,
		},
		rangeKnown:  true,
		dolbyVision: p.dolbyVision,
	}, nil
}

// av1Codec returns the codecs value (binding §5), without colour where the stream declares none.
func av1Codec(box *mp4.Av1CBox) (string, error) {
	p, err := newAV1Pictures(box)
	if err != nil {
		return "", err
	}
	if p.sequence == nil {
		return "", corrupt("av1C without sequence header")
	}
	format, _ := p.format()
	if format.colour == unspecifiedColour && !p.sequence.MonoChrome {
		return box.CodecString("av01"), nil
	}
	return p.sequence.CodecString("av01"), nil
}
