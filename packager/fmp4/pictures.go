package fmp4

import (
	"math"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// pictures knows the coded pictures of one video codec.
type pictures interface {
	// examine looks into one sample, drops in place what the sample entry says already, and returns what is left and
	// whether decoding can begin with it.
	examine(sample []byte) (kept []byte, random bool, err error)
	// config returns the codec's configuration box, after the first sample was examined.
	config() (mp4.Box, error)
	// format returns what the bitstream says by the samples that were examined, at least one.
	format() (pictureFormat, error)
}

// pictureFormat is what a bitstream says about its pictures.
type pictureFormat struct {
	width, height uint
	colour        packager.Colour
	// rangeKnown says that colour.FullRange is the bitstream's word and not the default.
	rangeKnown bool
	// dolbyVision says that the samples before have metadata of Dolby Vision (RPU).
	dolbyVision bool
}

// newPictures returns the pictures of a sample entry as the source has it.
func newPictures(e *mp4.VisualSampleEntryBox) (pictures, error) {
	switch {
	case (e.Type() == "avc1" || e.Type() == "avc3") && e.AvcC != nil:
		return newAVCPictures(e.AvcC), nil
	case (e.Type() == "hvc1" || e.Type() == "hev1") && e.HvcC != nil:
		return newHEVCPictures(e.HvcC), nil
	case e.Type() == "av01" && e.Av1C != nil:
		return newAV1Pictures(e.Av1C)
	case e.Type() == "vp09" && e.VppC != nil:
		return &vp9Pictures{box: e.VppC}, nil
	default:
		return nil, unsuitable("video codec %q", e.Type())
	}
}

// sampleEntryNames maps configuration boxes to sample entries whose samples hold no parameter sets
// (HLS Authoring Specification 1.10).
var sampleEntryNames = map[string]string{"avcC": "avc1", "hvcC": "hvc1", "av1C": "av01", "vpcC": "vp09"}

// videoEntry returns the sample entry of the track file: the configuration, square pixels, colour if any is known, light
// levels if the source's entry or light has any, and the source's configuration of Dolby Vision where the pictures are as it
// says and play without it too.
func videoEntry(p pictures, source *mp4.VisualSampleEntryBox, light packager.LightLevels) (*mp4.VisualSampleEntryBox, error) {
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	format, err := p.format()
	if err != nil {
		return nil, err
	}
	if format.width-1 >= math.MaxUint16 || format.height-1 >= math.MaxUint16 {
		return nil, unsuitable("pictures of %d by %d", format.width, format.height)
	}
	name := sampleEntryNames[config.Type()]
	e := mp4.CreateVisualSampleEntryBox(name, uint16(format.width), uint16(format.height), config)
	e.CompressorName = ""
	colour := merged(format, entryColour(source))
	if c := colour; c != unspecifiedColour {
		e.AddChild(&mp4.ColrBox{
			ColorType:               mp4.ColorTypeOnScreenColors,
			ColorPrimaries:          uint16(c.Primaries),
			TransferCharacteristics: uint16(c.Transfer),
			MatrixCoefficients:      uint16(c.Matrix),
			FullRangeFlag:           c.FullRange,
		})
	}
	e.AddChild(&mp4.PaspBox{HSpacing: 1, VSpacing: 1})
	for _, box := range lightBoxes(source, light) {
		e.AddChild(box)
	}
	if box := dolbyVisionBox(source); box != nil && format.dolbyVision && supplementalCodec(name, box, colour) != "" {
		e.AddChild(box)
	}
	return e, nil
}

// suits refuses what the container says of a track that a track file cannot say: rotation, fields, and pixels that are
// not square.
func suits(trak *mp4.TrakBox, e *mp4.VisualSampleEntryBox) error {
	if m := trak.Tkhd.Matrix; m != mp4.UnityMatrix() && m != ([9]int32{}) {
		return unsuitable("rotated or mirrored")
	}
	if e.Fiel != nil && e.Fiel.FieldCount > 1 {
		return unsuitable("interlaced coding")
	}
	if p := e.Pasp; p != nil {
		return squarePixels(uint(p.HSpacing), uint(p.VSpacing))
	}
	return nil
}

// squarePixels refuses a sample aspect ratio other than 1:1; one with a 0 is unspecified.
func squarePixels(width, height uint) error {
	if width != height && width != 0 && height != 0 {
		return unsuitable("sample aspect ratio %d:%d", width, height)
	}
	return nil
}
