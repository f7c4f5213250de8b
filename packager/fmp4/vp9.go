package fmp4

import (
	"fmt"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/Eyevinn/mp4ff/vp9"

	"headwater/packager"
)

// vp9Pictures are those of VP9 (VP Codec ISO Media File Format Binding).
type vp9Pictures struct {
	box           *mp4.VppCBox
	width, height uint // of the key frames; 0 until one was met
}

func (p *vp9Pictures) examine(sample []byte) ([]byte, bool, error) {
	h, err := vp9.ParseFrameHeader(sample)
	if err != nil {
		return nil, false, corrupt("%v", err)
	}
	if !h.KeyFrame {
		return sample, false, nil
	}
	width, height := uint(h.Width), uint(h.Height)
	if p.width == 0 {
		p.width, p.height = width, height
		p.correct(h)
	}
	if width != p.width || height != p.height {
		return nil, false, unsuitable("pictures change from %d by %d to %d by %d", p.width, p.height, width, height)
	}
	return sample, true, nil
}

// correct overrules the configuration by the first key frame. VP9 codes matrix and range, and no transfer: of that and of
// primaries the container alone knows.
func (p *vp9Pictures) correct(h *vp9.Header) {
	p.box.Profile, p.box.BitDepth = h.Profile, h.BitDepth
	p.box.VideoFullRangeFlag = 0
	if h.ColorRange {
		p.box.VideoFullRangeFlag = 1
	}
	primaries, _, matrix := h.CICP()
	const pal, ntsc = 5, 6 // one matrix under two codes; VP9 has no word for the first
	if matrix == unspecifiedColour.Matrix || matrix == ntsc && p.box.MatrixCoefficients == pal {
		return
	}
	p.box.MatrixCoefficients = matrix
	if p.box.ColourPrimaries == unspecifiedColour.Primaries {
		p.box.ColourPrimaries = primaries
	}
}

func (p *vp9Pictures) config() (mp4.Box, error) { return p.box, nil }

func (p *vp9Pictures) format() (pictureFormat, error) {
	return pictureFormat{width: p.width, height: p.height, rangeKnown: true, colour: packager.Colour{
		Primaries: p.box.ColourPrimaries,
		Transfer:  p.box.TransferCharacteristics,
		Matrix:    p.box.MatrixCoefficients,
		FullRange: p.box.VideoFullRangeFlag != 0,
	}}, nil
}

// vp9Codec returns the codecs value (binding, "Codecs Parameter String"): the short form where the rest has its default
// or is not known.
func vp9Codec(c *mp4.VppCBox) string {
	short := fmt.Sprintf("vp09.%02d.%02d.%02d", c.Profile, c.Level, c.BitDepth)
	declared := c.ColourPrimaries != 2 || c.TransferCharacteristics != 2 || c.MatrixCoefficients != 2
	usual := c.ColourPrimaries == 1 && c.TransferCharacteristics == 1 && c.MatrixCoefficients == 1
	if c.ChromaSubsampling <= 1 && c.VideoFullRangeFlag == 0 && (!declared || usual) {
		return short
	}
	return fmt.Sprintf("%s.%02d.%02d.%02d.%02d.%02d", short, c.ChromaSubsampling, c.ColourPrimaries,
		c.TransferCharacteristics, c.MatrixCoefficients, c.VideoFullRangeFlag)
}
