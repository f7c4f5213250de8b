package fmp4

import (
	"fmt"
	"strings"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// dolbyVisionForm is a form of Dolby Vision whose pictures play without it too.
type dolbyVisionForm struct {
	entry   string // of the sample entry
	profile byte
}

// dolbyVisionNames are the sample entries that name the profiles of one layer that another player shows as what its base
// is (Dolby Vision Profiles and Levels). Profile 9, of H.264, is played by nobody who has 8.
var dolbyVisionNames = map[dolbyVisionForm]string{{"hvc1", 8}: "dvh1", {"av01", 10}: "dav1"}

// dolbyVisionBases are the brands of what the pictures are without Dolby Vision, by its compatibility id, and the video
// range that they must then have (HLS Authoring Specification 1.10).
var dolbyVisionBases = map[byte]struct{ brand, videoRange string }{
	1: {"db1p", "PQ"}, 2: {"db2g", "SDR"}, 4: {"db4h", "HLG"},
}

// greatestDolbyVisionLevel is the last one defined (Dolby Vision Profiles and Levels).
const greatestDolbyVisionLevel = 13

// supplementalCodec returns what SUPPLEMENTAL-CODECS says of pictures of this colour in a sample entry of this name with
// this configuration, such as "dvh1.08.07/db1p"; empty when the box describes something else than pictures with a base
// that plays and metadata beside them.
func supplementalCodec(entry string, box *mp4.DoViConfigurationBox, colour packager.Colour) string {
	name := dolbyVisionNames[dolbyVisionForm{entry, box.DVProfile}]
	base := dolbyVisionBases[box.DVBLSignalCompatibilityID]
	if name == "" || base.videoRange != colour.VideoRange() || box.DVVersionMajor != 1 ||
		box.DVLevel == 0 || box.DVLevel > greatestDolbyVisionLevel ||
		!box.RPUPresentFlag || !box.BLPresentFlag || box.ELPresentFlag {
		return ""
	}
	return fmt.Sprintf("%s.%02d.%02d/%s", name, box.DVProfile, box.DVLevel, base.brand)
}

// dolbyVisionBox returns the configuration of Dolby Vision of a sample entry; nil when there is none.
func dolbyVisionBox(e *mp4.VisualSampleEntryBox) *mp4.DoViConfigurationBox {
	for _, child := range e.Children {
		if box, ok := child.(*mp4.DoViConfigurationBox); ok {
			return box
		}
	}
	return nil
}

// dolbyVisionBrands returns the brands of a file with this sample entry: that it has Dolby Vision (Dolby Vision Streams Within
// the ISO Base Media File Format), and what manifests call its base.
func dolbyVisionBrands(sampleEntry mp4.Box) []string {
	e, ok := sampleEntry.(*mp4.VisualSampleEntryBox)
	if !ok {
		return nil
	}
	_, base, found := strings.Cut(describeDolbyVision(e), "/")
	if !found {
		return nil
	}
	return []string{"dby1", base}
}

// describeDolbyVision returns the [packager.Track.SupplementalCodec] of a sample entry of this package.
func describeDolbyVision(e *mp4.VisualSampleEntryBox) string {
	if box := dolbyVisionBox(e); box != nil {
		return supplementalCodec(e.Type(), box, entryColour(e))
	}
	return ""
}
