package fmp4

import (
	"bytes"
	"fmt"

	"github.com/Eyevinn/mp4ff/avc"
	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// avcPictures are those of H.264 (ISO/IEC 14496-15 §5).
type avcPictures struct {
	box      *mp4.AvcCBox
	sps, pps *parameterSets
}

func newAVCPictures(box *mp4.AvcCBox) *avcPictures {
	return &avcPictures{box: box, sps: newParameterSets(box.SPSnalus), pps: newParameterSets(box.PPSnalus)}
}

func (p *avcPictures) examine(sample []byte) ([]byte, bool, error) {
	kept, random, err := examineNALs(sample, avcKind, p.setsOf)
	p.sps.open, p.pps.open = false, false
	return kept, random, err
}

func avcKind(header byte) nalKind {
	switch avc.GetNaluType(header) {
	case avc.NALU_IDR:
		return nalRandom
	case avc.NALU_SPS, avc.NALU_PPS:
		return nalParameterSet
	case avc.NALU_AUD:
		return nalDelimiter
	default:
		return nalOther
	}
}

func (p *avcPictures) setsOf(header byte) *parameterSets {
	if avc.GetNaluType(header) == avc.NALU_SPS {
		return p.sps
	}
	return p.pps
}

func (p *avcPictures) config() (mp4.Box, error) {
	if len(p.sps.sets) == 0 || len(p.pps.sets) == 0 {
		return nil, corrupt("no SPS or no PPS")
	}
	p.box.SPSnalus, p.box.PPSnalus = p.sps.sets, p.pps.sets
	return p.box, nil
}

// format requires all SPS to agree, because any of them may be in use.
func (p *avcPictures) format() (pictureFormat, error) {
	var first pictureFormat
	for i, nal := range p.sps.sets {
		format, err := parseAVCSPS(nal)
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
	return first, nil
}

// avcCodec returns the codecs value from the bytes of the SPS (RFC 6381 §3.3).
func avcCodec(box *mp4.AvcCBox) (string, error) {
	if len(box.SPSnalus) == 0 || len(box.SPSnalus[0]) < 4 {
		return "", corrupt("avcC without SPS")
	}
	return fmt.Sprintf("avc1.%X", box.SPSnalus[0][1:4]), nil
}

// parseAVCSPS reads what this package needs of a sequence parameter set (ISO/IEC 14496-10 §7.3.2.1.1) and refuses
// interlaced coding and pixels that are not square. It stops before the HRD parameters, whose counts are not bounded
// by the size of the set.
func parseAVCSPS(nal []byte) (pictureFormat, error) {
	r := bits.NewEBSPReader(bytes.NewReader(nal))
	_ = r.Read(8) // NAL header
	profile := r.Read(8)
	_ = r.Read(16)          // constraints and level
	_ = r.ReadExpGolomb()   // seq_parameter_set_id
	chromaFormat := uint(1) // 4:2:0
	if avcHighProfiles[profile] {
		chromaFormat = readAVCHighProfile(r)
	}
	_ = r.ReadExpGolomb() // log2_max_frame_num_minus4
	skipAVCPictureOrder(r)
	_ = r.ReadExpGolomb() // max_num_ref_frames
	_ = r.ReadFlag()      // gaps_in_frame_num_value_allowed_flag
	width, height := 16*(r.ReadExpGolomb()+1), 16*(r.ReadExpGolomb()+1)
	if frameMbsOnly := r.ReadFlag(); !frameMbsOnly && r.AccError() == nil {
		return pictureFormat{}, unsuitable("interlaced coding")
	}
	_ = r.ReadFlag() // direct_8x8_inference_flag
	if r.ReadFlag() {
		left, right, top, bottom := r.ReadExpGolomb(), r.ReadExpGolomb(), r.ReadExpGolomb(), r.ReadExpGolomb()
		unitX, unitY := cropUnits(chromaFormat)
		width, height = width-(left+right)*unitX, height-(top+bottom)*unitY
	}
	format := pictureFormat{width: width, height: height, colour: unspecifiedColour}
	if hasVUI := r.ReadFlag(); hasVUI {
		if err := readAVCVUI(r, &format); err != nil {
			return pictureFormat{}, err
		}
	}
	if err := r.AccError(); err != nil {
		return pictureFormat{}, corrupt("SPS of %d bytes: %v", len(nal), err)
	}
	return format, nil
}

// avcHighProfiles are those whose SPS holds chroma format and bit depths.
var avcHighProfiles = map[uint]bool{100: true, 110: true, 122: true, 244: true, 44: true, 83: true, 86: true,
	118: true, 128: true, 138: true, 139: true, 134: true, 135: true}

func readAVCHighProfile(r *bits.EBSPReader) (chromaFormat uint) {
	chromaFormat = r.ReadExpGolomb()
	if chromaFormat == 3 {
		_ = r.ReadFlag() // separate_colour_plane_flag
	}
	_ = r.ReadExpGolomb() // bit_depth_luma_minus8
	_ = r.ReadExpGolomb() // bit_depth_chroma_minus8
	_ = r.ReadFlag()      // qpprime_y_zero_transform_bypass_flag
	if !r.ReadFlag() {
		return chromaFormat
	}
	lists := 8
	if chromaFormat == 3 {
		lists = 12
	}
	for i := range lists {
		if !r.ReadFlag() {
			continue
		}
		size := 16
		if i >= 6 {
			size = 64
		}
		skipAVCScalingList(r, size)
	}
	return chromaFormat
}

func skipAVCScalingList(r *bits.EBSPReader, size int) {
	last, next := 8, 8
	for range size {
		if next != 0 {
			next = (last + r.ReadSignedGolomb() + 256) % 256
		}
		if next != 0 {
			last = next
		}
	}
}

func skipAVCPictureOrder(r *bits.EBSPReader) {
	switch r.ReadExpGolomb() { // pic_order_cnt_type
	case 0:
		_ = r.ReadExpGolomb() // log2_max_pic_order_cnt_lsb_minus4
	case 1:
		_ = r.ReadFlag()         // delta_pic_order_always_zero_flag
		_ = r.ReadSignedGolomb() // offset_for_non_ref_pic
		_ = r.ReadSignedGolomb() // offset_for_top_to_bottom_field
		for n := r.ReadExpGolomb(); n > 0 && r.AccError() == nil; n-- {
			_ = r.ReadSignedGolomb() // offset_for_ref_frame
		}
	}
}

// cropUnits returns the luma samples that one step of frame cropping is worth in progressive coding (table 6-1).
func cropUnits(chromaFormat uint) (x, y uint) {
	switch chromaFormat {
	case 1:
		return 2, 2
	case 2:
		return 2, 1
	default:
		return 1, 1
	}
}

// readAVCVUI reads sample aspect ratio and colour (Annex E.1.1).
func readAVCVUI(r *bits.EBSPReader, format *pictureFormat) error {
	const extendedSAR = 255
	if r.ReadFlag() {
		ratio, width, height := r.Read(8), uint(1), uint(1)
		if ratio == extendedSAR {
			width, height = r.Read(16), r.Read(16)
		} else if ratio > 1 {
			width, height, _ = avc.GetSARfromIDC(ratio)
		}
		if err := squarePixels(width, height); err != nil {
			return err
		}
	}
	if r.ReadFlag() { // overscan_info_present_flag
		_ = r.ReadFlag()
	}
	if !r.ReadFlag() { // video_signal_type_present_flag
		return nil
	}
	_ = r.Read(3) // video_format
	format.colour.FullRange, format.rangeKnown = r.ReadFlag(), true
	if r.ReadFlag() {
		format.colour = packager.Colour{
			Primaries: uint8(r.Read(8)),
			Transfer:  uint8(r.Read(8)),
			Matrix:    uint8(r.Read(8)),
			FullRange: format.colour.FullRange,
		}
	}
	return nil
}
