package lint

import (
	"bytes"
	"slices"
)

// NAL unit types of ISO/IEC 14496-10 table 7-1.
const (
	avcSlice     = 1
	avcIDR       = 5
	avcSPS       = 7
	avcPPS       = 8
	avcDelimiter = 9
)

// picture judges the access units of a PES packet and returns their number, and whether the first coded picture is an IDR one.
func (e *elementary) picture(where string, b []byte) (samples int, key bool) {
	var order []byte
	for _, nal := range nalUnits(b) {
		kind := nal[0] & 0x1F
		order = append(order, kind)
		if kind == avcDelimiter {
			samples++
		}
		if kind == avcSPS {
			e.readSPS(where, nal)
		}
	}
	delimited := len(order) > 0 && order[0] == avcDelimiter
	e.report.unless(delimited, tsDelimiter, where, "PID %d: an access unit begins without access unit delimiter", e.pid)
	first := slices.IndexFunc(order, func(kind byte) bool { return kind >= avcSlice && kind <= avcIDR })
	key = first >= 0 && order[first] == avcIDR
	if e.segment().samples == 0 {
		sps, pps := bytes.IndexByte(order, avcSPS), bytes.IndexByte(order, avcPPS)
		e.report.unless(key, tsSync, where, "the first picture is no IDR picture")
		e.report.unless(sps >= 0 && pps >= 0 && sps < first && pps < first, tsParameters, where,
			"no SPS and PPS before the first picture")
	}
	return max(samples, 1), key
}

func (e *elementary) readSPS(where string, nal []byte) {
	if string(nal) == e.sps {
		return
	}
	e.sps = string(nal)
	found, err := parseAVCSPS(nal)
	if err != nil {
		e.report.add(tsParameters, where, "PID %d: %v", e.pid, err)
		return
	}
	if e.entry.codec == "" {
		e.entry = found
	}
	e.report.unless(found == e.entry, tsParameters, where, "PID %d changes from %s %dx%d to %s %dx%d", e.pid,
		e.entry.codec, e.entry.width, e.entry.height, found.codec, found.width, found.height)
}

// nalUnits splits a byte stream (ISO/IEC 14496-10 annex B). No unit is empty.
func nalUnits(b []byte) (list [][]byte) {
	startCode := []byte{0, 0, 1}
	begin := bytes.Index(b, startCode)
	for begin >= 0 {
		b = b[begin+3:]
		begin = bytes.Index(b, startCode)
		unit := b
		if begin >= 0 {
			unit = b[:begin]
		}
		if unit = bytes.TrimRight(unit, "\x00"); len(unit) > 0 {
			list = append(list, unit)
		}
	}
	return list
}
