package fmp4

import (
	"bytes"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// checkCMAF walks a track file with a reader of its own and holds it to the rules of ISO/IEC 23000-19 for tracks.
func checkCMAF(t *testing.T, file []byte, track *packager.Track) {
	t.Helper()
	parsed, err := mp4.DecodeFile(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("a second reader: %v", err)
	}
	check := func(ok bool, rule string, args ...any) {
		t.Helper()
		if !ok {
			t.Errorf("CMAF: "+rule, args...)
		}
	}
	check(parsed.Children[0].Type() == "ftyp" && parsed.Children[1].Type() == "moov", "7.3.1: ftyp, then moov")
	check(parsed.Init.Ftyp.MajorBrand() == "cmf2", "7.2: brand %s", parsed.Init.Ftyp.MajorBrand())
	checkHeader(check, parsed.Moov)

	sequence, next := uint32(0), uint64(track.Fragments[0].DecodeTime)
	for i := 2; i < len(parsed.Children); i += 2 {
		moof, ok := parsed.Children[i].(*mp4.MoofBox)
		check(ok && parsed.Children[i+1].Type() == "mdat", "7.3.2.3: a chunk is moof and mdat")
		sequence++
		check(moof.Mfhd.SequenceNumber == sequence, "mfhd: sequence number %d where %d is due", moof.Mfhd.SequenceNumber, sequence)
		next = checkFragment(check, moof, track.Kind, next)
	}
	check(int(sequence) == len(track.Fragments), "%d moofs, %d fragments", sequence, len(track.Fragments))
}

func checkHeader(check func(bool, string, ...any), moov *mp4.MoovBox) {
	trak := moov.Trak
	check(len(moov.Traks) == 1 && moov.Mvex != nil && moov.Mvex.Trex.TrackID == trackNumber, "7.3.1: one track and mvex")
	check(moov.Mvhd.Duration == 0 && trak.Tkhd.Duration == 0 && trak.Mdia.Mdhd.Duration == 0, "7.5.4: durations are 0")
	check(moov.Mvhd.Rate == 0x10000 && moov.Mvhd.Volume == 0x100, "7.5.1: rate and volume")
	check(trak.Tkhd.TrackID == trackNumber && trak.Tkhd.Matrix == mp4.UnityMatrix(), "7.5.4: tkhd %+v", trak.Tkhd)
	check(trak.Edts == nil, "9.2.1: signed offsets, so no edit list")
	stbl := trak.Mdia.Minf.Stbl
	check(len(stbl.Stts.SampleCount) == 0 && len(stbl.Stsc.Entries) == 0 && stbl.Stsz.SampleNumber == 0 &&
		len(stbl.Stco.ChunkOffset) == 0, "7.5.12: empty sample tables")
	dref := trak.Mdia.Minf.Dinf.Dref
	url, ok := dref.Children[0].(*mp4.URLBox)
	check(dref.EntryCount == 1 && ok && url.Flags == 1, "7.5.9: one dref entry, in this file")
	switch e := entry(trak).(type) {
	case *mp4.VisualSampleEntryBox:
		check(e.Pasp != nil && e.Pasp.HSpacing == e.Pasp.VSpacing, "pasp 1:1")
		check(trak.Tkhd.Width>>16 == mp4.Fixed32(e.Width) && trak.Tkhd.Height>>16 == mp4.Fixed32(e.Height), "9.2.3: size")
	case *mp4.AudioSampleEntryBox:
		check(trak.Tkhd.Width == 0 && trak.Tkhd.Height == 0 && trak.Tkhd.Volume == 0x100, "7.5.4: sound has no size")
		check(e.Esds == nil || e.Esds.EsID == 0, "10.3.4.2.3: ES_ID")
	}
}

func checkFragment(check func(bool, string, ...any), moof *mp4.MoofBox, kind packager.Kind, due uint64) (next uint64) {
	traf, trun := moof.Traf, moof.Traf.Trun
	check(len(moof.Trafs) == 1 && len(traf.Truns) == 1, "7.5.15: one traf, one trun")
	check(traf.Tfhd.DefaultBaseIfMoof() && !traf.Tfhd.HasBaseDataOffset() && traf.Tfhd.TrackID == trackNumber, "7.5.16: tfhd")
	check(traf.Tfdt.Version == 1 && traf.Tfdt.BaseMediaDecodeTime() == due, "7.5.16: tfdt %d where %d is due",
		traf.Tfdt.BaseMediaDecodeTime(), due)
	check(trun.Version == 1 && trun.HasDataOffset() && uint64(trun.DataOffset) == moof.Size()+8, "7.5.17: trun")
	length := trun.AddSampleDefaultValues(traf.Tfhd, nil)
	earliest, decode := int64(1<<62), int64(due)
	for i, s := range trun.Samples {
		sync := s.Flags&mp4.NonSyncSampleFlags == 0
		check(s.Dur > 0 && s.Size > 0, "sample %d lasts %d, has %d bytes", i, s.Dur, s.Size)
		check(sync || kind == packager.Video && i > 0, "sample %d is not sync", i)
		check(sync == (s.Flags>>24&3 == 2) && !sync == (s.Flags>>24&3 == 1), "sample %d: flags %#x", i, s.Flags)
		earliest = min(earliest, decode+int64(s.CompositionTimeOffset))
		decode += int64(s.Dur)
	}
	check(earliest == int64(due) && trun.Samples[0].CompositionTimeOffset == 0, "first presented at %d, decoded at %d", earliest, due)
	return due + length
}
