package ffmpeg

import (
	"strconv"
	"strings"

	"headwater/packager"
)

// unspecifiedColour has the code points of ISO/IEC 23091-2 for "unknown or determined by the application".
var unspecifiedColour = packager.Colour{Primaries: 2, Transfer: 2, Matrix: 2}

// The names that ffprobe gives to code points of ISO/IEC 23091-2 §8.1, §8.2 and §8.3.
var (
	primariesCodes = map[string]uint8{
		"bt709": 1, "bt470m": 4, "bt470bg": 5, "smpte170m": 6, "smpte240m": 7, "film": 8, "bt2020": 9,
		"smpte428": 10, "smpte431": 11, "smpte432": 12, "ebu3213": 22,
	}
	transferCodes = map[string]uint8{
		"bt709": 1, "bt470m": 4, "bt470bg": 5, "smpte170m": 6, "smpte240m": 7, "linear": 8, "log100": 9, "log316": 10,
		"iec61966-2-4": 11, "bt1361e": 12, "iec61966-2-1": 13, "bt2020-10": 14, "bt2020-12": 15, "smpte2084": 16,
		"smpte428": 17, "arib-std-b67": 18,
	}
	matrixCodes = map[string]uint8{
		"gbr": 0, "bt709": 1, "fcc": 4, "bt470bg": 5, "smpte170m": 6, "smpte240m": 7, "ycgco": 8, "bt2020nc": 9,
		"bt2020c": 10, "smpte2085": 11, "chroma-derived-nc": 12, "chroma-derived-c": 13, "ictcp": 14,
	}
)

// colourNames are the colour fields that ffprobe prints for streams and for frames alike.
type colourNames struct {
	Range     string `json:"color_range"`
	Space     string `json:"color_space"`
	Transfer  string `json:"color_transfer"`
	Primaries string `json:"color_primaries"`
}

// over returns the code points of n, and those of fallback where n says nothing: what a decoder finds in the bitstream
// overrules what the container declares.
func (n colourNames) over(fallback packager.Colour) packager.Colour {
	c := fallback
	replace(&c.Primaries, primariesCodes, n.Primaries)
	replace(&c.Transfer, transferCodes, n.Transfer)
	replace(&c.Matrix, matrixCodes, n.Space)
	switch n.Range {
	case "pc":
		c.FullRange = true
	case "tv":
		c.FullRange = false
	}
	return c
}

func replace(code *uint8, codes map[string]uint8, name string) {
	if known, ok := codes[name]; ok {
		*code = known
	}
}

// bitDepths of the pixel formats whose name does not end in the depth of a component.
var bitDepths = map[string]int{
	"rgb48": 16, "bgr48": 16, "rgba64": 16, "bgra64": 16, "ya16": 16,
	"y210": 10, "y212": 12, "p210": 10, "p216": 16, "p410": 10, "p416": 16, "nv20": 10,
	"nv12": 8, "nv16": 8,
}

// bitDepth reads the depth of one component from the name of a pixel format, such as 10 from "yuv420p10le"; 8 for
// those that do not say.
func bitDepth(pixelFormat string) int {
	name := strings.TrimSuffix(strings.TrimSuffix(pixelFormat, "le"), "be")
	if depth, ok := bitDepths[name]; ok {
		return depth
	}
	digits := name[len(strings.TrimRight(name, "0123456789")):]
	if depth, err := strconv.Atoi(digits); err == nil && depth >= 9 && depth <= 16 {
		return depth
	}
	return 8
}
