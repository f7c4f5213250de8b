package fmp4

import (
	"errors"
	"fmt"
	"io"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// AudioConfig says how to store an audio track.
type AudioConfig struct {
	ID       packager.TrackID
	Language string // BCP 47; empty means "und"
	Label    string // control characters are removed, the rest is cut to 255 bytes
	Role     packager.Role
	Default  bool
	// Zero is the source instant that becomes zero of the track's timeline: [VideoResult.Zero]. Packets that begin
	// more than half a millisecond before it are dropped.
	Zero Instant
	// Grid is the presentation's grid. Nil makes one, for a presentation without video: zero is then the first packet
	// at or after Zero, and cuts are the packet boundaries nearest to every second second.
	Grid *packager.Grid
	// Silence, if it is not nil, is a fragmented MP4 of silence in the codec, rate and channels of the source. Where the source
	// ends before a given Grid, as many of its packets follow as cover the grid.
	Silence io.Reader
	// End is where a grid made here ends: packets that begin at or after it are dropped. The zero value keeps all.
	End Instant
}

// AudioResult is what PackageAudio wrote.
type AudioResult struct {
	Track packager.Track
	// SampleTable is what downloads need of the track, to be stored beside it.
	SampleTable []byte
	// Zero is the source instant of zero of the track's timeline.
	Zero Instant
	// Cuts are the decode times of all fragments and the end, in Track.Timescale. Without a Grid in the config they
	// are the cuts of the new grid and begin at 0.
	Cuts []packager.Ticks
	// ShortBy is how far the track ends before the grid does, in Track.Timescale; 0 when it covers it. It is positive
	// also when an interval of the grid got no packet; the Track then breaks [packager.Track.Validate].
	ShortBy packager.Ticks
	// MaxDrift is the greatest distance between a packet's stored time and the source's, in Track.Timescale. Stored
	// times are sums of packet lengths; a source that drifts from them has gaps or overlaps and should be encoded.
	MaxDrift packager.Ticks
}

// PackageAudio reads a fragmented MP4 with one audio track from src and writes the track file to dst, a fragment at a
// time, cut at the packet boundaries nearest to the grid's cuts. Packets that begin at or after the grid's end are read
// and dropped. The first fragment's decode time is greater than 0 when the source has no packet that begins at Zero.
//
// Audio that begins more than a packet after Zero, or in a codec that cannot be stored, is an [*UnsuitableError];
// damage wraps [ErrCorrupt], and errors of src and dst are wrapped as they are. What dst holds after an error is of no
// use.
func PackageAudio(dst io.Writer, src io.Reader, cfg AudioConfig) (AudioResult, error) {
	s, err := openSource(src)
	if err != nil {
		return AudioResult{}, err
	}
	p, err := newAudioPackager(dst, s, cfg)
	if err != nil {
		return AudioResult{}, err
	}
	for {
		err := p.next()
		if errors.Is(err, io.EOF) {
			if err := p.pad(cfg.Silence); err != nil {
				return AudioResult{}, err
			}
			return p.finish(cfg.ID)
		}
		if err != nil {
			return AudioResult{}, err
		}
	}
}

// audioPackager holds the fragment that is being collected.
type audioPackager struct {
	src   *source
	w     trackWriter
	entry *mp4.AudioSampleEntryBox // the source's
	init  initConfig
	grid  audioGrid

	zero    packager.Ticks // on the source's timeline
	started bool           // a packet was kept
	begun   int            // fragments
	time    packager.Ticks // of the next packet, on the track's timeline
	drift   packager.Ticks
	format  uint32 // of the first packet

	fragment fragment
	packet   []byte // scratch
}

func newAudioPackager(dst io.Writer, s *source, cfg AudioConfig) (*audioPackager, error) {
	e, ok := entry(s.trak).(*mp4.AudioSampleEntryBox)
	if !ok {
		return nil, unsuitable("%q is not an audio codec that can be stored", entry(s.trak).Type())
	}
	if cfg.Grid != nil && cfg.Grid.Intervals() == 0 {
		return nil, fmt.Errorf("grid %s has no intervals", cfg.Grid.ID)
	}
	return &audioPackager{
		src:   s,
		w:     trackWriter{dst: dst},
		entry: e,
		init: initConfig{
			kind:      packager.Audio,
			timescale: s.timescale,
			language:  cleanLanguage(cfg.Language),
			label:     cleanLabel(cfg.Label),
			role:      cfg.Role,
			primary:   cfg.Default,
		},
		grid: newAudioGrid(cfg, s.timescale),
		zero: cfg.Zero.in(s.timescale),
	}, nil
}

// begin writes the init segment, when the first packet is known.
func (p *audioPackager) begin() error {
	e, err := audioEntry(p.entry, p.src.timescale, p.packet)
	if err != nil {
		return err
	}
	init, err := encodeInit(p.init, e)
	if err != nil {
		return err
	}
	if err := p.w.writeInit(init); err != nil {
		return err
	}
	if rate := p.w.track.Audio.SampleRate; packager.Timescale(rate) != p.src.timescale {
		return unsuitable("sampling rate %d Hz by the stream's configuration, %d Hz by its container", rate, p.src.timescale)
	}
	p.format = packetFormat(p.w.track.Codec, p.packet)
	return nil
}

// next takes one packet of the source; io.EOF when there is none left.
func (p *audioPackager) next() error {
	s, err := p.src.advance()
	if err != nil {
		return err
	}
	p.packet, err = p.src.appendData(p.packet[:0], s.sizeBytes)
	if err != nil {
		return err
	}
	if p.w.track.SizeBytes == 0 {
		if err := p.begin(); err != nil {
			return err
		}
	}
	length := packetSamples(&p.w.track, p.packet)
	if length <= 0 {
		return corrupt("a packet of %d bytes and no sound", len(p.packet))
	}
	if packetFormat(p.w.track.Codec, p.packet) != p.format {
		return unsuitable("rate or channels of the sound change %d/%d s after zero", s.presentation-p.zero, p.src.timescale)
	}
	if !p.started && !p.start(s.presentation) || p.grid.over(p.begun, p.time) {
		return nil
	}
	if p.begun == 0 && p.time > length {
		return unsuitable("audio begins %d/%d s after zero", p.time, p.src.timescale)
	}
	p.drift = max(p.drift, s.presentation-p.zero-p.time, p.time-s.presentation+p.zero)
	if err := p.cut(length); err != nil {
		return err
	}
	return p.collect(length)
}

// start reports whether the packet at this source instant is the first to keep, and sets the clock by it.
func (p *audioPackager) start(presentation packager.Ticks) bool {
	const halfMillisecond = 2000 // of a second
	tolerance := packager.Ticks(p.src.timescale) / halfMillisecond
	begins := presentation - p.zero
	if begins < -tolerance {
		return false
	}
	p.started = true
	if p.grid.own {
		p.zero = presentation
	} else if begins > tolerance {
		p.time = begins
	}
	return true
}

// cut begins the next fragment if its cut is nearest to where the next packet, of this length, begins.
func (p *audioPackager) cut(length packager.Ticks) error {
	if !p.grid.due(p.begun, p.time, length) {
		return nil
	}
	if p.begun > 0 {
		if err := p.w.writeFragment(&p.fragment); err != nil {
			return err
		}
	}
	p.begun++
	p.fragment.decode = p.time
	return nil
}

func (p *audioPackager) collect(length packager.Ticks) error {
	f := &p.fragment
	if f.full(len(p.packet)) {
		return unsuitable("more than %d bytes or %d packets in one interval", maxFragmentBytes, maxFragmentSamples)
	}
	f.data = append(f.data, p.packet...)
	f.samples = append(f.samples, mp4.Sample{Flags: syncFlags, Dur: uint32(length), Size: uint32(len(p.packet))})
	p.time += length
	return nil
}

// pad adds packets of silence, which may be nil, until the grid is covered or there are no more.
func (p *audioPackager) pad(silence io.Reader) error {
	if silence == nil || p.grid.own || !p.started {
		return nil
	}
	s, err := openSource(silence)
	if err != nil {
		return fmt.Errorf("silence: %w", err)
	}
	e, ok := entry(s.trak).(*mp4.AudioSampleEntryBox)
	if !ok {
		return unsuitable("silence in %q", entry(s.trak).Type())
	}
	err = p.checkSilence(e)
	for err == nil && !p.grid.over(p.begun, p.time) {
		err = p.padPacket(s)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("silence: %w", err)
	}
	return nil
}

// checkSilence wants silence, of which this is the sample entry, to be what the track is. Packets of MP3 tell their channels.
func (p *audioPackager) checkSilence(e *mp4.AudioSampleEntryBox) error {
	codec, format, err := describeAudio(e)
	own := &p.w.track
	if err != nil || codec == own.Codec && format.SampleRate == own.Audio.SampleRate && (format.Channels == own.Audio.Channels || p.format != 0) {
		return err
	}
	return unsuitable("%s of %d channels at %d Hz", codec, format.Channels, format.SampleRate)
}

func (p *audioPackager) padPacket(silence *source) error {
	s, err := silence.advance()
	if err != nil {
		return err
	}
	p.packet, err = silence.appendData(p.packet[:0], s.sizeBytes)
	if err != nil {
		return err
	}
	length := packetSamples(&p.w.track, p.packet)
	if length <= 0 || packetFormat(p.w.track.Codec, p.packet) != p.format {
		return unsuitable("a packet of another format")
	}
	if err := p.cut(length); err != nil {
		return err
	}
	return p.collect(length)
}

func (p *audioPackager) finish(id packager.TrackID) (AudioResult, error) {
	if len(p.fragment.samples) == 0 {
		return AudioResult{}, unsuitable("no audio at or after zero")
	}
	if err := p.w.writeFragment(&p.fragment); err != nil {
		return AudioResult{}, err
	}
	table, err := finish(&p.w.track, &p.w.account, id)
	if err != nil {
		return AudioResult{}, err
	}
	return AudioResult{
		Track:       p.w.track,
		SampleTable: table,
		Zero:        Instant{Ticks: p.zero, Timescale: p.src.timescale},
		Cuts:        p.w.cuts(),
		ShortBy:     p.grid.missing(p.begun, p.time, packager.Ticks(p.w.track.Audio.FrameSamples)),
		MaxDrift:    p.drift,
	}, nil
}
