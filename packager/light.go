package packager

// LightLevels is the static metadata of HDR pictures: how they were graded, and how bright they get. Zero parts are unknown.
type LightLevels struct {
	Display MasteringDisplay
	// MaxContent and MaxAverage are the brightest pixel and the brightest frame on average, in cd/m² (CTA-861.3 MaxCLL and
	// MaxFALL).
	MaxContent, MaxAverage uint16
}

// MasteringDisplay is the display on which pictures were graded (SMPTE ST 2086), in the units of HEVC's SEI message and of
// the mdcv box (ISO/IEC 14496-12 §12.1.7).
type MasteringDisplay struct {
	Red, Green, Blue, White Chromaticity
	// MaxLuminance and MinLuminance count 0.0001 cd/m².
	MaxLuminance, MinLuminance uint32
}

// Chromaticity is a point of the CIE 1931 diagram in steps of 0.00002.
type Chromaticity struct{ X, Y uint16 }

// Known reports whether d is what a display can be: inside the ranges outside which Rec. ITU-T H.265 §D.3.28 calls a value
// unknown, except that a least luminance of 0 is taken. Zero and what only damage explains are not known.
func (d MasteringDisplay) Known() bool {
	const leastPeak, greatestPeak, greatestBlack = 50_000, 100_000_000, 50_000
	for _, c := range []Chromaticity{d.Red, d.Green, d.Blue, d.White} {
		if c.X < 5 || c.X > 37_000 || c.Y < 5 || c.Y > 42_000 {
			return false
		}
	}
	return d.MaxLuminance >= leastPeak && d.MaxLuminance <= greatestPeak && d.MinLuminance <= greatestBlack && d.MinLuminance < d.MaxLuminance
}
