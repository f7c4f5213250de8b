package lint

import "fmt"

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
