package lint

import (
	"bytes"
	"fmt"
	"slices"
)

// header is a CMAF header (init segment), parsed.
type header struct {
	entry     sampleEntry
	kind      string // "video", "audio", "text" or ""
	cmaf      bool   // ftyp claims it
	edits     int    // of the edit list
	shift     int64  // media_time of the edit list: what is shown at 0
	trackID   uint32
	timescale uint32
	defaults  sampleDefaults
}

// sampleDefaults are the values of trex, or of tfhd over trex.
type sampleDefaults struct{ duration, size, flags uint32 }

// parseHeader reads an init segment and reports what is wrong with it. ok is false where it is too damaged to judge
// segments by.
func parseHeader(r *report, where string, b []byte) (h header, ok bool) {
	p := headerParser{report: r, where: where}
	if err := p.parse(b); err != nil {
		r.add(cmafStructure, where, "%v", err)
		return header{}, false
	}
	return p.h, true
}

type headerParser struct {
	report *report
	where  string
	h      header
	volume uint16 // of tkhd
}

func (p *headerParser) parse(b []byte) error {
	top, err := boxes(b)
	if err != nil {
		return err
	}
	moov := find(top, "moov")
	inOrder := len(top) >= 2 && top[0].name == "ftyp" && top[1].name == "moov" && len(moov) == 1
	p.report.unless(inOrder, cmafHeader, p.where, "the boxes are %s", names(top))
	if len(moov) == 0 {
		return fmt.Errorf("no moov")
	}
	if top[0].name == "ftyp" {
		p.brands(top[0].body)
	}
	return p.movie(moov[0].body)
}

func names(list []box) []string {
	var all []string
	for _, b := range list[:min(len(list), 8)] {
		all = append(all, b.name)
	}
	return all
}

func (p *headerParser) brands(body []byte) {
	found := false
	for i := 0; i+4 <= len(body); i += 4 {
		brand := string(body[i : i+4])
		found = found || i != 4 && (brand == "cmfc" || brand == "cmf2") // at 4 stands the minor version
	}
	p.h.cmaf = found
	p.report.unless(found, cmafBrand, p.where, "ftyp has neither cmfc nor cmf2: the rules of CMAF are not applied")
}

// unless adds a finding to a rule that CMAF alone has, where ok is false.
func (p *headerParser) unless(ok bool, id ruleID, format string, args ...any) {
	p.report.unless(ok || !p.h.cmaf, id, p.where, format, args...)
}

func (p *headerParser) movie(body []byte) error {
	list, err := boxes(body)
	if err != nil {
		return err
	}
	one := len(find(list, "mvhd")) == 1 && len(find(list, "trak")) == 1 && len(find(list, "mvex")) == 1
	p.report.unless(one, cmafHeader, p.where, "moov holds %s", names(list))
	mvhd, err := descend(body, "mvhd")
	if err != nil {
		return err
	}
	if err := p.movieHeader(&reader{b: mvhd}); err != nil {
		return err
	}
	trak, err := descend(body, "trak")
	if err != nil {
		return err
	}
	if err := p.track(trak); err != nil {
		return err
	}
	trex, err := descend(body, "mvex", "trex")
	if err != nil {
		return err
	}
	return p.extends(&reader{b: trex})
}

// identity is the matrix of ISO/IEC 14496-12 §6.2.2 that changes nothing.
var identity = []byte{
	0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0,
}

func (p *headerParser) movieHeader(r *reader) error {
	version, _ := r.versionFlags()
	r.skip(16 + 12*int(min(version, 1)))
	rate, volume := r.u32(), r.u16()
	r.skip(10)
	matrix := r.bytes(len(identity))
	p.report.unless(rate == 0x10000 && volume == 0x100 && bytes.Equal(matrix, identity), cmafMatrix, p.where,
		"mvhd has rate %#x, volume %#x, matrix %x", rate, volume, matrix)
	return r.err("mvhd")
}

func (p *headerParser) track(trak []byte) error {
	tkhd, err := descend(trak, "tkhd")
	if err != nil {
		return err
	}
	if err := p.trackHeader(&reader{b: tkhd}); err != nil {
		return err
	}
	list, err := boxes(trak)
	if err != nil {
		return err
	}
	if edts := find(list, "edts"); len(edts) > 0 {
		if err := p.editList(edts[0].body); err != nil {
			return err
		}
	}
	mdia, err := descend(trak, "mdia")
	if err != nil {
		return err
	}
	return p.media(mdia)
}

// editList reads an edit list, which CMAF wants to have one entry that shifts and nothing else.
func (p *headerParser) editList(edts []byte) error {
	elst, err := descend(edts, "elst")
	if err != nil {
		return err
	}
	r := &reader{b: elst}
	version, _ := r.versionFlags()
	p.h.edits = int(r.u32())
	var duration, rate uint64
	if version == 1 {
		duration, p.h.shift = r.u64(), int64(r.u64())
	} else {
		duration, p.h.shift = uint64(r.u32()), int64(int32(r.u32()))
	}
	rate = uint64(r.u32())
	one := p.h.edits == 1 && duration == 0 && rate == 0x10000 && p.h.shift >= 0
	p.unless(one, cmafEditList, "elst has %d entries, the first of duration %d, media_time %d, rate %#x", p.h.edits, duration, p.h.shift, rate)
	if p.h.edits != 1 || p.h.shift < 0 || p.h.shift > maxTime {
		p.h.shift = 0 // media_time -1 is a pause
	}
	return r.err("elst")
}

func (p *headerParser) trackHeader(r *reader) error {
	version, _ := r.versionFlags()
	var duration uint64
	if version == 1 {
		r.skip(16)
		p.h.trackID = r.u32()
		r.skip(4)
		duration = r.u64()
	} else {
		r.skip(8)
		p.h.trackID = r.u32()
		r.skip(4)
		duration = uint64(r.u32())
	}
	r.skip(12) // reserved, layer, alternate_group
	p.volume = r.u16()
	r.skip(2)
	matrix := r.bytes(len(identity))
	p.unless(duration == 0, cmafTrackDuration, "tkhd has duration %d", duration)
	p.unless(bytes.Equal(matrix, identity), cmafMatrix, "tkhd has matrix %x", matrix)
	return r.err("tkhd")
}

func (p *headerParser) media(mdia []byte) error {
	mdhd, err := descend(mdia, "mdhd")
	if err != nil {
		return err
	}
	if err := p.mediaHeader(&reader{b: mdhd}); err != nil {
		return err
	}
	hdlr, err := descend(mdia, "hdlr")
	if err != nil {
		return err
	}
	r := &reader{b: hdlr}
	r.skip(8)
	p.h.kind = map[string]string{"vide": "video", "soun": "audio", "text": "text", "subt": "text"}[string(r.bytes(4))]
	p.report.unless(p.h.kind != "", cmafHeader, p.where, "the handler is none of vide, soun, text and subt")
	sounds := p.h.kind == "audio"
	p.unless(p.volume == 0 || sounds, cmafMatrix, "tkhd of %s has volume %#x", p.h.kind, p.volume)
	p.unless(p.volume == 0x100 || !sounds, cmafMatrix, "tkhd of audio has volume %#x", p.volume)
	dref, err := descend(mdia, "minf", "dinf", "dref")
	if err != nil {
		return err
	}
	p.dataReference(dref)
	stbl, err := descend(mdia, "minf", "stbl")
	if err != nil {
		return err
	}
	return p.sampleTable(stbl)
}

func (p *headerParser) mediaHeader(r *reader) error {
	version, _ := r.versionFlags()
	var duration uint64
	if version == 1 {
		r.skip(16)
		p.h.timescale = r.u32()
		duration = r.u64()
	} else {
		r.skip(8)
		p.h.timescale = r.u32()
		duration = uint64(r.u32())
	}
	p.unless(duration == 0, cmafTrackDuration, "mdhd has duration %d", duration)
	if p.h.timescale == 0 {
		return fmt.Errorf("mdhd has timescale 0")
	}
	return r.err("mdhd")
}

func (p *headerParser) dataReference(dref []byte) {
	r := &reader{b: dref}
	r.skip(4)
	count := r.u32()
	entries, err := boxes(r.b)
	ok := err == nil && count == 1 && len(entries) == 1 && bytes.Equal(entries[0].body, []byte{0, 0, 0, 1})
	p.unless(ok, cmafDataReference, "dref counts %d entries and holds %x", count, r.b[:min(len(r.b), 32)])
}

func (p *headerParser) sampleTable(stbl []byte) error {
	list, err := boxes(stbl)
	if err != nil {
		return err
	}
	for _, b := range list {
		if slices.Contains([]string{"stts", "stsc", "stsz", "stco", "co64", "stss", "ctts"}, b.name) {
			r := &reader{b: b.body}
			r.skip(4)
			if b.name == "stsz" {
				r.skip(4)
			}
			count := r.u32()
			p.unless(count == 0, cmafSampleTables, "%s counts %d entries", b.name, count)
		}
	}
	stsd, err := descend(stbl, "stsd")
	if err != nil {
		return err
	}
	r := &reader{b: stsd}
	r.skip(4)
	count := r.u32()
	entries, err := boxes(r.b)
	if err != nil || len(entries) != 1 || count != 1 {
		return fmt.Errorf("stsd counts %d entries and holds %d: %w", count, len(entries), err)
	}
	p.h.entry, err = parseSampleEntry(entries[0], p.h.kind)
	p.report.unless(p.h.entry.problem == "", cmafConfig, p.where, "%s", p.h.entry.problem)
	vision := p.h.entry.dolbyVisionProblem()
	p.report.unless(vision == "", cmafDolbyVision, p.where, "Dolby Vision: %s", vision)
	p.unless(p.h.entry.esID <= 0, cmafESID, "ES_ID is %d", p.h.entry.esID)
	return err
}

func (p *headerParser) extends(r *reader) error {
	r.skip(4)
	trackID := r.u32()
	r.skip(4)
	p.h.defaults = sampleDefaults{duration: r.u32(), size: r.u32(), flags: r.u32()}
	p.report.unless(trackID == p.h.trackID, cmafTrackID, p.where, "trex is for track %d, tkhd for %d", trackID, p.h.trackID)
	return r.err("trex")
}
