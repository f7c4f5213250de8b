package lint

import (
	"bytes"
	"image"
	_ "image/jpeg" // tiles are JPEG
	_ "image/png"  // or PNG
	"slices"
)

// tileSchemes mark sets whose pictures are tiles of several (DASH-IF IOP 6.2.6; the second is of its first edition).
var tileSchemes = []string{"http://dashif.org/guidelines/thumbnail_tile", "http://dashif.org/thumbnail_tile"}

// checkTiles judges what a set of pictures says of its tiles, and compares the size of one picture, where it can be read. It
// is not decoded.
func (c *client) checkTiles(l levels, r *representation, picture []byte) {
	width, _ := parseInteger(l.inner("width"))
	height, _ := parseInteger(l.inner("height"))
	for _, name := range []string{"EssentialProperty", "SupplementalProperty"} {
		for _, n := range l.all(name) {
			if !slices.Contains(tileSchemes, n.attributes["schemeIdUri"]) {
				continue
			}
			across, down, err := parseResolution(n.attributes["value"])
			ok := err == nil && across > 0 && down > 0 && width > 0 && height > 0 && width%max(across, 1) == 0 && height%max(down, 1) == 0
			c.unless(ok, dashTiles, r.where, "tiles are %q in pictures of %dx%d", n.attributes["value"], width, height)
		}
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err == nil && (width > 0 || height > 0) {
		c.unless(int64(size.Width) == width && int64(size.Height) == height, dashTiles, r.where,
			"width and height are %dx%d, the picture has %dx%d", width, height, size.Width, size.Height)
	}
}
