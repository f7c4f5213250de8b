package ts_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/asticode/go-astits"
)

// BenchmarkPeer muxes the PES packets of the same segments with go-astits: only that. They lie ready in memory, whereas
// [BenchmarkAppend] also reads the fragments and makes the access units of them. Bytes are counted as there.
func BenchmarkPeer(b *testing.B) {
	for _, shape := range []struct {
		name, size string
		bitRate    int
		tracks     string
	}{
		{"1080p", "1920x1080", 5_000_000, "v"},
		{"360p", "640x360", 700_000, "v"},
		{"audio", "640x360", 700_000, "a"},
	} {
		b.Run(shape.name, func(b *testing.B) {
			segment := noisy(b, shape.size, shape.bitRate).segment(b, shape.tracks, 6, 1)
			units := unitsOf(b, segment)
			var out bytes.Buffer
			b.SetBytes(int64(len(segment)))
			b.ReportAllocs()
			for b.Loop() {
				out.Reset()
				muxer := astits.NewMuxer(context.Background(), &out)
				stream := astits.PMTElementaryStream{ElementaryPID: units[0].PID, StreamType: astits.StreamTypeH264Video}
				if err := muxer.AddElementaryStream(stream); err != nil {
					b.Fatal(err)
				}
				muxer.SetPCRPID(stream.ElementaryPID)
				for _, unit := range units {
					if _, err := muxer.WriteData(unit); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// unitsOf returns the PES packets of a segment of one track.
func unitsOf(b *testing.B, segment []byte) (units []*astits.MuxerData) {
	b.Helper()
	demuxer := astits.NewDemuxer(context.Background(), bytes.NewReader(segment))
	for {
		data, err := demuxer.NextData()
		if err == astits.ErrNoMorePackets {
			return units
		}
		if err != nil {
			b.Fatal(err)
		}
		if data.PES != nil {
			units = append(units, &astits.MuxerData{PID: data.PID, AdaptationField: data.FirstPacket.AdaptationField, PES: data.PES})
		}
	}
}
