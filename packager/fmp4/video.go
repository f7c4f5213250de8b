package fmp4

import (
	"errors"
	"io"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// VideoConfig says how to store a video track.
type VideoConfig struct {
	ID       packager.TrackID
	Language string // BCP 47; empty means "und"
	Label    string // control characters are removed, the rest is cut to 255 bytes
	Role     packager.Role
	// Cuts are the planned instants of the source's timeline, rising, at which fragments begin; the last may be the
	// planned end. Each is met by the first IDR picture that begins at it, at most 1 ms before it, or later; one that
	// lies past the last picture by no more than two frames sets the end. Nil cuts at every IDR picture and ends with
	// the last picture's own duration.
	Cuts []Instant
	// Light is what is known of the pictures' HDR grading from elsewhere, for sample entries that do not say; zero for
	// nothing, as pictures that are not HDR want it.
	Light packager.LightLevels
}

// VideoResult is what PackageVideo wrote.
type VideoResult struct {
	Track packager.Track
	// SampleTable is what downloads need of the track, to be stored beside it.
	SampleTable []byte
	// Zero is the source instant of the first presented picture: zero of the track's timeline.
	Zero Instant
	// Cuts are the decode times of all fragments and the end, in Track.Timescale, from 0: a grid's cuts.
	Cuts []packager.Ticks
}

// PackageVideo reads a fragmented MP4 with one video track from src and writes the track file to dst, a fragment at a
// time. Presentation times are the source's, less Zero, so that variable frame rates stay exact. Decode times are new:
// each fragment's first is its first picture's presentation time, whatever the encoder's delay, and no picture is
// presented before it is decoded.
//
// A stream that cannot be stored so is an [*UnsuitableError], damage wraps [ErrCorrupt], and errors of src and dst are
// wrapped as they are. What dst holds after an error is of no use.
func PackageVideo(dst io.Writer, src io.Reader, cfg VideoConfig) (VideoResult, error) {
	s, err := openSource(src)
	if err != nil {
		return VideoResult{}, err
	}
	p, err := newVideoPackager(dst, s, cfg)
	if err != nil {
		return VideoResult{}, err
	}
	for {
		err := p.next()
		if errors.Is(err, io.EOF) {
			return p.finish(cfg.ID)
		}
		if err != nil {
			return VideoResult{}, err
		}
	}
}

// videoPackager holds the fragment that is being collected.
type videoPackager struct {
	src      *source
	w        trackWriter
	pictures pictures
	entry    *mp4.VisualSampleEntryBox // the source's
	init     initConfig
	light    packager.LightLevels

	everyRandom bool             // cut at every IDR picture
	cuts        []packager.Ticks // planned and not yet met, on the source's timeline
	zero        packager.Ticks   // first presentation time, on the source's timeline

	fragment fragment
	gop      gop
	last     packager.Ticks // duration of the last sample, as the source's muxer says
}

func newVideoPackager(dst io.Writer, s *source, cfg VideoConfig) (*videoPackager, error) {
	e, ok := entry(s.trak).(*mp4.VisualSampleEntryBox)
	if !ok {
		return nil, unsuitable("%q is not a video codec that can be stored", entry(s.trak).Type())
	}
	if err := suits(s.trak, e); err != nil {
		return nil, err
	}
	pictures, err := newPictures(e)
	if err != nil {
		return nil, err
	}
	p := &videoPackager{
		src:      s,
		w:        trackWriter{dst: dst},
		pictures: pictures,
		entry:    e,
		init: initConfig{
			kind:      packager.Video,
			timescale: s.timescale,
			language:  cleanLanguage(cfg.Language),
			label:     cleanLabel(cfg.Label),
			role:      cfg.Role,
		},
		light:       cfg.Light,
		everyRandom: cfg.Cuts == nil,
	}
	for _, cut := range cfg.Cuts {
		p.cuts = append(p.cuts, cut.in(s.timescale))
	}
	return p, nil
}

// next takes one sample of the source; io.EOF when there is none left.
func (p *videoPackager) next() error {
	s, err := p.src.advance()
	if err != nil {
		return err
	}
	f := &p.fragment
	if f.full(s.sizeBytes) {
		return unsuitable("no IDR picture within %d bytes or %d pictures", maxFragmentBytes, maxFragmentSamples)
	}
	start := len(f.data)
	f.data, err = p.src.appendData(f.data, s.sizeBytes)
	if err != nil {
		return err
	}
	kept, random, err := p.pictures.examine(f.data[start:])
	if err != nil {
		return err
	}
	f.data = f.data[:start+len(kept)]
	if random && p.due(s.presentation) || len(f.samples) == 0 {
		f.data = f.data[:start]
		if err := p.cut(s.presentation, random); err != nil {
			return err
		}
		f.data = append(f.data, kept...)
	}
	p.collect(s, len(kept), random)
	return nil
}

// due reports whether a fragment begins at an IDR picture of this presentation time, and ticks off the planned cuts
// that it meets.
func (p *videoPackager) due(presentation packager.Ticks) bool {
	const perSecond = 1000 // a cut may lie 1 ms after the picture: both were rounded
	tolerance := packager.Ticks(p.src.timescale) / perSecond
	due := p.everyRandom
	for len(p.cuts) > 0 && p.cuts[0] <= presentation+tolerance {
		p.cuts = p.cuts[1:]
		due = true
	}
	return due
}

// cut ends the fragment before a picture, if there is one, and begins the next with it.
func (p *videoPackager) cut(presentation packager.Ticks, random bool) error {
	if len(p.fragment.samples) > 0 {
		return p.flush(presentation)
	}
	if !random {
		return unsuitable("does not begin with an IDR picture")
	}
	p.zero = presentation
	return nil
}

func (p *videoPackager) collect(s sample, sizeBytes int, random bool) {
	flags := nonSyncFlags
	if random {
		flags = syncFlags
	}
	p.fragment.samples = append(p.fragment.samples, mp4.Sample{Flags: flags, Size: uint32(sizeBytes)})
	p.gop.presentations = append(p.gop.presentations, s.presentation-p.zero)
	p.last = s.duration
}

// flush writes the fragment, which ends at an instant of the source's timeline.
func (p *videoPackager) flush(end packager.Ticks) error {
	if p.w.track.SizeBytes == 0 {
		if err := p.begin(); err != nil {
			return err
		}
	}
	if err := p.gop.time(p.fragment.samples, end-p.zero); err != nil {
		return err
	}
	p.fragment.decode = p.gop.presentations[0]
	p.gop.presentations = p.gop.presentations[:0]
	return p.w.writeFragment(&p.fragment)
}

// begin writes the init segment, when the first sample has shown what the bitstream is.
func (p *videoPackager) begin() error {
	e, err := videoEntry(p.pictures, p.entry, p.light)
	if err != nil {
		return err
	}
	init, err := encodeInit(p.init, e)
	if err != nil {
		return err
	}
	return p.w.writeInit(init)
}

func (p *videoPackager) finish(id packager.TrackID) (VideoResult, error) {
	if len(p.fragment.samples) == 0 {
		return VideoResult{}, corrupt("no samples")
	}
	end, err := p.gop.end(p.last)
	if err != nil {
		return VideoResult{}, err
	}
	if len(p.cuts) > 0 && p.gop.mayEnd(p.cuts[0]-p.zero) {
		end = p.cuts[0] - p.zero
	}
	if err := p.flush(end + p.zero); err != nil {
		return VideoResult{}, err
	}
	table, err := finish(&p.w.track, &p.w.account, id)
	if err != nil {
		return VideoResult{}, err
	}
	return VideoResult{
		Track:       p.w.track,
		SampleTable: table,
		Zero:        Instant{Ticks: p.zero, Timescale: p.src.timescale},
		Cuts:        p.w.cuts(),
	}, nil
}
