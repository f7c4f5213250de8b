package mp4

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
)

// decodeBoxes reads what a table says with another reader, by name of box.
func decodeBoxes(t *testing.T, boxes []byte) map[string]mp4.Box {
	t.Helper()
	decoded := map[string]mp4.Box{}
	for at := 0; at < len(boxes); {
		b, err := mp4.DecodeBox(uint64(at), bytes.NewReader(boxes[at:]))
		if err != nil {
			t.Fatal(err)
		}
		decoded[b.Type()] = b
		at += int(b.Size())
	}
	return decoded
}

func TestTableBuilder(t *testing.T) {
	type sample struct {
		size, duration uint32
		offset         int32
		sync           bool
	}
	f := func(name string, samples []sample, want ...string) {
		t.Run(name, func(t *testing.T) {
			var b TableBuilder
			for _, s := range samples {
				b.Add(s.size, s.duration, s.offset, s.sync)
			}
			boxes, err := tableBoxes(b.Append([]byte("before"))[len("before"):])
			if err != nil {
				t.Fatal(err)
			}
			decoded := decodeBoxes(t, boxes)
			if len(decoded) != len(want) {
				t.Errorf("%d boxes, want %v", len(decoded), want)
			}
			for _, name := range want {
				if decoded[name] == nil {
					t.Errorf("no %s", name)
				}
			}
			for i, s := range samples {
				number := uint32(i + 1)
				if size := decoded["stsz"].(*mp4.StszBox).GetSampleSize(i + 1); size != s.size {
					t.Errorf("sample %d: %d bytes, want %d", number, size, s.size)
				}
				if _, duration := decoded["stts"].(*mp4.SttsBox).GetDecodeTime(number); duration != s.duration {
					t.Errorf("sample %d: %d ticks, want %d", number, duration, s.duration)
				}
				if c, ok := decoded["ctts"].(*mp4.CttsBox); ok && c.GetCompositionTimeOffset(number) != s.offset {
					t.Errorf("sample %d: offset %d, want %d", number, c.GetCompositionTimeOffset(number), s.offset)
				}
				if c, ok := decoded["stss"].(*mp4.StssBox); ok && slices.Contains(c.SampleNumber, number) != s.sync {
					t.Errorf("sample %d: sync is not %t", number, s.sync)
				}
			}
		})
	}
	f("one sample", []sample{{7, 1, 0, true}}, "stts", "stsz")
	f("sound", []sample{{7, 1024, 0, true}, {9, 1024, 0, true}, {9, 1000, 0, true}}, "stts", "stsz")
	f("pictures without reordering", []sample{{70, 1, 0, true}, {9, 1, 0, false}}, "stts", "stsz", "stss")
	f("offsets of either sign", []sample{{70, 2, 0, true}, {9, 3, 4, false}, {5, 2, -3, false}, {5, 2, -3, false}, {60, 2, 0, true}},
		"stts", "ctts", "stsz", "stss")
	f("a sample of 4 GiB less one, without bytes, and the lowest offset", []sample{{1<<32 - 1, 1<<32 - 1, -1 << 31, true}, {0, 1, 0, true}},
		"stts", "ctts", "stsz")
}

func FuzzTableBoxes(f *testing.F) {
	var b TableBuilder
	b.Add(70, 2, 0, true)
	b.Add(9, 3, -4, false)
	table := b.Append(nil)
	f.Add(table)
	f.Add(table[:tableOverhead])
	f.Add([]byte(tableMagic))
	f.Fuzz(func(t *testing.T, table []byte) {
		boxes, err := tableBoxes(table)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("error %v", err)
		}
		if err == nil && len(boxes) != len(table)-tableOverhead {
			t.Errorf("%d bytes of boxes in %d", len(boxes), len(table))
		}
		inside(table, "moov", "trak", "mdia") // of any bytes: no panic
		languageOf(find(table, "mdhd"))
	})
}
