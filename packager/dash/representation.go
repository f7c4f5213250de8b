package dash

import (
	"strconv"
	"strings"

	"headwater/packager"
)

// scte214 is the prefix of the attributes for enhanced forms of a codec, such as Dolby Vision (ANSI/SCTE 214-1).
const (
	scte214          = "scte214"
	namespaceSCTE214 = "urn:scte:dash:scte214-extensions"
)

// appendRepresentation appends t, with what it does not share with the other tracks of s.
func (m *manifest) appendRepresentation(dst []byte, s set, t *packager.Track) []byte {
	dst = append(dst, inSet+"<Representation"...)
	dst = appendString(dst, "id", string(t.ID))
	dst = appendInt(dst, "bandwidth", bandwidth(t, m.segmentation, m.buffer))
	dst = appendString(dst, "codecs", t.Codec)
	if codec, profile, ok := strings.Cut(t.SupplementalCodec, "/"); ok {
		dst = appendString(dst, scte214+":supplementalCodecs", codec)
		dst = appendString(dst, scte214+":supplementalProfiles", profile)
	}
	if t.Kind == packager.Video {
		dst = appendInt(dst, "width", t.Video.Width)
		dst = appendInt(dst, "height", t.Video.Height)
		dst = append(dst, ` sar="1:1"`...)
		dst = appendFrameRate(dst, "frameRate", t.Video.FrameRate)
	} else {
		dst = appendInt(dst, "audioSamplingRate", t.Audio.SampleRate)
	}
	ownColour := t.Kind == packager.Video && !agree(s, colour) && describesColour(t.Video.Colour)
	ownSegments := !m.sharesTemplate(s)
	if !ownColour && !ownSegments {
		return append(dst, "/>\n"...)
	}
	dst = append(dst, ">\n"...)
	if ownColour {
		dst = appendColour(dst, inRepresentation, t.Video.Colour)
	}
	if ownSegments {
		dst = m.appendSegments(dst, inRepresentation, t)
	}
	return append(dst, inSet+"</Representation>\n"...)
}

// appendFrameRate appends an attribute of type FrameRateType (§5.3.7.2): an integer or a fraction, in lowest terms.
func appendFrameRate(dst []byte, name string, rate packager.FrameRate) []byte {
	divisor := greatestCommonDivisor(rate.Num, rate.Den)
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, '=', '"')
	dst = strconv.AppendUint(dst, uint64(rate.Num/divisor), 10)
	if den := rate.Den / divisor; den != 1 {
		dst = append(dst, '/')
		dst = strconv.AppendUint(dst, uint64(den), 10)
	}
	return append(dst, '"')
}

func greatestCommonDivisor(a, b uint32) uint32 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Colour schemes of ISO/IEC 23091-2 and the code point that says nothing.
const (
	schemePrimaries   = "urn:mpeg:mpegB:cicp:ColourPrimaries"
	schemeTransfer    = "urn:mpeg:mpegB:cicp:TransferCharacteristics"
	schemeMatrix      = "urn:mpeg:mpegB:cicp:MatrixCoefficients"
	schemeFullRange   = "urn:mpeg:mpegB:cicp:VideoFullRangeFlag"
	unspecifiedColour = 2
)

func describesColour(c packager.Colour) bool {
	return c.Primaries != unspecifiedColour || c.Transfer != unspecifiedColour || c.Matrix != unspecifiedColour || c.FullRange
}

// appendColour appends the code points that are specified. In high dynamic range they are essential: a client that does
// not know them must not show the pictures. The range flag never is, because players that know the others drop a set for
// it.
func appendColour(dst []byte, indent string, c packager.Colour) []byte {
	element := "SupplementalProperty"
	if c.VideoRange() != "SDR" {
		element = "EssentialProperty"
	}
	for _, property := range []struct {
		scheme string
		code   uint8
	}{{schemePrimaries, c.Primaries}, {schemeTransfer, c.Transfer}, {schemeMatrix, c.Matrix}} {
		if property.code != unspecifiedColour {
			dst = appendDescriptor(dst, indent, element, property.scheme, strconv.Itoa(int(property.code)))
		}
	}
	if c.FullRange {
		dst = appendDescriptor(dst, indent, "SupplementalProperty", schemeFullRange, "1")
	}
	return dst
}
