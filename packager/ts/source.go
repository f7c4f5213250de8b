package ts

import "headwater/packager"

// source reads the samples of one fragment after the other, in pieces that a processor's cache holds: what was just read is
// then copied into packets from there.
type source struct {
	track   *packager.Track
	read    Read
	samples []Sample
	offset  int64 // in the track file, of what is read next
	left    int64 // bytes of the fragment from there on
	window  []byte
	piece   []byte // of the window: read and not yet taken
}

// pieceBytes is how much is read at a time, if a sample is not larger.
const pieceBytes = 256 << 10

// open begins with a fragment: it reads the moof, and what follows as far as the piece reaches.
func (s *source) open(t *packager.Track, f *packager.Fragment, read Read) error {
	s.track, s.read = t, read
	s.offset, s.left, s.piece = f.Offset, int64(f.SizeBytes), nil
	moof, err := s.take(int(f.MoofSizeBytes))
	if err != nil {
		return err
	}
	s.samples, err = appendSamples(s.samples[:0], moof, f)
	if err != nil {
		return err
	}
	header, err := s.take(boxHeaderBytes)
	if err != nil {
		return err
	}
	if string(header[4:8]) != "mdat" {
		return corrupt("box %q where mdat is due", header[4:8])
	}
	return nil
}

// take returns the next n bytes of the fragment, which the caller may change until the next call.
func (s *source) take(n int) ([]byte, error) {
	if n > len(s.piece) {
		if err := s.fill(n); err != nil {
			return nil, err
		}
	}
	taken := s.piece[:n:n]
	s.piece = s.piece[n:]
	return taken, nil
}

// fill reads on so that the piece has at least n bytes.
func (s *source) fill(n int) error {
	if int64(n) > int64(len(s.piece))+s.left {
		return corrupt("%d bytes, %d are left of the fragment", n, int64(len(s.piece))+s.left)
	}
	if n > len(s.window) {
		grown := make([]byte, max(n, pieceBytes))
		copy(grown, s.piece)
		s.window = grown
	} else {
		copy(s.window, s.piece)
	}
	had := len(s.piece)
	end := had + int(min(int64(len(s.window)-had), s.left))
	if err := s.read(s.track, s.window[had:end], s.offset); err != nil {
		return err
	}
	s.offset += int64(end - had)
	s.left -= int64(end - had)
	s.piece = s.window[:end]
	return nil
}
