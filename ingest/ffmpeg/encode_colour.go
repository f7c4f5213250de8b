package ffmpeg

import (
	"cmp"
	"fmt"
	"strings"

	"headwater/packager"
)

// Code points of H.273 (ISO/IEC 23091-2) that decisions are made on.
const (
	codeBT709     = 1
	codeBT470BG   = 5
	codeSMPTE170M = 6
	codeBT2020NC  = 9
	codeBT2020CL  = 10
)

// ffmpeg's names of the code points that outputs may be tagged with. What is missing here is not kept.
var (
	primariesNames = map[uint8]string{codeBT709: "bt709", codeBT470BG: "bt470bg", codeSMPTE170M: "smpte170m", 12: "smpte432"}
	transferNames  = map[uint8]string{codeBT709: "bt709", 4: "bt470m", codeBT470BG: "bt470bg", codeSMPTE170M: "smpte170m", 13: "iec61966-2-1"}
	matrixNames    = map[uint8]string{codeBT709: "bt709", codeBT470BG: "bt470bg", codeSMPTE170M: "smpte170m"}
)

// colourChain scales to o and converts to 8-bit 4:2:0 with limited range and full tags: HDR and wide gamut become
// BT.709; other colours keep their space, and untagged ones get the one that players would assume.
func colourChain(v *VideoStream, o Output) []string {
	size := fmt.Sprintf("scale=%d:%d:flags=bicubic", o.Width, o.Height)
	colour := outputColour(v)
	tags := fmt.Sprintf("setparams=range=limited:color_primaries=%s:color_trc=%s:colorspace=%s",
		primariesNames[colour.Primaries], transferNames[colour.Transfer], matrixNames[colour.Matrix])
	switch {
	case v.Colour.VideoRange() != "SDR":
		return append([]string{size}, append(toneMapChain(v), "format=yuv420p", "setsar=1", tags)...)
	case isWideGamut(v.Colour):
		return []string{size, gamutFilter(v), "format=yuv420p", "setsar=1", tags}
	case isRGB(v.PixelFormat):
		size += ":out_range=limited:out_color_matrix=" + matrixNames[colour.Matrix]
	case v.Colour.FullRange:
		size += ":in_range=full:out_range=limited"
	}
	return []string{size, "format=yuv420p", "setsar=1", tags}
}

// hdrChain scales to o and keeps HDR: 10-bit 4:2:0 with limited range, the source's transfer, and full tags.
func hdrChain(v *VideoStream, o Output) []string {
	transfer := "smpte2084"
	if v.Colour.VideoRange() == "HLG" {
		transfer = "arib-std-b67"
	}
	return []string{
		zscaleInput(v, transfer) + fmt.Sprintf(":w=%d:h=%d:filter=bicubic:p=bt2020:t=%s:m=bt2020nc:r=limited", o.Width, o.Height, transfer),
		"format=yuv420p10le", "setsar=1",
		"setparams=range=limited:color_primaries=bt2020:color_trc=" + transfer + ":colorspace=bt2020nc",
	}
}

// outputColour returns the colour of every encoded picture of v.
func outputColour(v *VideoStream) packager.Colour {
	if v.Colour.VideoRange() != "SDR" || isWideGamut(v.Colour) {
		return packager.Colour{Primaries: codeBT709, Transfer: codeBT709, Matrix: codeBT709}
	}
	colour := packager.Colour{Primaries: v.Colour.Primaries, Transfer: v.Colour.Transfer, Matrix: v.Colour.Matrix}
	if matrixNames[colour.Matrix] == "" {
		colour.Matrix = assumedMatrix(v)
	}
	if primariesNames[colour.Primaries] == "" {
		colour.Primaries = colour.Matrix
	}
	if transferNames[colour.Transfer] == "" {
		colour.Transfer = assumedTransfer(colour.Matrix)
	}
	return colour
}

// assumedMatrix returns what players take for untagged pictures: BT.709 for high definition, else that of the
// television system with as many lines.
func assumedMatrix(v *VideoStream) uint8 {
	switch {
	case v.Width >= 1280 || v.Height > 576:
		return codeBT709
	case v.Height == 576 || v.Height == 288:
		return codeBT470BG
	default:
		return codeSMPTE170M
	}
}

// assumedTransfer returns the transfer of a matrix; those of BT.709 and SMPTE 170M are one curve, used with PAL too.
func assumedTransfer(matrix uint8) uint8 {
	if matrix == codeBT709 {
		return codeBT709
	}
	return codeSMPTE170M
}

func isWideGamut(c packager.Colour) bool { return c.Matrix == codeBT2020NC || c.Matrix == codeBT2020CL }

func isRGB(pixelFormat string) bool {
	return strings.Contains(pixelFormat, "rgb") || strings.Contains(pixelFormat, "bgr") ||
		strings.HasPrefix(pixelFormat, "gbr") || pixelFormat == "pal8"
}

// zscale's names of what HDR and pictures of wide gamut may be in. What is missing here is taken for BT.2020.
var (
	widePrimaries = map[uint8]string{codeBT709: "bt709", 11: "smpte431", 12: "smpte432"}
	wideMatrices  = map[uint8]string{codeBT709: "bt709", codeBT2020CL: "bt2020c", 14: "ictcp"}
)

// zscaleInput tells zscale all of what comes in, because frames may lack tags or contradict the stream's.
func zscaleInput(v *VideoStream, transfer string) string {
	primaries := cmp.Or(widePrimaries[v.Colour.Primaries], "bt2020")
	matrix, signal := cmp.Or(wideMatrices[v.Colour.Matrix], "bt2020nc"), "limited"
	switch {
	case isRGB(v.PixelFormat):
		matrix, signal = "gbr", "full"
	case v.Colour.FullRange:
		signal = "full"
	}
	return fmt.Sprintf("zscale=rin=%s:pin=%s:tin=%s:min=%s", signal, primaries, transfer, matrix)
}

// gamutFilter converts BT.2020 SDR to BT.709.
func gamutFilter(v *VideoStream) string {
	return zscaleInput(v, "bt709") + ":p=bt709:t=bt709:m=bt709:r=limited"
}

// Brightness of HDR pictures in cd/m²: of the white that tone mapping keeps, and of the brightest spot where the source
// does not tell it or tells nonsense.
const (
	referenceWhite = 100
	assumedPeak    = 1000
	leastPeak      = 200
	greatestPeak   = 10_000
)

// toneMapChain converts PQ or HLG pictures to BT.709: in linear light, each colour darkened with the Hable curve so that
// the brightest spot is just white.
func toneMapChain(v *VideoStream) []string {
	transfer := "smpte2084"
	if v.Colour.VideoRange() == "HLG" {
		transfer = "arib-std-b67"
	}
	return []string{
		fmt.Sprintf("%s:t=linear:npl=%d", zscaleInput(v, transfer), referenceWhite),
		"format=gbrpf32le",
		"zscale=p=bt709",
		fmt.Sprintf("tonemap=tonemap=hable:desat=0:peak=%.2f", peak(v)/referenceWhite),
		"zscale=t=bt709:m=bt709:r=limited",
	}
}

// peak returns the brightest spot of v in cd/m². HLG is defined relative to a display, taken to have 1000.
func peak(v *VideoStream) float64 {
	stated := float64(v.HDR.Light.MaxContent)
	if stated == 0 {
		stated = float64(v.HDR.Light.Display.MaxLuminance) / 10_000
	}
	if v.Colour.VideoRange() == "HLG" || stated < leastPeak || stated > greatestPeak {
		return assumedPeak
	}
	return stated
}
