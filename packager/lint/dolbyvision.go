package lint

import "fmt"

// dolbyVision is a configuration record of Dolby Vision (Dolby Vision Streams Within the ISO Base Media File Format §3).
type dolbyVision struct {
	box                           string // its name; empty when there is none
	version                       int    // the major one
	profile, level, compatibility int
	short                         bool // the record is not all there
}

// sizeDolbyVision is that of a record, reserved fields included.
const sizeDolbyVision = 24

// readDolbyVision reads the record in a box of this name, and derives what manifests call it.
func (e *sampleEntry) readDolbyVision(name string, r *reader) {
	e.vision = dolbyVision{box: name, short: len(r.b) < sizeDolbyVision}
	e.vision.version = int(r.u16() >> 8)
	word := r.u16()
	e.vision.profile, e.vision.level, e.vision.compatibility = int(word>>9), int(word>>3&0x3F), int(r.u8()>>4)
	names := map[string]string{
		"hvc1": "dvh1", "hev1": "dvhe", "avc1": "dva1", "avc3": "dvav", "av01": "dav1",
		"dvh1": "dvh1", "dvhe": "dvhe", "dva1": "dva1", "dvav": "dvav", "dav1": "dav1",
	}
	e.supplemental = fmt.Sprintf("%s.%02d.%02d", names[e.name], e.vision.profile, e.vision.level)
	e.supplementalBrand = map[int]string{1: "db1p", 2: "db2g", 4: "db4h"}[e.vision.compatibility]
}

// dolbyVisionProblem says what of the record cannot be, or is not what the sample entry has beside it.
func (e *sampleEntry) dolbyVisionProblem() string {
	v := e.vision
	due := "dvcC"
	if v.profile > 7 {
		due = "dvvC"
	}
	if v.profile > 10 {
		due = "dvwC"
	}
	alone := e.name[:2] == "dv" || e.name == "dav1"
	withoutBase := v.profile == 5 || v.profile == 10 && v.compatibility == 0
	ranges := map[int]string{1: "PQ", 2: "SDR", 4: "HLG", 6: "PQ"}
	base, got := ranges[v.compatibility], map[int]string{16: "PQ", 18: "HLG"}[e.transfer]
	if got == "" {
		got = "SDR"
	}
	switch {
	case v.box == "":
		return ""
	case v.short:
		return v.box + " is cut off"
	case v.version != 1:
		return fmt.Sprintf("%s of version %d", v.box, v.version)
	case v.box != due:
		return fmt.Sprintf("profile %d in %s, not in %s", v.profile, v.box, due)
	case v.level < 1 || v.level > 13:
		return fmt.Sprintf("level %d", v.level)
	case withoutBase && !alone:
		return fmt.Sprintf("profile %d, which nothing else can show, in %s", v.profile, e.name)
	case base != "" && e.transfer != 0 && base != got:
		return fmt.Sprintf("compatibility id %d for %s, the pictures are %s (transfer characteristics %d)", v.compatibility, base, got, e.transfer)
	default:
		return ""
	}
}
