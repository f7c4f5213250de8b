package lint

import "fmt"

// maxRunSamples bounds the samples of one trun. A run may count samples without a byte for any of them.
const maxRunSamples = 1 << 20

// fragment is one moof with its mdat, measured.
type fragment struct {
	sequence    uint32
	trackID     uint32
	hasTime     bool // tfdt is there
	start       int64
	duration    int64
	samples     int
	bytes       int64 // of all samples
	first       []byte
	firstSize   int64 // which first may fall short of
	firstFlags  uint32
	earliest    int64 // presentation time of the first presented sample, relative to start
	latest      int64 // of the last one
	baseIsMoof  bool
	baseOffset  bool // base-data-offset is there
	oldRun      bool // a trun of version 0
	strangeRun  bool // a trun of a version above 1
	keys        keySpan
	steps       stepSpan
	dataProblem string
	traf        []box
}

// Flags of tfhd and trun, and of samples (ISO/IEC 14496-12 §8.8.7, §8.8.8, §8.8.3.1).
const (
	tfhdBaseDataOffset   = 0x000001
	tfhdDescriptionIndex = 0x000002
	tfhdDuration         = 0x000008
	tfhdSize             = 0x000010
	tfhdFlags            = 0x000020
	tfhdBaseIsMoof       = 0x020000

	trunDataOffset = 0x001
	trunFirstFlags = 0x004
	trunDuration   = 0x100
	trunSize       = 0x200
	trunFlags      = 0x400
	trunOffset     = 0x800

	sampleIsNonSync = 0x010000
)

// parseFragment reads a moof and the mdat behind it.
func parseFragment(moof, mdat box, trex sampleDefaults) (fragment, error) {
	f := fragment{}
	mfhd, err := descend(moof.body, "mfhd")
	if err != nil {
		return f, err
	}
	r := &reader{b: mfhd}
	r.skip(4)
	f.sequence = r.u32()
	if err := r.err("mfhd"); err != nil {
		return f, err
	}
	traf, err := descend(moof.body, "traf")
	if err != nil {
		return f, err
	}
	list, err := boxes(traf)
	if err != nil {
		return f, err
	}
	f.traf = list
	tfhd, err := descend(traf, "tfhd")
	if err != nil {
		return f, err
	}
	defaults, err := f.readTrackHeader(&reader{b: tfhd}, trex)
	if err != nil {
		return f, err
	}
	for _, b := range find(list, "tfdt") {
		if err := f.readDecodeTime(&reader{b: b.body}); err != nil {
			return f, err
		}
	}
	data := newMediaData(moof, mdat)
	for _, b := range find(list, "trun") {
		if err := f.readRun(&reader{b: b.body}, defaults, data); err != nil {
			return f, err
		}
	}
	if f.dataProblem == "" && data.next != data.end {
		f.dataProblem = fmt.Sprintf("the samples end %d bytes from the end of mdat", data.end-data.next)
	}
	return f, nil
}

func (f *fragment) readTrackHeader(r *reader, d sampleDefaults) (sampleDefaults, error) {
	_, flags := r.versionFlags()
	f.trackID = r.u32()
	f.baseIsMoof = flags&tfhdBaseIsMoof != 0
	if f.baseOffset = flags&tfhdBaseDataOffset != 0; f.baseOffset {
		r.skip(8)
	}
	if flags&tfhdDescriptionIndex != 0 {
		r.skip(4)
	}
	if flags&tfhdDuration != 0 {
		d.duration = r.u32()
	}
	if flags&tfhdSize != 0 {
		d.size = r.u32()
	}
	if flags&tfhdFlags != 0 {
		d.flags = r.u32()
	}
	return d, r.err("tfhd")
}

func (f *fragment) readDecodeTime(r *reader) error {
	f.hasTime = true
	if version, _ := r.versionFlags(); version == 1 {
		f.start = int64(r.u64())
	} else {
		f.start = int64(r.u32())
	}
	return r.err("tfdt")
}

// mediaData is the payload of an mdat, in offsets from the start of its moof.
type mediaData struct {
	body      []byte
	begin     int64
	next, end int64 // where the next sample is due, and where the payload ends
}

func newMediaData(moof, mdat box) *mediaData {
	end := int64(mdat.offset - moof.offset + mdat.size)
	begin := end - int64(len(mdat.body))
	return &mediaData{body: mdat.body, begin: begin, next: begin, end: end}
}

// readRun adds the samples of one trun.
func (f *fragment) readRun(r *reader, d sampleDefaults, data *mediaData) error {
	version, flags := r.versionFlags()
	f.oldRun = f.oldRun || version == 0
	f.strangeRun = f.strangeRun || version > 1
	count := r.u32()
	if flags&trunDataOffset == 0 {
		f.dataProblem = "trun has no data offset"
	} else if offset := int64(int32(r.u32())); offset != data.next && f.dataProblem == "" {
		f.dataProblem = fmt.Sprintf("data offset is %d, the samples are due at %d", offset, data.next)
	}
	firstFlags := d.flags
	if flags&trunFirstFlags != 0 {
		firstFlags = r.u32()
	}
	if count > maxRunSamples {
		return fmt.Errorf("trun counts %d samples, more than %d", count, maxRunSamples)
	}
	for i := range count {
		s := sample{duration: d.duration, size: d.size, flags: d.flags}
		if i == 0 {
			s.flags = firstFlags
		}
		s.read(r, flags, version)
		if r.short {
			break
		}
		f.addSample(s, data)
	}
	return r.err("trun")
}

// sample is one entry of a trun.
type sample struct {
	duration, size, flags uint32
	offset                int64 // composition offset
}

func (s *sample) read(r *reader, flags uint32, version uint8) {
	if flags&trunDuration != 0 {
		s.duration = r.u32()
	}
	if flags&trunSize != 0 {
		s.size = r.u32()
	}
	if flags&trunFlags != 0 {
		s.flags = r.u32()
	}
	if flags&trunOffset == 0 {
		return
	}
	if offset := r.u32(); version == 0 {
		s.offset = int64(offset)
	} else {
		s.offset = int64(int32(offset))
	}
}

func (f *fragment) addSample(s sample, data *mediaData) {
	presented := f.duration + s.offset
	if f.samples == 0 {
		f.firstFlags = s.flags
		f.first, f.firstSize = data.slice(int64(s.size)), int64(s.size)
		f.earliest, f.latest = presented, presented
	}
	if s.flags&sampleIsNonSync == 0 {
		f.keys.add(f.duration)
	}
	f.steps.add(int64(s.duration))
	f.earliest, f.latest = min(f.earliest, presented), max(f.latest, presented)
	f.samples++
	f.duration += int64(s.duration)
	f.bytes += int64(s.size)
	data.next += int64(s.size)
	if data.next > data.end && f.dataProblem == "" {
		f.dataProblem = fmt.Sprintf("sample %d ends %d bytes behind mdat", f.samples, data.next-data.end)
	}
}

// slice returns as much of the next size bytes as there is.
func (m *mediaData) slice(size int64) []byte {
	begin := m.next - m.begin
	if begin > int64(len(m.body)) {
		return nil
	}
	return m.body[begin:min(begin+size, int64(len(m.body)))]
}
