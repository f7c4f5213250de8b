package origin

import (
	"encoding/binary"
	"math/rand/v2"

	"headwater/packager"
	"headwater/packager/mp4"
	"headwater/packager/ts"
)

// boxOf returns a box around content.
func boxOf(name string, content ...[]byte) []byte {
	b := append(make([]byte, 4, 8), name...)
	for _, c := range content {
		b = append(b, c...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// initOf returns an init segment that has what transport streams and downloads take from one.
func initOf(t *packager.Track) []byte {
	entry := boxOf("avc1", make([]byte, 78), boxOf("avcC", []byte("\x01\x64\x00\x1f\xff\xe1\x00\x05\x67sps!\x01\x00\x04\x68pps")))
	if t.Kind == packager.Audio {
		entry = boxOf("mp4a", make([]byte, 28), boxOf("esds",
			[]byte("\x00\x00\x00\x00\x03\x19\x00\x01\x00\x04\x11\x40\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05\x02\x11\x90\x06\x01\x02")))
	}
	language := make([]byte, 24)
	binary.BigEndian.PutUint16(language[20:], 0x55c4) // und
	media := boxOf("minf", boxOf("dinf"), boxOf("stbl", boxOf("stsd", []byte{0, 0, 0, 0, 0, 0, 0, 1}, entry)))
	trak := boxOf("trak", boxOf("mdia", boxOf("mdhd", language), boxOf("hdlr", make([]byte, 25)), media))
	return append(boxOf("ftyp", []byte("cmfc\x00\x00\x00\x00iso6cmfc")), boxOf("moov", trak)...)
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

// fragmentOf returns moof and mdat of samples, with random content that is NAL units where t is video, and completes f.
func fragmentOf(t *packager.Track, f *packager.Fragment, samples []ts.Sample, random *rand.Rand) []byte {
	run := binary.BigEndian.AppendUint32([]byte{1, 0, 0x07, 0x01}, uint32(len(samples)))
	run = append(run, 0, 0, 0, 0)
	var data []byte
	for _, s := range samples {
		flags := uint32(0x02000000)
		if !s.Sync {
			flags = 0x01010000
		}
		run = binary.BigEndian.AppendUint32(run, s.Duration)
		run = binary.BigEndian.AppendUint32(run, s.SizeBytes)
		run = binary.BigEndian.AppendUint32(run, flags)
		start := len(data)
		for len(data) < start+int(s.SizeBytes) {
			data = binary.LittleEndian.AppendUint64(data, random.Uint64())
		}
		data = data[:start+int(s.SizeBytes)]
		if t.Kind == packager.Video {
			binary.BigEndian.PutUint32(data[start:], s.SizeBytes-4)
		}
	}
	moof := boxOf("moof", boxOf("traf", boxOf("tfhd", []byte{0, 2, 0, 0, 0, 0, 0, 1}), boxOf("trun", run)))
	f.MoofSizeBytes, f.SizeBytes = uint32(len(moof)), uint32(len(moof)+8+len(data))
	f.FirstSampleSizeBytes, f.Samples = samples[0].SizeBytes, uint32(len(samples))
	return append(moof, boxOf("mdat", data)...)
}

// sampleTable returns under which name the fixtures keep the sample table of a track.
func sampleTable(id packager.TrackID) packager.TrackID { return id + ".samples" }

// writeTrack fills in t's init segment and fragments and returns its file and its sample table.
func writeTrack(t *packager.Track, grid *packager.Grid, fragmentBytes int) (file, table []byte) {
	random := rand.New(rand.NewPCG(uint64(len(t.ID)), uint64(t.Timescale)))
	t.Init = initOf(t)
	file = append(file, t.Init...)
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
		file = append(file, fragmentOf(t, &f, samples, random)...)
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
