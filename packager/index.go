package packager

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"
)

// ErrBadIndex is wrapped by every error of ParseIndex: the bytes are not a presentation index, or a damaged one.
var ErrBadIndex = errors.New("bad presentation index")

// The presentation index, all integers big-endian:
//
//	"HWIX" · version u16 · zero u16 · sections · xxhash64 of all bytes before u64
//
// A section is a four-letter type, its length as u32 and its payload. Readers skip types that they do not know, and
// payload bytes past those that they know, so that later versions can add both. A string is a u16 length and its bytes.
const (
	indexMagic   = "HWIX"
	indexVersion = 1
	headerSize   = 8
	sectionSize  = 8
	checksumSize = 8

	sectionPresentation = "pres" // asset · generation u32
	sectionGrid         = "grid" // id · timescale u32 · count u32 · cuts u64 each
	sectionTrack        = "trak" // see indexWriter.track; one section a track, in the order of Presentation.Tracks

	fragmentSize = 36 // in the list of fragments
	packetsSize  = 8  // in the list of transport packets
)

// MaxIndexBytes bounds an index: more than MaxTracks of ten hours need.
const MaxIndexBytes = 256 << 20

// AppendIndex appends the presentation index of p, which must be valid, and returns the longer slice. Fields that the
// format holds in fewer bits than memory does are checked; the error names the one that does not fit.
func AppendIndex(dst []byte, p *Presentation) ([]byte, error) {
	if err := p.Validate(); err != nil {
		return dst, err
	}
	start := len(dst)
	dst = append(dst, indexMagic...)
	dst = binary.BigEndian.AppendUint16(dst, indexVersion)
	dst = binary.BigEndian.AppendUint16(dst, 0)

	w := indexWriter{buf: dst}
	w.section(sectionPresentation, func() {
		w.string(string(p.Asset))
		w.u32(p.Generation)
	})
	w.section(sectionGrid, func() {
		w.string(string(p.Grid.ID))
		w.u32(uint32(p.Grid.Timescale))
		w.u32(uint32(len(p.Grid.Cuts)))
		for _, cut := range p.Grid.Cuts {
			w.u64(uint64(cut))
		}
	})
	for i := range p.Tracks {
		w.section(sectionTrack, func() { w.track(&p.Tracks[i]) })
	}
	if w.err != nil {
		return dst[:start], w.err
	}
	return binary.BigEndian.AppendUint64(w.buf, xxhash.Sum64(w.buf[start:])), nil
}

// ParseIndex reads a presentation index, checks it as [Presentation.Validate] does and returns the presentation, with
// Checksum set. It keeps no reference to index. What it allocates is bounded by a small multiple of len(index). Safe
// for bytes from outside; every error wraps [ErrBadIndex].
func ParseIndex(index []byte) (*Presentation, error) {
	p, err := parseIndex(index)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadIndex, err)
	}
	return p, nil
}

func parseIndex(index []byte) (*Presentation, error) {
	if len(index) < headerSize+checksumSize || len(index) > MaxIndexBytes || string(index[:4]) != indexMagic {
		return nil, fmt.Errorf("%d bytes without the %s header", len(index), indexMagic)
	}
	if version := binary.BigEndian.Uint16(index[4:]); version == 0 || version > indexVersion {
		return nil, fmt.Errorf("version %d is newer than this program, which reads up to %d: upgrade it", version, indexVersion)
	}
	body := index[:len(index)-checksumSize]
	checksum := binary.BigEndian.Uint64(index[len(body):])
	if xxhash.Sum64(body) != checksum {
		return nil, errors.New("checksum differs")
	}
	p := &Presentation{Checksum: checksum}
	sections := indexReader{rest: body[headerSize:]}
	for len(sections.rest) > 0 && sections.err == nil {
		name := string(sections.bytes(4))
		section := indexReader{rest: sections.bytes(int(sections.u32()))}
		if sections.err != nil {
			break
		}
		if err := section.into(p, name); err != nil {
			return nil, fmt.Errorf("section %q: %w", name, err)
		}
	}
	if sections.err != nil {
		return nil, sections.err
	}
	return p, p.Validate()
}

func (r *indexReader) into(p *Presentation, name string) error {
	switch name {
	case sectionPresentation:
		p.Asset = AssetID(r.string())
		p.Generation = r.u32()
	case sectionGrid:
		p.Grid.ID = GridID(r.string())
		p.Grid.Timescale = Timescale(r.u32())
		p.Grid.Cuts = make([]Ticks, r.count(8))
		for i := range p.Grid.Cuts {
			p.Grid.Cuts[i] = Ticks(r.u64())
		}
	case sectionTrack:
		if len(p.Tracks) == MaxTracks {
			return fmt.Errorf("more than %d tracks", MaxTracks)
		}
		p.Tracks = append(p.Tracks, r.track())
	}
	return r.err
}

// track writes the payload of a track section: strings, formats, init segment, then the fragments at a fixed size, then what
// the first indexes did not have: delivery, and the transport packets of each fragment, none where there are none.
func (w *indexWriter) track(t *Track) {
	w.string(string(t.ID))
	w.u8(uint8(t.Kind))
	w.string(t.Codec)
	w.u32(uint32(t.Timescale))
	w.string(t.Language)
	w.string(t.Label)
	w.u8(uint8(t.Role))
	w.bool(t.Default)

	w.u16(t.Video.Width)
	w.u16(t.Video.Height)
	w.u32(t.Video.FrameRate.Num)
	w.u32(t.Video.FrameRate.Den)
	w.u8(t.Video.Colour.Primaries)
	w.u8(t.Video.Colour.Transfer)
	w.u8(t.Video.Colour.Matrix)
	w.bool(t.Video.Colour.FullRange)

	w.u8(t.Audio.Channels)
	w.u32(t.Audio.SampleRate)
	w.u32(t.Audio.FrameSamples)

	w.u64(uint64(t.SizeBytes))
	w.u32(uint32(len(t.Init)))
	w.buf = append(w.buf, t.Init...)
	w.u32(uint32(len(t.Fragments)))
	for i := range t.Fragments {
		w.fragment(&t.Fragments[i])
	}

	w.string(t.SupplementalCodec)
	w.u64(uint64(t.ReorderDelay))
	w.u32(t.SampleTableBytes)
	if !t.InTransportStreams() {
		w.u32(0)
		return
	}
	w.u32(uint32(len(t.Fragments)))
	for i := range t.Fragments {
		w.u32(t.Fragments[i].TSPackets)
		w.u32(t.Fragments[i].TSClockPackets)
	}
}

func (w *indexWriter) fragment(f *Fragment) {
	if f.Duration > math.MaxUint32 {
		w.fail(fmt.Errorf("fragment at %d lasts %d ticks, the index holds up to %d", f.DecodeTime, f.Duration, uint32(math.MaxUint32)))
	}
	w.u64(uint64(f.Offset))
	w.u32(f.SizeBytes)
	w.u32(f.MoofSizeBytes)
	w.u64(uint64(f.DecodeTime))
	w.u32(uint32(f.Duration))
	w.u32(f.FirstSampleSizeBytes)
	w.u32(f.Samples)
}

func (r *indexReader) track() Track {
	var t Track
	t.ID = TrackID(r.string())
	t.Kind = Kind(r.u8())
	t.Codec = r.string()
	t.Timescale = Timescale(r.u32())
	t.Language = r.string()
	t.Label = r.string()
	t.Role = Role(r.u8())
	t.Default = r.bool()

	t.Video.Width = r.u16()
	t.Video.Height = r.u16()
	t.Video.FrameRate.Num = r.u32()
	t.Video.FrameRate.Den = r.u32()
	t.Video.Colour.Primaries = r.u8()
	t.Video.Colour.Transfer = r.u8()
	t.Video.Colour.Matrix = r.u8()
	t.Video.Colour.FullRange = r.bool()

	t.Audio.Channels = r.u8()
	t.Audio.SampleRate = r.u32()
	t.Audio.FrameSamples = r.u32()

	t.SizeBytes = int64(r.u64())
	t.Init = bytes.Clone(r.bytes(int(r.u32())))
	t.Fragments = make([]Fragment, r.count(fragmentSize))
	for i := range t.Fragments {
		t.Fragments[i] = Fragment{
			Offset:               int64(r.u64()),
			SizeBytes:            r.u32(),
			MoofSizeBytes:        r.u32(),
			DecodeTime:           Ticks(r.u64()),
			Duration:             Ticks(r.u32()),
			FirstSampleSizeBytes: r.u32(),
			Samples:              r.u32(),
		}
	}
	if len(r.rest) > 0 {
		r.delivery(&t)
	}
	return t
}

// delivery reads what the first indexes did not have.
func (r *indexReader) delivery(t *Track) {
	t.SupplementalCodec = r.string()
	t.ReorderDelay = Ticks(r.u64())
	t.SampleTableBytes = r.u32()
	packets := r.count(packetsSize)
	if packets > len(t.Fragments) {
		r.err = fmt.Errorf("transport packets of %d fragments where there are %d", packets, len(t.Fragments))
		return
	}
	for i := range packets {
		t.Fragments[i].TSPackets, t.Fragments[i].TSClockPackets = r.u32(), r.u32()
	}
}

// indexWriter appends fields and keeps the first error.
type indexWriter struct {
	buf []byte
	err error
}

func (w *indexWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *indexWriter) section(name string, payload func()) {
	w.buf = append(w.buf, name...)
	w.u32(0)
	start := len(w.buf)
	payload()
	length := len(w.buf) - start
	if length > MaxIndexBytes {
		w.fail(fmt.Errorf("section %q has %d bytes, the limit is %d", name, length, MaxIndexBytes))
	}
	binary.BigEndian.PutUint32(w.buf[start-4:], uint32(length))
}

func (w *indexWriter) u8(v uint8)   { w.buf = append(w.buf, v) }
func (w *indexWriter) u16(v uint16) { w.buf = binary.BigEndian.AppendUint16(w.buf, v) }
func (w *indexWriter) u32(v uint32) { w.buf = binary.BigEndian.AppendUint32(w.buf, v) }
func (w *indexWriter) u64(v uint64) { w.buf = binary.BigEndian.AppendUint64(w.buf, v) }

func (w *indexWriter) bool(v bool) {
	if v {
		w.u8(1)
	} else {
		w.u8(0)
	}
}

func (w *indexWriter) string(s string) {
	if len(s) > math.MaxUint16 {
		w.fail(fmt.Errorf("text of %d bytes, the index holds up to %d", len(s), math.MaxUint16))
		return
	}
	w.u16(uint16(len(s)))
	w.buf = append(w.buf, s...)
}

// indexReader takes fields off the front and keeps the first error; after it every field is zero.
type indexReader struct {
	rest []byte
	err  error
}

func (r *indexReader) bytes(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.rest) {
		r.err = fmt.Errorf("a field of %d bytes where %d are left", n, len(r.rest))
		r.rest = nil
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

// count reads the number of items of itemSize that follow, and fails rather than let a caller allocate for items that
// are not there.
func (r *indexReader) count(itemSize int) int {
	n := int(r.u32())
	if r.err == nil && n > len(r.rest)/itemSize {
		r.err = fmt.Errorf("%d items of %d bytes where %d bytes are left", n, itemSize, len(r.rest))
	}
	if r.err != nil {
		return 0
	}
	return n
}

func (r *indexReader) u8() uint8 {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *indexReader) u16() uint16 {
	if b := r.bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *indexReader) u32() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *indexReader) u64() uint64 {
	if b := r.bytes(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *indexReader) bool() bool { return r.u8() != 0 }

func (r *indexReader) string() string { return string(r.bytes(int(r.u16()))) }
