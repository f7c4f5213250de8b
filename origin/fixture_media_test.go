package origin

import (
	"encoding/binary"
	"math/rand/v2"

	"headwater/packager"
	"headwater/packager/mp4"
	"headwater/packager/packagertest"
	"headwater/packager/ts"
)

// initOf returns an init segment that has what transport streams and downloads take from one.
func initOf(t *packager.Track) []byte {
	entry := packagertest.Box("avc1", make([]byte, 78), packagertest.Box("avcC", []byte("\x01\x64\x00\x1f\xff\xe1\x00\x05\x67sps!\x01\x00\x04\x68pps")))
	if t.Kind == packager.Audio {
		entry = packagertest.Box("mp4a", make([]byte, 28), packagertest.Box("esds",
			[]byte("\x00\x00\x00\x00\x03\x19\x00\x01\x00\x04\x11\x40\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05\x02\x11\x90\x06\x01\x02")))
	}
	language := make([]byte, 24)
	binary.BigEndian.PutUint16(language[20:], 0x55c4) // und
	media := packagertest.Box("minf", packagertest.Box("dinf"), packagertest.Box("stbl", packagertest.Box("stsd", []byte{0, 0, 0, 0, 0, 0, 0, 1}, entry)))
	trak := packagertest.Box("trak", packagertest.Box("mdia", packagertest.Box("mdhd", language), packagertest.Box("hdlr", make([]byte, 25)), media))
	return append(packagertest.Box("ftyp", []byte("cmfc\x00\x00\x00\x00iso6cmfc")), packagertest.Box("moov", trak)...)
}

// samplesOf returns samples that last duration and take about sizeBytes together.
func samplesOf(t *packager.Track, duration packager.Ticks, sizeBytes int) []ts.Sample {
	n := 50
	if t.Kind == packager.Audio {
		n = int(duration / 1024)
	}
	samples := make([]ts.Sample, n)
	left := uint32(duration)
	for i := range samples {
		samples[i] = ts.Sample{SizeBytes: uint32(sizeBytes / n), Duration: left / uint32(n-i), Sync: i == 0 || t.Kind == packager.Audio}
		left -= samples[i].Duration
	}
	return samples
}

// sampleTable returns under which name the fixtures keep the sample table of a track.
func sampleTable(id packager.TrackID) packager.TrackID { return id + ".samples" }

// writeTrack fills in t's init segment and fragments and returns its file and its sample table.
func writeTrack(t *packager.Track, grid *packager.Grid, fragmentBytes int) (file, table []byte) {
	random := rand.New(rand.NewPCG(uint64(len(t.ID)), uint64(t.Timescale)))
	t.Init = initOf(t)
	file = append(file, t.Init...)
	noise := func(dst []byte, sizeBytes int) []byte {
		end := len(dst) + sizeBytes
		for len(dst) < end {
			dst = binary.LittleEndian.AppendUint64(dst, random.Uint64())
		}
		return dst[:end]
	}
	counter, fits := ts.NewCounter(t)
	var builder mp4.TableBuilder
	packet := packager.Ticks(1)
	if t.Kind == packager.Audio {
		packet = 1024
	}
	at := func(cut packager.Ticks) packager.Ticks {
		exact := packager.Rescale(cut, grid.Timescale, t.Timescale)
		return (exact + packet/2) / packet * packet
	}
	for i := range grid.Intervals() {
		f := packager.Fragment{Offset: int64(len(file)), DecodeTime: at(grid.Cuts[i])}
		f.Duration = at(grid.Cuts[i+1]) - f.DecodeTime
		samples := samplesOf(t, f.Duration, fragmentBytes+random.IntN(fragmentBytes*3/2))
		for _, s := range samples {
			counter.Add(s)
			builder.Add(s.SizeBytes, s.Duration, 0, s.Sync)
		}
		var ok bool
		f.TSPackets, f.TSClockPackets, ok = counter.End()
		fits = fits && ok
		file = packagertest.AppendFragment(file, &f, t.Kind, samples, noise)
		t.Fragments = append(t.Fragments, f)
	}
	if !fits {
		for i := range t.Fragments {
			t.Fragments[i].TSPackets, t.Fragments[i].TSClockPackets = 0, 0
		}
	}
	table = builder.Append(nil)
	t.SizeBytes, t.SampleTableBytes = int64(len(file)), uint32(len(table))
	return file, table
}
