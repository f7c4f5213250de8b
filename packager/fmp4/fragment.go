package fmp4

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// trackNumber is the track_ID of every track file.
const trackNumber = 1

// Sample flags (ISO/IEC 14496-12 §8.8.3.1): a sync sample depends on none, the others depend on some and are not sync.
const (
	syncFlags    = mp4.SyncSampleFlags
	nonSyncFlags = mp4.NonSyncSampleFlags | mp4.SampleDependsOn1
)

// fragment collects the samples of one moof and mdat. Its slices are reused from one fragment to the next.
type fragment struct {
	decode  packager.Ticks
	samples []mp4.Sample
	data    []byte
}

// full reports whether another sample of sizeBytes would pass the limits.
func (f *fragment) full(sizeBytes int) bool {
	return len(f.samples) >= maxFragmentSamples || len(f.data)+sizeBytes > maxFragmentBytes
}

func (f *fragment) duration() packager.Ticks {
	sum := packager.Ticks(0)
	for i := range f.samples {
		sum += packager.Ticks(f.samples[i].Dur)
	}
	return sum
}

func (f *fragment) reset() { f.samples, f.data = f.samples[:0], f.data[:0] }

// trackWriter writes a track file and keeps account of it in track.
type trackWriter struct {
	dst     io.Writer
	track   packager.Track
	scratch []byte

	account account
}

// writeInit describes and writes an init segment, the first bytes of the file.
func (w *trackWriter) writeInit(init []byte) error {
	track, err := describe(init)
	if err != nil {
		return err
	}
	w.track = track
	w.account.begin(&w.track)
	return w.write(init)
}

func (w *trackWriter) write(b []byte) error {
	if _, err := w.dst.Write(b); err != nil {
		return fmt.Errorf("writing track file at %d: %w", w.track.SizeBytes, err)
	}
	w.track.SizeBytes += int64(len(b))
	return nil
}

// writeFragment writes f, which is not empty, as the next moof and mdat, and resets it.
func (w *trackWriter) writeFragment(f *fragment) error {
	if len(w.track.Fragments) >= packager.MaxIntervals {
		return unsuitable("more than %d fragments", packager.MaxIntervals)
	}
	if len(w.track.Fragments) == 0 && w.track.Audio.FrameSamples == 0 {
		setFrameSamples(&w.track, f.samples[0].Dur)
	}
	described := packager.Fragment{
		Offset:               w.track.SizeBytes,
		DecodeTime:           f.decode,
		Duration:             f.duration(),
		FirstSampleSizeBytes: f.samples[0].Size,
		Samples:              uint32(len(f.samples)),
	}
	w.account.count(&w.track, &described, f.samples)
	moof, err := w.moof(f)
	if err != nil {
		return err
	}
	described.MoofSizeBytes = uint32(len(moof) - shortHeaderBytes)
	described.SizeBytes = uint32(len(moof) + len(f.data))
	if err := w.write(moof); err != nil {
		return err
	}
	if err := w.write(f.data); err != nil {
		return err
	}
	w.track.Fragments = append(w.track.Fragments, described)
	f.reset()
	return nil
}

// moof returns the moof of f and the header of its mdat, in w's scratch memory.
func (w *trackWriter) moof(f *fragment) ([]byte, error) {
	tfdt := mp4.CreateTfdt(uint64(f.decode))
	tfdt.Version = 1
	trun := mp4.CreateTrun(0)
	trun.Samples = f.samples
	traf := &mp4.TrafBox{}
	moof := &mp4.MoofBox{}
	for _, box := range []mp4.Box{mp4.CreateTfhd(trackNumber), tfdt, trun} {
		if err := traf.AddChild(box); err != nil {
			return nil, err
		}
	}
	for _, box := range []mp4.Box{mp4.CreateMfhd(uint32(len(w.track.Fragments) + 1)), traf} {
		if err := moof.AddChild(box); err != nil {
			return nil, err
		}
	}
	if err := traf.OptimizeTfhdTrun(); err != nil {
		return nil, err
	}
	// Sizes stay listed even when all are equal: readers tell by them that a long run is no invention.
	trun.Flags |= mp4.TrunSampleSizePresentFlag
	traf.Tfhd.Flags &^= mp4.TfhdDefaultSampleSizePresentFlag
	size := int(moof.Size())
	trun.DataOffset = int32(size + shortHeaderBytes)
	if cap(w.scratch) < size+shortHeaderBytes {
		w.scratch = make([]byte, 2*size+shortHeaderBytes)
	}
	sw := bits.NewFixedSliceWriterFromSlice(w.scratch[:size])
	if err := moof.EncodeSW(sw); err != nil {
		return nil, err
	}
	return appendBoxHeader(w.scratch[:size], "mdat", int64(len(f.data))), nil
}

func appendBoxHeader(dst []byte, name string, payloadBytes int64) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(shortHeaderBytes+payloadBytes))
	return append(dst, name...)
}

// cuts returns the decode times of the fragments written so far and the end of the last.
func (w *trackWriter) cuts() []packager.Ticks {
	cuts := make([]packager.Ticks, 0, len(w.track.Fragments)+1)
	for _, f := range w.track.Fragments {
		cuts = append(cuts, f.DecodeTime)
	}
	return append(cuts, w.track.Duration())
}

// finish fills in what only the whole file tells, checks the result, and returns the sample table.
func finish(t *packager.Track, a *account, id packager.TrackID) ([]byte, error) {
	t.ID = id
	table := a.finish(t)
	if t.Kind == packager.Video {
		t.Video.FrameRate = frameRate(t)
	}
	return table, t.Validate(len(t.Fragments))
}
