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
	e.readSpecificConfig(specific.b)
	if len(specific.b) < 2 {
		return fmt.Errorf("esds: an AudioSpecificConfig of %d bytes", len(specific.b))
	}
	return nil
}

// Audio object types of ISO/IEC 14496-3 §1.5.1.1.
const (
	objectAAC   = 2
	objectSBR   = 5
	objectPS    = 29
	objectOther = 31 // the type follows
)

// sbrSync begins what announces SBR behind a configuration of AAC that older decoders read (§1.6.5).
const sbrSync = 0x2B7

// readSpecificConfig reads an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1): its object type, and whether it says that
// there is SBR.
func (e *sampleEntry) readSpecificConfig(b []byte) {
	r := &bitReader{b: b}
	object := readObjectType(r)
	e.codec += fmt.Sprintf(".%d", object)
	e.coreRate = readSamplingRate(r)
	e.explicitSBR = object == objectSBR || object == objectPS
	if object != objectAAC {
		return
	}
	if r.read(4) == 0 { // channelConfiguration: a program_config_element follows, behind which this does not look
		e.explicitSBR = true
		return
	}
	r.flag()      // frameLengthFlag
	if r.flag() { // dependsOnCoreCoder
		r.read(14)
	}
	r.flag() // extensionFlag
	e.explicitSBR = r.read(11) == sbrSync && readObjectType(r) == objectSBR && r.flag() && !r.short
}

func readObjectType(r *bitReader) uint32 {
	if object := r.read(5); object != objectOther {
		return object
	}
	return 32 + r.read(6)
}

// readSamplingRate returns 0 for an index that stands for none.
func readSamplingRate(r *bitReader) int {
	const explicit = 15
	switch index := int(r.read(4)); {
	case index == explicit:
		return int(r.read(24))
	case index < len(adtsRates):
		return adtsRates[index]
	}
	return 0
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
