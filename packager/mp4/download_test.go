package mp4

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
	"headwater/packager/packagertest"
)

// withTables gives the tracks of a presentation samples that fill their fragments, and returns their tables and sizes.
func withTables(p *packager.Presentation, r *rand.Rand) (tables [][]byte, sizes [][]uint32) {
	for i := range p.Tracks {
		t := &p.Tracks[i]
		var b TableBuilder
		var all []uint32
		for n := range t.Fragments {
			f := &t.Fragments[n]
			f.Samples = uint32(1 + r.IntN(int(min(f.Duration, 50))))
			data, left := f.SizeBytes-f.MoofSizeBytes-8, uint32(f.Duration)
			for s := range f.Samples {
				size, duration := data/f.Samples, uint32(f.Duration)/f.Samples
				if s == f.Samples-1 {
					size, duration = data-size*(f.Samples-1), left
				}
				left -= duration
				b.Add(size, duration, int32(r.IntN(3))*1000, s == 0 || t.Kind == packager.Audio)
				all = append(all, size)
			}
		}
		table := b.Append(nil)
		t.SampleTableBytes = uint32(len(table))
		tables, sizes = append(tables, table), append(sizes, all)
	}
	return tables, sizes
}

// initOf makes an init segment that has all that a head takes from one.
func initOf(tb testing.TB, t *packager.Track) []byte {
	init := mp4.CreateEmptyInit()
	trak := init.AddEmptyTrack(uint32(t.Timescale), t.Kind.String(), "fra")
	trak.Mdia.Hdlr.Name = "label"
	var entry mp4.Box = mp4.CreateVisualSampleEntryBox("avc1", t.Video.Width, t.Video.Height, nil)
	if t.Kind == packager.Audio {
		entry = mp4.CreateAudioSampleEntryBox("mp4a", 2, 16, 48000, nil)
	}
	trak.Mdia.Minf.Stbl.Stsd.AddChild(entry)
	var b bytes.Buffer
	if err := init.Encode(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// setInit replaces the init segment of t, and moves all that follows.
func setInit(t *packager.Track, init []byte) {
	moved := int64(len(init) - len(t.Init))
	t.Init = init
	t.SizeBytes += moved
	for i := range t.Fragments {
		t.Fragments[i].Offset += moved
	}
}

// TestDownload holds that each sample of a download lies where the fragment has it: for odd timescales, ten hours, one sample,
// times beyond 32 bits and sound that begins late.
func TestDownload(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	rounds := 60
	if testing.Short() {
		rounds = 15
	}
	for range rounds {
		p := packagertest.Random(t, r)
		for i := range p.Tracks {
			setInit(&p.Tracks[i], initOf(t, &p.Tracks[i]))
		}
		tables, sizes := withTables(p, r)
		video, audio := pick(p)
		l, err := Download(p, video, audio)
		if err != nil {
			t.Fatal(err)
		}
		var chosen [2][]byte
		var chosenSizes [2][]uint32
		for i, track := range l.Tracks {
			for n := range p.Tracks {
				if track == &p.Tracks[n] {
					chosen[i], chosenSizes[i] = tables[n], sizes[n]
				}
			}
		}
		head, err := AppendDownloadHead(nil, l, chosen)
		if err != nil || int64(len(head)) != l.HeadBytes {
			t.Fatalf("head of %d bytes, %d planned: %v", len(head), l.HeadBytes, err)
		}
		judge(t, p, l, head, chosenSizes)
	}
}

func pick(p *packager.Presentation) (video, audio *packager.Track) {
	for i := range p.Tracks {
		if t := &p.Tracks[i]; t.Kind == packager.Video && video == nil {
			video = t
		} else if t.Kind == packager.Audio && audio == nil {
			audio = t
		}
	}
	return video, audio
}

// judge reads the head with another reader and follows every chunk.
func judge(t *testing.T, p *packager.Presentation, l packager.Layout, head []byte, sizes [2][]uint32) {
	t.Helper()
	file, err := mp4.DecodeFile(bytes.NewReader(head[:len(head)-mdatHeaderBytes]))
	if err != nil {
		t.Fatal(err)
	}
	if size := uint64(l.SizeBytes()-l.HeadBytes) + mdatHeaderBytes; !bytes.HasSuffix(head, append([]byte("\x00\x00\x00\x01mdat"),
		byte(size>>56), byte(size>>48), byte(size>>40), byte(size>>32), byte(size>>24), byte(size>>16), byte(size>>8), byte(size))) {
		t.Errorf("the head ends with %x", head[len(head)-mdatHeaderBytes:])
	}
	for i, trak := range file.Moov.Traks {
		track, stbl := l.Tracks[i], trak.Mdia.Minf.Stbl
		if int(stbl.Stsz.GetNrSamples()) != len(sizes[i]) || len(stbl.Co64.ChunkOffset) != len(track.Fragments) || trak.Mdia.Hdlr.Name != "label" ||
			trak.Mdia.Mdhd.GetLanguage() != "fra" {
			t.Fatalf("%d samples, %d chunks, handler %q", stbl.Stsz.GetNrSamples(), len(stbl.Co64.ChunkOffset), trak.Mdia.Hdlr.Name)
		}
		if late := track.Fragments[0].DecodeTime > 0; late != (trak.Edts != nil) {
			t.Errorf("begins at %d, edit list: %t", track.Fragments[0].DecodeTime, trak.Edts != nil)
		}
		for n := range track.Fragments {
			f := &track.Fragments[n]
			chunk := stbl.Stsc.GetChunk(uint32(n + 1))
			at, start, _ := l.At(int64(stbl.Co64.ChunkOffset[n]))
			if chunk.NrSamples != f.Samples || at != track || start != f.Offset+int64(f.MoofSizeBytes)+8 {
				t.Fatalf("chunk %d of %d samples lies at %d of %s", n, chunk.NrSamples, start, at.ID)
			}
		}
	}
}

func TestDownload_withoutTable(t *testing.T) {
	g := packagertest.UniformGrid(1000, 2000, 3, 0)
	p := packagertest.New(t, g, packagertest.Audio(g, "a", "mp4a.40.2", "en", 2, 48000, 0, 64_000))
	if _, err := Download(p, nil, &p.Tracks[0]); !errors.Is(err, packager.ErrNoTrack) {
		t.Errorf("error %v", err)
	}
}

func TestAppendDownloadHead_damage(t *testing.T) {
	g := packagertest.UniformGrid(1000, 2000, 3, 0)
	p := packagertest.New(t, g, packagertest.Audio(g, "a", "mp4a.40.2", "en", 2, 48000, 0, 64_000))
	tables, _ := withTables(p, rand.New(rand.NewPCG(1, 1)))
	l, err := Download(p, nil, &p.Tracks[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range tables[0] {
		damaged := bytes.Clone(tables[0])
		damaged[i] ^= 0x10
		if got, err := AppendDownloadHead([]byte("x"), l, [2][]byte{damaged}); !errors.Is(err, ErrCorrupt) || string(got) != "x" {
			t.Fatalf("byte %d: %d bytes, %v", i, len(got), err)
		}
	}
	for _, table := range [][]byte{nil, tables[0][:10], tables[0][:len(tables[0])-1]} {
		if _, err := AppendDownloadHead(nil, l, [2][]byte{table}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d bytes: %v", len(table), err)
		}
	}
}
