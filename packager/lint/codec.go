package lint

import (
	"fmt"
	"math/bits"
)

// sampleEntry is what one entry of stsd says about the codec (ISO/IEC 14496-12 §8.5.2).
type sampleEntry struct {
	name          string // four characters, such as avc1; of encrypted media, those of what is encrypted
	codec         string // RFC 6381 value; for av01 and vp09 the mandatory fields
	width, height int
	channels      int
	samplingRate  int // of what is stored, in Hz; 0 where it is not known
	colour
	pixelWidth, pixelHeight int // aspect ratio of a pixel; 0 when it is not there
	esID                    int // of esds, -1 when there is none
	// supplemental names what more the media are for players that know, such as dvh1.08.07, and its brand.
	supplemental, supplementalBrand string
	vision                          dolbyVision
	// scheme is that of the encryption, such as cenc; empty for clear media. keyID is the default one in hex.
	scheme, keyID string
	// problem is where the configuration and the parameter sets in it differ.
	problem string
	// adts says that the codec is what ADTS headers say, which cannot tell HE-AAC from AAC.
	adts bool
	// explicitSBR says that an AudioSpecificConfig announces SBR; coreRate is the sampling rate of AAC in it, in Hz.
	explicitSBR bool
	coreRate    int
	// lengthSize is the size of the NAL unit lengths of AVC and HEVC; 0 for other codecs.
	lengthSize int
}

// colour are code points of ISO/IEC 23091-2; 0 when they are not there.
type colour struct {
	primaries, transfer, matrix int
	fullRange                   bool
}

// unspecified is the code point that says nothing.
const unspecified = 2

// known reports whether there are transfer characteristics.
func (c colour) known() bool { return c.transfer != 0 && c.transfer != unspecified }

// parseSampleEntry reads a video, audio or text sample entry.
func parseSampleEntry(b box, kind string) (sampleEntry, error) {
	e := sampleEntry{name: b.name, esID: -1}
	r := &reader{b: b.body}
	r.skip(8) // reserved, data_reference_index
	switch kind {
	case "video":
		r.skip(16)
		e.width, e.height = int(r.u16()), int(r.u16())
		r.skip(50)
	case "audio":
		r.skip(8)
		e.channels = int(r.u16())
		r.skip(6)
		e.samplingRate = int(r.u32() >> 16)
	default:
		e.codec = b.name // what stands in entries of text are strings, not boxes
		return e, r.err(b.name)
	}
	if err := r.err(b.name); err != nil {
		return e, err
	}
	children, err := boxes(r.b)
	if err != nil {
		return e, fmt.Errorf("sample entry %s: %w", b.name, err)
	}
	if err := e.unveil(find(children, "sinf")); err != nil {
		return e, err
	}
	for _, child := range children {
		if err := e.readChild(child); err != nil {
			return e, err
		}
	}
	e.complete()
	return e, nil
}

// complete derives what depends on several boxes.
func (e *sampleEntry) complete() {
	if e.codec == "" {
		e.codec = e.name // ac-3, ec-3, Opus and fLaC have no parameters
	}
	switch e.name {
	case "dvh1", "dvhe", "dva1", "dvav", "dav1": // Dolby Vision that nothing else can show: its name is the codec
		if e.supplemental != "" {
			e.codec, e.supplemental, e.supplementalBrand = e.supplemental, "", ""
		}
	}
}

func (e *sampleEntry) readChild(b box) error {
	r := &reader{b: b.body}
	switch b.name {
	case "avcC":
		e.readAVC(r)
	case "hvcC":
		e.readHEVC(r)
	case "av1C":
		e.readAV1(r)
	case "vpcC":
		r.skip(4)
		profile, level, depth := r.u8(), r.u8(), r.u8()
		e.codec = fmt.Sprintf("%s.%02d.%02d.%02d", e.name, profile, level, depth>>4)
		e.colourFrom(colour{primaries: int(r.u8()), transfer: int(r.u8()), matrix: int(r.u8()), fullRange: depth&1 == 1})
	case "esds":
		return e.readESDS(r)
	case "dac3":
		e.readAC3(r)
	case "dec3":
		e.readEAC3(r)
	case "dOps":
		r.skip(1)
		e.channels = int(r.u8())
	case "dfLa":
		r.skip(4 + 4 + 10)                  // version and flags, the header of STREAMINFO, sizes of blocks and frames
		e.samplingRate = int(r.u32()) >> 12 // the sample entry has no place for more than 65535 Hz
	case "dvcC", "dvvC", "dvwC":
		e.readDolbyVision(b.name, r)
	case "pasp":
		e.pixelWidth, e.pixelHeight = int(r.u32()), int(r.u32())
	case "colr":
		if kind := string(r.bytes(4)); kind == "nclx" {
			e.colour = colour{primaries: int(r.u16()), transfer: int(r.u16()), matrix: int(r.u16()), fullRange: r.u8()>>7 == 1}
		}
	}
	return r.err(b.name)
}

// readAVC derives the value of RFC 6381 §3.3, and wants the first SPS to say the same.
func (e *sampleEntry) readAVC(r *reader) {
	r.skip(1)
	e.codec = fmt.Sprintf("%s.%02X%02X%02X", e.name, r.u8(), r.u8(), r.u8())
	e.lengthSize = int(r.u8()&3) + 1
	if r.u8()&0x1F == 0 {
		return
	}
	sps, err := parseAVCSPS(r.bytes(int(r.u16())))
	e.colourFrom(sps.colour)
	switch {
	case r.short:
	case err != nil:
		e.problem = err.Error()
	case sps.codec[len("avc1"):] != e.codec[len(e.name):]:
		e.problem = fmt.Sprintf("avcC is %s, its SPS %s", e.codec, sps.codec)
	case sps.width != e.width || sps.height != e.height:
		e.problem = fmt.Sprintf("the sample entry has %dx%d, the SPS %dx%d", e.width, e.height, sps.width, sps.height)
	}
}

// readHEVC derives the value of ISO/IEC 14496-15 annex E.3.
func (e *sampleEntry) readHEVC(r *reader) {
	r.skip(1)
	profileTierLevel := r.b[:min(len(r.b), sizeHEVCProfile)]
	profile, compatibility := r.u8(), bits.Reverse32(r.u32())
	constraints := append([]byte(nil), r.bytes(6)...)
	level := r.u8()
	r.skip(8)
	e.lengthSize = int(r.u8()&3) + 1
	e.compareHEVC(r, profileTierLevel)
	space, tier := []string{"", "A", "B", "C"}[profile>>6], "L"
	if profile&0x20 != 0 {
		tier = "H"
	}
	e.codec = fmt.Sprintf("%s.%s%d.%X.%s%d", e.name, space, profile&0x1F, compatibility, tier, level)
	for len(constraints) > 0 && constraints[len(constraints)-1] == 0 {
		constraints = constraints[:len(constraints)-1]
	}
	for _, c := range constraints {
		e.codec += fmt.Sprintf(".%X", c)
	}
}

// readAV1 derives the mandatory fields of the value of the AV1 ISOBMFF binding, §5.
func (e *sampleEntry) readAV1(r *reader) {
	r.skip(1)
	profileLevel, tierDepth := r.u8(), r.u8()
	tier, depth := "M", 8
	if tierDepth&0x80 != 0 {
		tier = "H"
	}
	if tierDepth&0x40 != 0 {
		depth = 10
		if tierDepth&0x20 != 0 {
			depth = 12
		}
	}
	e.codec = fmt.Sprintf("%s.%d.%02d%s.%02d", e.name, profileLevel>>5, profileLevel&0x1F, tier, depth)
	r.skip(1)
	e.compareAV1(r.b, uint32(profileLevel>>5))
}
