package fmp4

import (
	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// lightBoxes returns the boxes of HDR's static metadata (ISO/IEC 14496-12 §12.1.6 and §12.1.7): those of the source's
// sample entry, and what given says where that has none. A display that cannot be is left out, as zero levels are:
// players would map tones by it.
func lightBoxes(source *mp4.VisualSampleEntryBox, given packager.LightLevels) (boxes []mp4.Box) {
	levels := entryLight(source)
	if !levels.Display.Known() {
		levels.Display = given.Display
	}
	if levels.MaxContent == 0 {
		levels.MaxContent, levels.MaxAverage = given.MaxContent, given.MaxAverage
	}
	if d := levels.Display; d.Known() {
		boxes = append(boxes, mp4.CreateMdcvBox([3]uint16{d.Green.X, d.Blue.X, d.Red.X}, [3]uint16{d.Green.Y, d.Blue.Y, d.Red.Y},
			d.White.X, d.White.Y, d.MaxLuminance, d.MinLuminance))
	}
	if levels.MaxContent > 0 {
		boxes = append(boxes, mp4.CreateClliBox(levels.MaxContent, levels.MaxAverage))
	}
	return boxes
}

// entryLight reads the boxes of HDR's static metadata in a sample entry. Primaries stand in the order green, blue, red.
func entryLight(e *mp4.VisualSampleEntryBox) (levels packager.LightLevels) {
	for _, child := range e.Children {
		switch box := child.(type) {
		case *mp4.MdcvBox:
			x, y := box.DisplayPrimariesX, box.DisplayPrimariesY
			levels.Display = packager.MasteringDisplay{
				Green: packager.Chromaticity{X: x[0], Y: y[0]}, Blue: packager.Chromaticity{X: x[1], Y: y[1]},
				Red: packager.Chromaticity{X: x[2], Y: y[2]}, White: packager.Chromaticity{X: box.WhitePointX, Y: box.WhitePointY},
				MaxLuminance: box.MaxDisplayMasteringLuminance, MinLuminance: box.MinDisplayMasteringLuminance,
			}
		case *mp4.ClliBox:
			levels.MaxContent, levels.MaxAverage = box.MaxContentLightLevel, box.MaxPicAverageLightLevel
		}
	}
	return levels
}
