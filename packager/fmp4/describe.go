package fmp4

import (
	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// describe returns the track that an init segment of this package begins: all but its ID, its fragments and what they
// tell. Packaging and scanning both use it, so that they cannot differ.
func describe(init []byte) (packager.Track, error) {
	moov, err := initMoov(init)
	if err != nil {
		return packager.Track{}, err
	}
	trak, err := onlyTrak(moov)
	if err != nil {
		return packager.Track{}, err
	}
	t := packager.Track{
		Timescale: packager.Timescale(trak.Mdia.Mdhd.Timescale),
		Language:  trak.Mdia.Mdhd.GetLanguage(),
		Label:     trak.Mdia.Hdlr.Name,
		Init:      init,
	}
	if trak.Mdia.Elng != nil {
		t.Language = trak.Mdia.Elng.Language
	}
	t.Role, t.Default = readUse(trak)
	switch e := entry(trak).(type) {
	case *mp4.VisualSampleEntryBox:
		t.Kind = packager.Video
		t.Codec, t.Video, err = describeVideo(e)
		t.SupplementalCodec = describeDolbyVision(e)
	case *mp4.AudioSampleEntryBox:
		t.Kind = packager.Audio
		t.Codec, t.Audio, err = describeAudio(e)
	default:
		err = corrupt("sample entry %q", e.Type())
	}
	return t, err
}

// initMoov returns the moov of an init segment of ftyp and moov.
func initMoov(init []byte) (*mp4.MoovBox, error) {
	rest := init
	for _, name := range []string{"ftyp", "moov"} {
		if len(rest) < shortHeaderBytes {
			return nil, corrupt("init segment of %d bytes", len(init))
		}
		h, large, err := parseBoxHeader(rest)
		if err != nil {
			return nil, err
		}
		if large || h.name != name || h.payloadBytes > int64(len(rest)-shortHeaderBytes) {
			return nil, corrupt("box %q of %d bytes where %s is due", h.name, h.payloadBytes, name)
		}
		if name == "moov" {
			return decodeBox[*mp4.MoovBox](rest)
		}
		rest = rest[shortHeaderBytes+h.payloadBytes:]
	}
	panic("unreachable: the loop ends with moov")
}

// describeVideo reads codec and pictures from a sample entry.
func describeVideo(e *mp4.VisualSampleEntryBox) (codec string, v packager.VideoFormat, err error) {
	v = packager.VideoFormat{Width: e.Width, Height: e.Height, Colour: entryColour(e)}
	switch {
	case e.Type() == "avc1" && e.AvcC != nil:
		codec, err = avcCodec(e.AvcC)
	case e.Type() == "hvc1" && e.HvcC != nil:
		codec, err = hevcCodec(e.HvcC)
	case e.Type() == "av01" && e.Av1C != nil:
		codec, err = av1Codec(e.Av1C)
	case e.Type() == "vp09" && e.VppC != nil:
		codec = vp9Codec(e.VppC)
	default:
		err = corrupt("video sample entry %q", e.Type())
	}
	return codec, v, err
}

// unspecifiedColour is what H.273 calls colour that nobody declared.
var unspecifiedColour = packager.Colour{Primaries: 2, Transfer: 2, Matrix: 2}

// entryColour reads the colr box of a sample entry.
func entryColour(e *mp4.VisualSampleEntryBox) packager.Colour {
	for _, child := range e.Children {
		colr, ok := child.(*mp4.ColrBox)
		if !ok || colr.ColorType != mp4.ColorTypeOnScreenColors && colr.ColorType != mp4.QuickTimeColorParameters {
			continue
		}
		return packager.Colour{
			Primaries: uint8(colr.ColorPrimaries),
			Transfer:  uint8(colr.TransferCharacteristics),
			Matrix:    uint8(colr.MatrixCoefficients),
			FullRange: colr.FullRangeFlag,
		}
	}
	return unspecifiedColour
}

// merged returns the colour of a bitstream with what it leaves unspecified taken from other.
func merged(format pictureFormat, other packager.Colour) packager.Colour {
	c := format.colour
	if c.Primaries == unspecifiedColour.Primaries {
		c.Primaries = other.Primaries
	}
	if c.Transfer == unspecifiedColour.Transfer {
		c.Transfer = other.Transfer
	}
	if c.Matrix == unspecifiedColour.Matrix {
		c.Matrix = other.Matrix
	}
	if !format.rangeKnown {
		c.FullRange = other.FullRange
	}
	return c
}
