package lint

import (
	"fmt"
	"math/bits"
	"strings"
)

// sampleEntry is what one entry of stsd says about the codec (ISO/IEC 14496-12 §8.5.2).
type sampleEntry struct {
	name          string // four characters, such as avc1
	codec         string // RFC 6381 value; for av01 and vp09 the mandatory fields
	width, height int
	channels      int
	transfer      int // of a colr box, 0 when there is none
	esID          int // of esds, -1 when there is none
	// adts says that the codec is what ADTS headers say, which cannot tell HE-AAC from AAC.
	adts bool
	// lengthSize is the size of the NAL unit lengths of AVC and HEVC; 0 for other codecs.
	lengthSize int
}

// parseSampleEntry reads a video or audio sample entry.
func parseSampleEntry(b box, kind string) (sampleEntry, error) {
	e := sampleEntry{name: b.name, esID: -1}
	r := &reader{b: b.body}
	r.skip(8) // reserved, data_reference_index
	if kind == "video" {
		r.skip(16)
		e.width, e.height = int(r.u16()), int(r.u16())
		r.skip(50)
	} else {
		r.skip(8)
		e.channels = int(r.u16())
		r.skip(10)
	}
	if err := r.err(b.name); err != nil {
		return e, err
	}
	children, err := boxes(r.b)
	if err != nil {
		return e, fmt.Errorf("sample entry %s: %w", b.name, err)
	}
	for _, child := range children {
		if err := e.readChild(child); err != nil {
			return e, err
		}
	}
	if e.codec == "" {
		e.codec = e.name // ac-3, ec-3, Opus and fLaC have no parameters
	}
	return e, nil
}

func (e *sampleEntry) readChild(b box) error {
	r := &reader{b: b.body}
	switch b.name {
	case "avcC":
		r.skip(1)
		e.codec = fmt.Sprintf("%s.%02X%02X%02X", e.name, r.u8(), r.u8(), r.u8())
		e.lengthSize = int(r.u8()&3) + 1
	case "hvcC":
		e.readHEVC(r)
	case "av1C":
		e.readAV1(r)
	case "vpcC":
		r.skip(4)
		profile, level, depth := r.u8(), r.u8(), r.u8()>>4
		e.codec = fmt.Sprintf("%s.%02d.%02d.%02d", e.name, profile, level, depth)
	case "esds":
		return e.readESDS(r)
	case "colr":
		if kind := string(r.bytes(4)); kind == "nclx" {
			r.skip(2)
			e.transfer = int(r.u16())
		}
	}
	return r.err(b.name)
}

// readHEVC derives the value of ISO/IEC 14496-15 annex E.3.
func (e *sampleEntry) readHEVC(r *reader) {
	r.skip(1)
	profile, compatibility := r.u8(), bits.Reverse32(r.u32())
	constraints := append([]byte(nil), r.bytes(6)...)
	level := r.u8()
	r.skip(8)
	e.lengthSize = int(r.u8()&3) + 1
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
}

// Tags of ISO/IEC 14496-1 descriptors.
const (
	tagES              = 3
	tagDecoderConfig   = 4
	tagDecoderSpecific = 5
)

// readESDS reads the ES_Descriptor of ISO/IEC 14496-1 §7.2.6.5.
func (e *sampleEntry) readESDS(r *reader) error {
	r.skip(4)
	es, err := descriptor(r, tagES)
	if err != nil {
		return err
	}
	e.esID = int(es.u16())
	flags := es.u8()
	if flags&0x80 != 0 {
		es.skip(2)
	}
	if flags&0x40 != 0 {
		es.skip(int(es.u8()))
	}
	if flags&0x20 != 0 {
		es.skip(2)
	}
	config, err := descriptor(es, tagDecoderConfig)
	if err != nil {
		return err
	}
	objectType := config.u8()
	config.skip(12)
	e.codec = fmt.Sprintf("%s.%02X", e.name, objectType)
	if objectType != 0x40 {
		return config.err("esds")
	}
	specific, err := descriptor(config, tagDecoderSpecific)
	if err != nil {
		return err
	}
	e.codec += fmt.Sprintf(".%d", audioObjectType(specific))
	return specific.err("esds")
}

// audioObjectType reads the start of an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1).
func audioObjectType(r *reader) int {
	word := r.u16()
	if object := int(word >> 11); object != 31 {
		return object
	}
	return 32 + int(word>>5&0x3F)
}

// descriptor returns the body of the descriptor that r is at.
func descriptor(r *reader, tag uint8) (*reader, error) {
	if found := r.u8(); found != tag {
		return nil, fmt.Errorf("esds: descriptor %d where %d is due", found, tag)
	}
	size := 0
	for range 4 {
		b := r.u8()
		size = size<<7 | int(b&0x7F)
		if b&0x80 == 0 {
			break
		}
	}
	if size > len(r.b) {
		return nil, fmt.Errorf("esds: descriptor %d of %d bytes, %d are left", tag, size, len(r.b))
	}
	return &reader{b: r.bytes(size)}, nil
}

// sameCodec compares a manifest's codecs value with the one from the media. Hexadecimal digits are compared without
// regard to case; av01 and vp09 values may go on with optional fields.
func sameCodec(declared, measured string) bool {
	d, m := strings.ToLower(declared), strings.ToLower(measured)
	if strings.HasPrefix(m, "av01") || strings.HasPrefix(m, "vp09") {
		return d == m || strings.HasPrefix(d, m+".")
	}
	return d == m
}
