package lint

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// inEntry plants a box in the init segment of v1, whose pictures are SDR of H.264.
func inEntry(b []byte) func(*testing.T, site) {
	return func(_ *testing.T, s site) {
		answer := s[init1]
		colr := makeBox("colr", "nclx", uint16(1), uint16(1), uint16(1), uint8(0))
		answer.Body = insert(answer.Body, colr, join(colr, b), "moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1")
		s[init1] = answer
	}
}

// vision plants a configuration of Dolby Vision.
func vision(name string, record ...byte) func(*testing.T, site) {
	return inEntry(makeBox(name, record, zeros(sizeDolbyVision-len(record))))
}

// Profile 9 at level 5 on an SDR base, and what of it can be wrong.
var (
	profile9 = []byte{1, 0, 9 << 1, 5<<3 | 5, 2 << 4}

	plantedVision = []planted{
		{hlsSupplemental, vision("dvvC", profile9...)},
		{dashSupplemental, vision("dvvC", profile9...)},
		{hlsSupplemental, claimed("dva1.09.06/db2g")},
		{hlsSupplemental, claimed("dva1.09.05/db1p")},
		{hlsSupplemental, claimed("dva1.09.05")},
		{hlsSupplemental, claimed("dvh1.09.05/db2g")},
		{cmafDolbyVision, vision("dvcC", profile9...)},
		{cmafDolbyVision, vision("dvwC", profile9...)},
		{cmafDolbyVision, vision("dvvC", 2, 0, 9<<1, 5<<3|5, 2<<4)},
		{cmafDolbyVision, vision("dvvC", 1, 0, 9<<1, 5, 2<<4)},
		{cmafDolbyVision, vision("dvvC", 1, 0, 9<<1, 14<<3|5, 2<<4)},
		{cmafDolbyVision, vision("dvvC", 1, 0, 9<<1, 5<<3|5, 1<<4)},
		{cmafDolbyVision, vision("dvvC", 1, 0, 9<<1, 5<<3|5, 4<<4)},
		{cmafDolbyVision, vision("dvcC", 1, 0, 5<<1, 5<<3|5, 0)},
		{cmafDolbyVision, inEntry(makeBox("dvvC", profile9))},
	}
)

// claimed plants a claim beside the record of profile 9.
func claimed(codec string) func(*testing.T, site) {
	return func(t *testing.T, s site) {
		vision("dvvC", profile9...)(t, s)
		s.replace(t, master, "VIDEO-RANGE=SDR", `VIDEO-RANGE=SDR,SUPPLEMENTAL-CODECS="`+codec+`"`)
	}
}

// TestDolbyVisionIsLegal holds that a right claim of v1 alone is no finding.
func TestDolbyVisionIsLegal(t *testing.T) {
	p, files := film(t)
	clean := newSite(t, p, files)
	s := maps.Clone(clean)
	claimed("dva1.09.05/db2g")(t, s)
	for _, f := range Stream(master, "", s.fetch) {
		about := []string{"hls-supplemental-codecs", "cmaf-dolby-vision"}
		if slices.Contains(about, f.Rule) && !strings.Contains(f.Where, "v2") {
			t.Errorf("%+v", f)
		}
	}
}
