package fmp4

import (
	"github.com/Eyevinn/mp4ff/hevc"
	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// hevcPictures are those of H.265 (ISO/IEC 14496-15 §8).
type hevcPictures struct {
	box           *mp4.HvcCBox
	vps, sps, pps *parameterSets
	dolbyVision   bool // metadata of it was met
	// transfer is that which the bitstream prefers to the one of its SPS; 0 when it prefers none.
	transfer uint8
}

func newHEVCPictures(box *mp4.HvcCBox) *hevcPictures {
	return &hevcPictures{
		box: box,
		vps: newParameterSets(box.GetNalusForType(hevc.NALU_VPS)),
		sps: newParameterSets(box.GetNalusForType(hevc.NALU_SPS)),
		pps: newParameterSets(box.GetNalusForType(hevc.NALU_PPS)),
	}
}

// The NAL unit types in which Dolby Vision keeps its metadata and its second layer (Dolby Vision Streams Within the
// ISO Base Media File Format); H.265 leaves both unspecified.
const (
	hevcRPU         = 62
	hevcEnhancement = 63
)

func (p *hevcPictures) examine(sample []byte) ([]byte, bool, error) {
	kept, random, err := examineNALs(sample, p.kind, p.setsOf)
	if random && p.transfer == 0 {
		p.transfer = preferredTransfer(kept)
	}
	p.vps.open, p.sps.open, p.pps.open = false, false, false
	return kept, random, err
}

// kind counts only IDR pictures as random access points: others may have leading pictures that cannot be decoded. A second
// layer goes, because no form of Dolby Vision that is delivered has one.
func (p *hevcPictures) kind(header byte) nalKind {
	switch hevc.GetNaluType(header) {
	case hevc.NALU_IDR_W_RADL, hevc.NALU_IDR_N_LP:
		return nalRandom
	case hevc.NALU_VPS, hevc.NALU_SPS, hevc.NALU_PPS:
		return nalParameterSet
	case hevc.NALU_AUD:
		return nalDelimiter
	case hevcEnhancement:
		return nalUnused
	case hevcRPU:
		p.dolbyVision = true
		return nalOther
	default:
		return nalOther
	}
}

func (p *hevcPictures) setsOf(header byte) *parameterSets {
	switch hevc.GetNaluType(header) {
	case hevc.NALU_VPS:
		return p.vps
	case hevc.NALU_SPS:
		return p.sps
	default:
		return p.pps
	}
}

// config returns an hvcC whose arrays are marked complete, as hvc1 demands (ISO/IEC 14496-15 §8.4.1.1.2).
func (p *hevcPictures) config() (mp4.Box, error) {
	if len(p.vps.sets) == 0 || len(p.sps.sets) == 0 || len(p.pps.sets) == 0 {
		return nil, corrupt("no VPS, no SPS or no PPS")
	}
	p.box.NaluArrays = []hevc.NaluArray{
		hevc.NewNaluArray(true, hevc.NALU_VPS, p.vps.sets),
		hevc.NewNaluArray(true, hevc.NALU_SPS, p.sps.sets),
		hevc.NewNaluArray(true, hevc.NALU_PPS, p.pps.sets),
	}
	return p.box, nil
}

func (p *hevcPictures) format() (pictureFormat, error) {
	var first pictureFormat
	for i, nal := range p.sps.sets {
		format, err := parseHEVCSPS(nal)
		if err != nil {
			return pictureFormat{}, err
		}
		if i == 0 {
			first = format
		}
		if format != first {
			return pictureFormat{}, unsuitable("several picture formats")
		}
	}
	first.dolbyVision = p.dolbyVision
	if p.transfer != 0 {
		first.colour.Transfer = p.transfer
	}
	return first, nil
}

// parseHEVCSPS reads size and colour of a sequence parameter set and refuses field coding and pixels that are not
// square.
func parseHEVCSPS(nal []byte) (pictureFormat, error) {
	sps, err := decodeHEVCSPS(nal)
	if err != nil {
		return pictureFormat{}, err
	}
	ptl := sps.ProfileTierLevel
	if ptl.GeneralInterlacedSourceFlag && !ptl.GeneralProgressiveSourceFlag {
		return pictureFormat{}, unsuitable("interlaced coding")
	}
	width, height := sps.ImageSize()
	format := pictureFormat{width: uint(width), height: uint(height), colour: unspecifiedColour}
	vui := sps.VUI
	if vui == nil {
		return format, nil
	}
	if vui.FieldSeqFlag {
		return pictureFormat{}, unsuitable("interlaced coding")
	}
	format.colour.FullRange, format.rangeKnown = vui.VideoFullRangeFlag, vui.VideoSignalTypePresentFlag
	if vui.ColourDescriptionFlag {
		format.colour = packager.Colour{
			Primaries: vui.ColourPrimaries,
			Transfer:  vui.TransferCharacteristics,
			Matrix:    vui.MatrixCoefficients,
			FullRange: vui.VideoFullRangeFlag,
		}
	}
	return format, squarePixels(vui.SampleAspectRatioWidth, vui.SampleAspectRatioHeight)
}

// decodeHEVCSPS guards the library's parser against hostile bytes, as decodeBox does.
func decodeHEVCSPS(nal []byte) (sps *hevc.SPS, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = corrupt("SPS of %d bytes: %v", len(nal), p)
		}
	}()
	sps, err = hevc.ParseSPSNALUnit(nal)
	if err != nil {
		return nil, corrupt("SPS of %d bytes: %v", len(nal), err)
	}
	return sps, nil
}

// hevcCodec returns the codecs value (ISO/IEC 14496-15 Annex E.3).
func hevcCodec(box *mp4.HvcCBox) (string, error) {
	sets := box.GetNalusForType(hevc.NALU_SPS)
	if len(sets) == 0 {
		return "", corrupt("hvcC without SPS")
	}
	sps, err := decodeHEVCSPS(sets[0])
	if err != nil {
		return "", err
	}
	return hevc.CodecString("hvc1", sps), nil
}
