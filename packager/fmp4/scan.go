package fmp4

import (
	"errors"
	"fmt"
	"io"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// Scan rebuilds the track from a finished track file of sizeBytes, and its sample table. Both equal what the Package function
// returned that wrote the file; id, which the file does not hold, becomes its ID. The result passes [packager.Track.Validate] for as
// many intervals as it has fragments. Anything but a whole track file of this package wraps [ErrCorrupt]; errors of r
// are wrapped as they are. Only headers are read, not media; memory is bounded whatever the bytes say.
func Scan(r io.ReaderAt, sizeBytes int64, id packager.TrackID) (t packager.Track, sampleTable []byte, err error) {
	s := scanner{r: r, sizeBytes: sizeBytes}
	init, err := s.init()
	if err != nil {
		return packager.Track{}, nil, err
	}
	s.track, err = describe(init)
	if err != nil {
		return packager.Track{}, nil, asCorrupt("init segment", err)
	}
	s.account.begin(&s.track)
	for s.offset < s.sizeBytes {
		if err := s.fragment(); err != nil {
			return packager.Track{}, nil, asCorrupt(fmt.Sprintf("fragment at %d", s.offset), err)
		}
	}
	s.track.SizeBytes = sizeBytes
	if len(s.track.Fragments) == 0 {
		return packager.Track{}, nil, corrupt("no fragments in %d bytes", sizeBytes)
	}
	table, err := finish(&s.track, &s.account, id)
	if err != nil {
		return packager.Track{}, nil, asCorrupt("track file", err)
	}
	return s.track, table, nil
}

// asCorrupt says where damage was found. What packaging calls unsuitable is damage in a file that was packaged.
func asCorrupt(where string, err error) error {
	if errors.Is(err, ErrCorrupt) || errors.Is(err, errRead) {
		return fmt.Errorf("%s: %w", where, err)
	}
	return corrupt("%s: %v", where, err)
}

// errRead marks errors of the reader.
var errRead = errors.New("reading track file")

// scanner walks the boxes of a track file.
type scanner struct {
	r         io.ReaderAt
	sizeBytes int64
	offset    int64 // of the next box
	track     packager.Track
	box       []byte // scratch
	account   account
}

// init reads ftyp and moov and returns their bytes.
func (s *scanner) init() ([]byte, error) {
	end := int64(0)
	for _, name := range []string{"ftyp", "moov"} {
		h, err := s.header(end)
		if err != nil {
			return nil, asCorrupt(name, err)
		}
		if h.name != name || h.payloadBytes > maxMetadataBytes {
			return nil, corrupt("box %q of %d bytes where %s is due", h.name, h.payloadBytes, name)
		}
		end += int64(h.headerBytes) + h.payloadBytes
	}
	init := make([]byte, end)
	if err := s.read(init, 0); err != nil {
		return nil, asCorrupt("init segment", err)
	}
	s.offset = end
	return init, nil
}

// fragment reads the moof and the header of the mdat at s.offset.
func (s *scanner) fragment() error {
	h, err := s.header(s.offset)
	if err != nil {
		return err
	}
	if h.name != "moof" || h.payloadBytes > maxMetadataBytes {
		return corrupt("box %q of %d bytes where moof is due", h.name, h.payloadBytes)
	}
	moofBytes := int(h.payloadBytes) + h.headerBytes
	if cap(s.box) < moofBytes {
		s.box = make([]byte, moofBytes, 2*moofBytes)
	}
	s.box = s.box[:moofBytes]
	if err := s.read(s.box, s.offset); err != nil {
		return err
	}
	f, dataBytes, err := s.parse(s.box)
	if err != nil {
		return err
	}
	mdat, err := s.header(s.offset + int64(moofBytes))
	if err != nil {
		return err
	}
	f.Offset, f.MoofSizeBytes = s.offset, uint32(moofBytes)
	f.SizeBytes = uint32(moofBytes + shortHeaderBytes + int(dataBytes))
	if mdat.name != "mdat" || mdat.payloadBytes != dataBytes || s.offset+int64(f.SizeBytes) > s.sizeBytes {
		return corrupt("%d bytes of samples, box %q of %d bytes", dataBytes, mdat.name, mdat.payloadBytes)
	}
	if len(s.track.Fragments) >= packager.MaxIntervals {
		return corrupt("more than %d fragments", packager.MaxIntervals)
	}
	s.track.Fragments = append(s.track.Fragments, f)
	s.offset += int64(f.SizeBytes)
	return nil
}

// parse reads a moof as [trackWriter.moof] writes it.
func (s *scanner) parse(box []byte) (f packager.Fragment, dataBytes int64, err error) {
	traf, err := onlyTraf(box)
	if err != nil {
		return f, 0, err
	}
	if len(traf.Truns) != 1 || len(traf.Trun.Samples) == 0 || traf.Tfhd.TrackID != trackNumber ||
		int(traf.Trun.DataOffset) != len(box)+shortHeaderBytes {
		return f, 0, corrupt("a moof that was not written here")
	}
	traf.Trun.AddSampleDefaultValues(traf.Tfhd, nil)
	samples := traf.Trun.Samples
	f = packager.Fragment{
		DecodeTime:           packager.Ticks(traf.Tfdt.BaseMediaDecodeTime()),
		FirstSampleSizeBytes: samples[0].Size,
		Samples:              uint32(len(samples)),
	}
	for i := range samples {
		f.Duration += packager.Ticks(samples[i].Dur)
		dataBytes += int64(samples[i].Size)
	}
	if !mp4.IsSyncSampleFlags(samples[0].Flags) || dataBytes > maxFragmentBytes {
		return f, 0, corrupt("%d bytes of samples, the first with flags %#x", dataBytes, samples[0].Flags)
	}
	if len(s.track.Fragments) == 0 && s.track.Audio.FrameSamples == 0 {
		setFrameSamples(&s.track, samples[0].Dur)
	}
	s.account.count(&s.track, &f, samples)
	return f, dataBytes, nil
}

// header reads the box header at offset.
func (s *scanner) header(offset int64) (boxHeader, error) {
	var b [shortHeaderBytes]byte
	if err := s.read(b[:], offset); err != nil {
		return boxHeader{}, err
	}
	h, large, err := parseBoxHeader(b[:])
	if large {
		return h, corrupt("box %q with a 64-bit size", h.name)
	}
	return h, err
}

// read fills b from offset; bytes past sizeBytes do not exist.
func (s *scanner) read(b []byte, offset int64) error {
	if offset+int64(len(b)) > s.sizeBytes {
		return corrupt("cut off: %d bytes at %d of %d", len(b), offset, s.sizeBytes)
	}
	n, err := s.r.ReadAt(b, offset)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return corrupt("cut off at %d of %d bytes", offset+int64(n), s.sizeBytes)
	}
	return fmt.Errorf("%w at %d: %w", errRead, offset, err)
}
