package fmp4

import (
	"bytes"
	"encoding/binary"
)

// nalKind sorts the NAL units of H.264 and HEVC by what is done with them.
type nalKind uint8

const (
	nalOther        nalKind = iota
	nalRandom               // a slice of an IDR picture
	nalParameterSet         // stripped: the sample entry holds it
	nalDelimiter            // stripped: a sample is delimited by its size (ISO/IEC 14496-15 §5.3.2)
	nalUnused               // stripped: no player is told of it
)

// nalLengthBytes is the size of the field before each NAL unit of a sample; other sizes are refused with the
// configuration box.
const nalLengthBytes = 4

// parameterSets collects the sets of one type: those of the configuration, or, when it has none, those of the first
// sample.
type parameterSets struct {
	sets [][]byte
	open bool // more may be added
}

func newParameterSets(sets [][]byte) *parameterSets {
	return &parameterSets{sets: sets, open: len(sets) == 0}
}

// meet refuses a set that the sample entry does not hold, because players are given the sample entry alone.
func (p *parameterSets) meet(set []byte) error {
	for _, known := range p.sets {
		if bytes.Equal(known, set) {
			return nil
		}
	}
	if !p.open {
		return unsuitable("parameter sets change")
	}
	p.sets = append(p.sets, bytes.Clone(set))
	return nil
}

// examineNALs implements [pictures.examine] for length-prefixed NAL units. kindOf sorts them by their first byte;
// setsOf returns the collection for a parameter set's first byte. freeze ends the collecting after the first sample.
func examineNALs(sample []byte, kindOf func(byte) nalKind, setsOf func(byte) *parameterSets) ([]byte, bool, error) {
	kept, random := 0, false
	for at := 0; at < len(sample); {
		rest := sample[at:]
		if len(rest) <= nalLengthBytes {
			return nil, false, corrupt("%d bytes after the last NAL unit", len(rest))
		}
		size := uint64(binary.BigEndian.Uint32(rest))
		if size == 0 || size > uint64(len(rest)-nalLengthBytes) {
			return nil, false, corrupt("NAL unit of %d bytes with %d left", size, len(rest)-nalLengthBytes)
		}
		unit := rest[:nalLengthBytes+int(size)]
		at += len(unit)
		kind := kindOf(unit[nalLengthBytes])
		switch kind {
		case nalDelimiter, nalUnused:
			continue
		case nalParameterSet:
			if err := setsOf(unit[nalLengthBytes]).meet(unit[nalLengthBytes:]); err != nil {
				return nil, false, err
			}
			continue
		}
		random = random || kind == nalRandom
		if kept+len(unit) != at {
			copy(sample[kept:], unit)
		}
		kept += len(unit)
	}
	if kept == 0 {
		return nil, false, corrupt("a sample without a picture")
	}
	return sample[:kept], random, nil
}
