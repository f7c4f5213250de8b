package ffmpeg

import (
	"fmt"
	"math"

	"headwater/packager"
)

// lightSideData are the fields that ffprobe prints for a mastering display and for content light levels.
type lightSideData struct {
	RedX         string `json:"red_x"`
	RedY         string `json:"red_y"`
	GreenX       string `json:"green_x"`
	GreenY       string `json:"green_y"`
	BlueX        string `json:"blue_x"`
	BlueY        string `json:"blue_y"`
	WhiteX       string `json:"white_point_x"`
	WhiteY       string `json:"white_point_y"`
	MinLuminance string `json:"min_luminance"`
	MaxLuminance string `json:"max_luminance"`
	MaxContent   int    `json:"max_content"`
	MaxAverage   int    `json:"max_average"`
}

// dolbyVisionSideData are the fields that ffprobe prints for the container's configuration of Dolby Vision, and for the
// metadata of a picture.
type dolbyVisionSideData struct {
	Profile       int  `json:"dv_profile"`
	Compatibility int  `json:"dv_bl_signal_compatibility_id"`
	SecondLayer   int  `json:"el_present_flag"`
	Base          int  `json:"bl_present_flag"`
	FormProfile   *int `json:"vdr_rpu_profile"`
	FullRangeBase int  `json:"bl_video_full_range_flag"`
}

// add takes over one piece of side data. What cannot be is passed over, so that it hides nothing that was found before.
func (h *HDR) add(d sideData) {
	switch d.Type {
	case "Mastering display metadata":
		if display := d.display(); display.Known() {
			h.Light.Display = display
		}
	case "Content light level metadata":
		if d.MaxContent > 0 && d.MaxContent <= math.MaxUint16 {
			h.Light.MaxContent, h.Light.MaxAverage = uint16(d.MaxContent), uint16(min(max(d.MaxAverage, 0), math.MaxUint16))
		}
	case "DOVI configuration record":
		h.DolbyVision = DolbyVision{d.Profile, d.Compatibility}
	case "Dolby Vision Metadata":
		// Muxers lose the configuration more easily than the metadata. Only profile 5 has this form on a base of full range.
		if h.DolbyVision == (DolbyVision{}) && d.FormProfile != nil && *d.FormProfile == 0 && d.FullRangeBase == 1 {
			h.DolbyVision.Profile = 5
		}
	}
}

// isSecondLayer reports a stream that only adds to the pictures of another one: profile 7 in two streams.
func (d sideData) isSecondLayer() bool {
	return d.Type == "DOVI configuration record" && d.SecondLayer == 1 && d.Base == 0
}

// display returns what d says of a mastering display, with zeros for what it does not.
func (d *lightSideData) display() packager.MasteringDisplay {
	const chromaticity, luminance = 50_000, 10_000 // units in 1
	point := func(x, y string) packager.Chromaticity {
		return packager.Chromaticity{X: uint16(units(x, chromaticity, math.MaxUint16)), Y: uint16(units(y, chromaticity, math.MaxUint16))}
	}
	return packager.MasteringDisplay{
		Red: point(d.RedX, d.RedY), Green: point(d.GreenX, d.GreenY), Blue: point(d.BlueX, d.BlueY), White: point(d.WhiteX, d.WhiteY),
		MaxLuminance: uint32(units(d.MaxLuminance, luminance, math.MaxUint32)),
		MinLuminance: uint32(units(d.MinLuminance, luminance, math.MaxUint32)),
	}
}

// units reads a fraction as a number of units, of which perOne are 1, rounded to the nearest; 0 for what is no fraction or
// more than limit.
func units(text string, perOne, limit int64) int64 {
	r, ok := parseRational(text)
	if !ok {
		return 0
	}
	n := (2*r.Num*perOne + r.Den) / (2 * r.Den)
	if n > limit {
		return 0
	}
	return n
}

// hasBase reports whether the pictures show something without Dolby Vision. The pictures of the profiles listed here are
// in a colour space of their own, IPT, which nothing in the bitstream tells; played as what they seem to be they are green
// and purple.
func (d DolbyVision) hasBase() bool {
	switch d.Profile {
	case 1, 3, 5:
		return false
	case 10:
		return d.Compatibility != 0
	default:
		return true
	}
}

// String returns the name of the profile, such as "8.1".
func (d DolbyVision) String() string {
	if d.Compatibility == 0 {
		return fmt.Sprint(d.Profile)
	}
	return fmt.Sprintf("%d.%d", d.Profile, d.Compatibility)
}

// x265Params returns the static metadata that is known, as parameters of x265.
func x265Params(light packager.LightLevels) (params string) {
	if d := light.Display; d.Known() {
		params = fmt.Sprintf(":master-display=G(%d,%d)B(%d,%d)R(%d,%d)WP(%d,%d)L(%d,%d)", d.Green.X, d.Green.Y, d.Blue.X, d.Blue.Y,
			d.Red.X, d.Red.Y, d.White.X, d.White.Y, d.MaxLuminance, d.MinLuminance)
	}
	if light.MaxContent > 0 {
		params += fmt.Sprintf(":max-cll=%d,%d", light.MaxContent, light.MaxAverage)
	}
	return params
}

// light returns the static metadata that the pictures of v have as HDR; none where they are SDR.
func (v *VideoStream) light() packager.LightLevels {
	if v.Colour.VideoRange() == "SDR" {
		return packager.LightLevels{}
	}
	return v.HDR.Light
}

// withLight adds the static metadata to those of video that stay HDR.
func (e encoding) withLight(video []Output) []Output {
	for i := range video {
		if e.keepsHDR(video[i]) {
			video[i].Light = e.source.Video.light()
		}
	}
	return video
}
