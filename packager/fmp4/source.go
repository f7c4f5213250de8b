package fmp4

import (
	"bufio"
	"io"
	"slices"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// sample is one access unit of the source, without its bytes.
type sample struct {
	decode, presentation packager.Ticks // on the source's timeline
	duration             packager.Ticks // as the source's muxer says
	sizeBytes            int
}

// source reads the samples of a fragmented MP4 with one track, in decode order, from a reader that cannot seek.
type source struct {
	r      *bufio.Reader
	offset int64 // of the next byte of r

	trak      *mp4.TrakBox
	trex      *mp4.TrexBox // nil when absent
	timescale packager.Timescale

	samples []sample // of the current fragment
	next    int      // index of the sample that follows in r
}

// readStep is how much memory is taken at once on the word of a sample's size.
const readStep = 1 << 20

// openSource reads up to the end of the moov.
func openSource(r io.Reader) (*source, error) {
	s := &source{r: bufio.NewReaderSize(r, 64<<10)}
	for {
		h, err := s.header()
		if err == io.EOF {
			return nil, corrupt("no moov in %d bytes", s.offset)
		}
		if err != nil {
			return nil, err
		}
		if h.name != "moov" {
			if err := s.skip(h); err != nil {
				return nil, err
			}
			continue
		}
		box, err := s.metadata(h)
		if err != nil {
			return nil, err
		}
		moov, err := decodeBox[*mp4.MoovBox](box)
		if err != nil {
			return nil, err
		}
		return s, s.open(moov)
	}
}

func (s *source) open(moov *mp4.MoovBox) error {
	trak, err := onlyTrak(moov)
	if err != nil {
		return err
	}
	s.trak = trak
	s.timescale = packager.Timescale(trak.Mdia.Mdhd.Timescale)
	if moov.Mvex != nil {
		s.trex = moov.Mvex.Trex
	}
	return nil
}

// onlyTrak returns the one track of a moov with all the boxes that this package looks into.
func onlyTrak(moov *mp4.MoovBox) (*mp4.TrakBox, error) {
	if len(moov.Traks) != 1 {
		return nil, corrupt("%d tracks where one is due", len(moov.Traks))
	}
	trak := moov.Traks[0]
	if trak.Tkhd == nil || trak.Mdia == nil || trak.Mdia.Mdhd == nil || trak.Mdia.Hdlr == nil ||
		trak.Mdia.Minf == nil || trak.Mdia.Minf.Stbl == nil || trak.Mdia.Minf.Stbl.Stsd == nil {
		return nil, corrupt("a track without all of tkhd, mdhd, hdlr and stsd")
	}
	if trak.Mdia.Mdhd.Timescale == 0 {
		return nil, corrupt("a track with timescale 0")
	}
	if entries := len(trak.Mdia.Minf.Stbl.Stsd.Children); entries != 1 {
		return nil, unsuitable("%d sample descriptions", entries)
	}
	return trak, nil
}

// entry returns the one sample entry.
func entry(trak *mp4.TrakBox) mp4.Box { return trak.Mdia.Minf.Stbl.Stsd.Children[0] }

// advance moves to the next sample, whose bytes appendData then reads. It returns io.EOF after the last.
func (s *source) advance() (sample, error) {
	for s.next == len(s.samples) {
		if err := s.nextFragment(); err != nil {
			return sample{}, err
		}
	}
	s.next++
	return s.samples[s.next-1], nil
}

// nextFragment reads the next moof and the header of its mdat, past boxes of other types.
func (s *source) nextFragment() error {
	for {
		h, err := s.header()
		if err != nil {
			return err
		}
		if h.name == "mdat" {
			return corrupt("mdat without moof at %d", s.offset)
		}
		if h.name != "moof" {
			if err := s.skip(h); err != nil {
				return err
			}
			continue
		}
		offset := s.offset - int64(h.headerBytes)
		box, err := s.metadata(h)
		if err != nil {
			return err
		}
		if err := s.openFragment(box, offset); err != nil {
			return err
		}
		return nil
	}
}

func (s *source) openFragment(box []byte, offset int64) error {
	traf, err := onlyTraf(box)
	if err != nil {
		return corrupt("moof at %d: %v", offset, err)
	}
	dataBytes, err := s.list(traf)
	if err != nil {
		return corrupt("moof at %d: %v", offset, err)
	}
	h, err := s.header()
	if err != nil {
		return readError("mdat", s.offset, err)
	}
	dataOffset := int64(len(box) + h.headerBytes)
	if h.name != "mdat" || h.payloadBytes != dataBytes || len(traf.Truns) > 0 && int64(traf.Trun.DataOffset) != dataOffset {
		return corrupt("moof at %d: %d bytes of samples, %q of %d bytes follows", offset, dataBytes, h.name, h.payloadBytes)
	}
	return nil
}

// onlyTraf returns the one traf of a moof.
func onlyTraf(box []byte) (*mp4.TrafBox, error) {
	moof, err := decodeBox[*mp4.MoofBox](box)
	if err != nil {
		return nil, err
	}
	if len(moof.Trafs) != 1 || moof.Mfhd == nil || moof.Traf.Tfhd == nil || moof.Traf.Tfdt == nil {
		return nil, corrupt("a moof without mfhd or one traf with tfhd and tfdt")
	}
	return moof.Traf, nil
}

// list fills s.samples from traf and returns the sum of their sizes.
func (s *source) list(traf *mp4.TrafBox) (sizeBytes int64, err error) {
	s.samples, s.next = s.samples[:0], 0
	// Source timestamps may be negative, which the unsigned field holds in two's complement.
	decode := packager.Ticks(traf.Tfdt.BaseMediaDecodeTime())
	for _, trun := range traf.Truns {
		trun.AddSampleDefaultValues(traf.Tfhd, s.trex)
		for _, t := range trun.Samples {
			if decode < -maxSourceTime || decode > maxSourceTime || t.Size > maxFragmentBytes {
				return 0, corrupt("sample of %d bytes at %d", t.Size, decode)
			}
			s.samples = append(s.samples, sample{
				decode: decode,
				// Read as signed in either version of the box: no real offset needs the 32nd bit, and muxers put
				// negative ones into version 0 too.
				presentation: decode + packager.Ticks(t.CompositionTimeOffset),
				duration:     packager.Ticks(t.Dur),
				sizeBytes:    int(t.Size),
			})
			decode += packager.Ticks(t.Dur)
			sizeBytes += int64(t.Size)
		}
	}
	return sizeBytes, nil
}

// appendData appends the bytes of the sample that advance returned. It must be called once for each.
func (s *source) appendData(dst []byte, sizeBytes int) ([]byte, error) {
	for sizeBytes > 0 {
		step := min(sizeBytes, readStep)
		end := len(dst)
		dst = slices.Grow(dst, step)[:end+step]
		n, err := io.ReadFull(s.r, dst[end:])
		s.offset += int64(n)
		if err != nil {
			return dst, readError("mdat", s.offset, err)
		}
		sizeBytes -= step
	}
	return dst, nil
}

// header reads a box header; io.EOF when none follows.
func (s *source) header() (boxHeader, error) {
	var b [largeHeaderBytes]byte
	n, err := io.ReadFull(s.r, b[:shortHeaderBytes])
	s.offset += int64(n)
	if err == io.EOF {
		return boxHeader{}, io.EOF
	}
	if err != nil {
		return boxHeader{}, readError("a box header", s.offset, err)
	}
	h, large, err := parseBoxHeader(b[:shortHeaderBytes])
	if !large {
		return h, err
	}
	n, err = io.ReadFull(s.r, b[shortHeaderBytes:])
	s.offset += int64(n)
	if err != nil {
		return boxHeader{}, readError("a box header", s.offset, err)
	}
	h, _, err = parseBoxHeader(b[:])
	return h, err
}

// metadata reads the whole box whose header was read, with that header.
func (s *source) metadata(h boxHeader) ([]byte, error) {
	if h.payloadBytes > maxMetadataBytes || h.headerBytes != shortHeaderBytes {
		return nil, corrupt("%s of %d bytes at %d", h.name, h.payloadBytes, s.offset)
	}
	box := appendBoxHeader(nil, h.name, h.payloadBytes)
	return s.appendData(box, int(h.payloadBytes))
}

func (s *source) skip(h boxHeader) error {
	n, err := io.CopyN(io.Discard, s.r, h.payloadBytes)
	s.offset += n
	if err != nil {
		return readError(h.name, s.offset, err)
	}
	return nil
}
