package lint

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// checkVideoAttributes compares sizes, aspect ratios and the frame rate.
func (c *client) checkVideoAttributes(x *setContext, n *node, r *representation) {
	e, l := r.track.entry, levels{x.set, n}
	width, height := l.inner("width"), l.inner("height")
	c.unless(width == fmt.Sprint(e.width) && height == fmt.Sprint(e.height), dashDimensions, r.where,
		"%sx%s, the video is %dx%d", width, height, e.width, e.height)
	c.unless(x.set.integer("maxWidth", int64(e.width)) >= int64(e.width) && x.set.integer("maxHeight", int64(e.height)) >= int64(e.height),
		dashDimensions, r.where, "larger than the set's maxWidth or maxHeight")
	rate := l.inner("frameRate")
	c.unless(sameFrameRate(fraction(rate, "/"), r.track), dashFrameRate, r.where,
		"frameRate is %q, the video has %d frames in %.3f s", rate, r.track.samples(), r.track.seconds())
	if most := x.set.attributes["maxFrameRate"]; most != "" {
		c.unless(fraction(most, "/") >= fraction(rate, "/")-1e-9, dashFrameRate, r.where, "frameRate is %q, maxFrameRate %q", rate, most)
	}
	c.checkAspect(l, r)
}

// aspectTolerance is how far par may be off, because it is written in small numbers.
const aspectTolerance = 0.02

// checkAspect compares sar and par with the pixel aspect ratio of the media (ISO/IEC 23009-1 §5.3.7.2, §5.3.3.2).
func (c *client) checkAspect(l levels, r *representation) {
	e := r.track.entry
	pixel := 1.0
	if e.pixelWidth > 0 && e.pixelHeight > 0 {
		pixel = float64(e.pixelWidth) / float64(e.pixelHeight)
	}
	if sar := l.inner("sar"); sar != "" {
		c.unless(math.Abs(fraction(sar, ":")-pixel) < 1e-4, dashAspect, r.where, "sar is %q, that of the media %.4f", sar, pixel)
	} else {
		c.unless(pixel == 1, dashAspect, r.where, "no sar, that of the media is %.4f", pixel)
	}
	if par := l.inner("par"); par != "" && e.height > 0 {
		picture := pixel * float64(e.width) / float64(e.height)
		c.unless(math.Abs(fraction(par, ":")/picture-1) < aspectTolerance, dashAspect, r.where, "par is %q, that of the media %.4f", par, picture)
	}
}

// fraction reads an integer, or two with a separator between; 0 for anything else.
func fraction(s, separator string) float64 {
	a, b, found := strings.Cut(s, separator)
	num, err := parseInteger(a)
	if err != nil {
		return 0
	}
	den, err := parseInteger(b)
	if !found {
		den, err = 1, nil
	}
	if err != nil || den == 0 {
		return 0
	}
	return float64(num) / float64(den)
}

// cicp is the start of the schemes of ISO/IEC 23091-2 code points.
const cicp = "urn:mpeg:mpegB:cicp:"

// checkColour compares the descriptors of colour with what the media says.
func (c *client) checkColour(l levels, r *representation) {
	e := r.track.entry
	if !e.known() {
		return // the media does not say
	}
	fullRange := 0
	if e.fullRange {
		fullRange = 1
	}
	measured := map[string]int{
		"ColourPrimaries": e.primaries, "TransferCharacteristics": e.transfer, "MatrixCoefficients": e.matrix,
		"VideoFullRangeFlag": fullRange,
	}
	for _, name := range []string{"EssentialProperty", "SupplementalProperty"} {
		for _, n := range l.all(name) {
			want, known := measured[strings.TrimPrefix(n.attributes["schemeIdUri"], cicp)]
			known = known && strings.HasPrefix(n.attributes["schemeIdUri"], cicp)
			c.unless(!known || n.attributes["value"] == strconv.Itoa(want), dashColour, r.where,
				"%s is %q, that of the media %d", n.attributes["schemeIdUri"], n.attributes["value"], want)
		}
	}
}
