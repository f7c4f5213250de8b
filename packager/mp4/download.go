package mp4

import (
	"encoding/binary"
	"fmt"

	"headwater/packager"
)

// mdatHeaderBytes is the size of the header of the one mdat, which has its size in 64 bits.
const mdatHeaderBytes = 16

// Download returns the layout of the progressive file of a presentation's tracks: pictures and sound, or either alone, the
// other being nil. It is known from the index alone. The error wraps [packager.ErrNoTrack] when a track has no sample table,
// because it is older than those are.
//
// The file begins with a head: ftyp, moov and the header of an mdat. In that lie the fragments as they are stored, each a
// chunk, those of an interval together; their moofs are bytes that no chunk refers to.
func Download(p *packager.Presentation, video, audio *packager.Track) (packager.Layout, error) {
	l := packager.Layout{Tracks: [2]*packager.Track{video, audio}}
	if video == nil {
		l.Tracks = [2]*packager.Track{audio, nil}
	}
	for _, t := range l.Tracks {
		if t != nil && t.SampleTableBytes < tableOverhead {
			return l, fmt.Errorf("download of track %s of asset %s: no sample table, \"headwater reindex\" makes one: %w", t.ID, p.Asset, packager.ErrNoTrack)
		}
	}
	m := movie{layout: &l}
	l.HeadBytes = int64(len(m.appendHead(nil))) + m.leftOut
	return l, nil
}

// AppendDownloadHead appends the head of a file that Download has laid out, with the sample tables of its tracks. The error
// wraps [ErrCorrupt] when one is damaged or of another size than the index says; dst is then as it was.
func AppendDownloadHead(dst []byte, l packager.Layout, tables [2][]byte) ([]byte, error) {
	start := len(dst)
	m := movie{layout: &l, boxes: make([][]byte, 2)}
	for i, t := range l.Tracks {
		if t == nil {
			continue
		}
		boxes, err := tableBoxes(tables[i])
		if err != nil {
			return dst, fmt.Errorf("track %s: %w", t.ID, err)
		}
		m.boxes[i] = boxes
	}
	head := m.appendHead(dst)
	if size := int64(len(head) - start); size != l.HeadBytes {
		return dst, fmt.Errorf("%w: head of %d bytes, %d by the index", ErrCorrupt, size, l.HeadBytes)
	}
	return head, nil
}

// movie writes the head of a layout.
type movie struct {
	layout *packager.Layout
	boxes  [][]byte // of the sample tables, by track; nil where only the size counts
	// leftOut is the size of what is not written where only the size counts: all that grows with the length of the film.
	leftOut int64
}

func (m *movie) appendHead(dst []byte) []byte {
	dst = box(dst, "ftyp", func(dst []byte) []byte {
		return append(dst, "isom\x00\x00\x02\x00isomiso6mp41mp42"...)
	})
	dst = box(dst, "moov", m.appendMovie)
	dst = append(dst, "\x00\x00\x00\x01mdat"...)
	return binary.BigEndian.AppendUint64(dst, uint64(mdatHeaderBytes+m.layout.SizeBytes()-m.layout.HeadBytes))
}

// tracks calls f with each track and its place.
func (m *movie) tracks(f func(i int, t *packager.Track)) {
	for i, t := range m.layout.Tracks {
		if t != nil {
			f(i, t)
		}
	}
}

// timescale is that of the whole: the one of the first track, so that the head is a function of its tracks alone.
func (m *movie) timescale() packager.Timescale { return m.layout.Tracks[0].Timescale }

// movieTime converts an instant of t to the timescale of the whole.
func (m *movie) movieTime(t packager.Ticks, timescale packager.Timescale) uint64 {
	return uint64(packager.Rescale(t, timescale, m.timescale()))
}

func (m *movie) appendMovie(dst []byte) []byte {
	duration, next := uint64(0), uint32(1)
	m.tracks(func(_ int, t *packager.Track) {
		duration = max(duration, m.movieTime(t.Duration(), t.Timescale))
		next++
	})
	dst = fullBox(dst, "mvhd", 1, 0, func(dst []byte) []byte {
		dst = appendTimes(dst)
		dst = binary.BigEndian.AppendUint32(dst, uint32(m.timescale()))
		dst = binary.BigEndian.AppendUint64(dst, duration)
		dst = append(dst, "\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"...) // rate 1, volume 1, reserved
		dst = append(dst, unityMatrix...)
		dst = append(dst, make([]byte, 24)...)
		return binary.BigEndian.AppendUint32(dst, next)
	})
	m.tracks(func(i int, t *packager.Track) {
		dst = box(dst, "trak", func(dst []byte) []byte { return m.appendTrack(dst, i, t) })
	})
	return dst
}

// unityMatrix is the transformation of pictures that changes nothing (§6.2.2).
const unityMatrix = "\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00"

// appendTimes appends when something was made and changed: not known, and the same whenever the file is made.
func appendTimes(dst []byte) []byte { return append(dst, make([]byte, 16)...) }

func (m *movie) appendTrack(dst []byte, i int, t *packager.Track) []byte {
	const enabledInMovie = 3
	dst = fullBox(dst, "tkhd", 1, enabledInMovie, func(dst []byte) []byte {
		dst = appendTimes(dst)
		dst = binary.BigEndian.AppendUint32(dst, uint32(i+1))
		dst = append(dst, 0, 0, 0, 0)
		dst = binary.BigEndian.AppendUint64(dst, m.movieTime(t.Duration(), t.Timescale))
		dst = append(dst, make([]byte, 12)...) // reserved, layer, alternate group
		volume := uint16(0)
		if t.Kind == packager.Audio {
			volume = 0x100
		}
		dst = binary.BigEndian.AppendUint16(dst, volume)
		dst = append(append(dst, 0, 0), unityMatrix...)
		dst = binary.BigEndian.AppendUint32(dst, uint32(t.Video.Width)<<16)
		return binary.BigEndian.AppendUint32(dst, uint32(t.Video.Height)<<16)
	})
	if start := t.Fragments[0].DecodeTime; start > 0 {
		dst = box(dst, "edts", func(dst []byte) []byte { return m.appendEdits(dst, t, start) })
	}
	return box(dst, "mdia", func(dst []byte) []byte { return m.appendMedia(dst, i, t) })
}

// appendEdits appends that t begins after a while (§8.6.6): an edit without media, then the media.
func (m *movie) appendEdits(dst []byte, t *packager.Track, start packager.Ticks) []byte {
	return fullBox(dst, "elst", 1, 0, func(dst []byte) []byte {
		const normalRate = 1 << 16
		dst = binary.BigEndian.AppendUint32(dst, 2)
		dst = binary.BigEndian.AppendUint64(dst, m.movieTime(start, t.Timescale))
		dst = binary.BigEndian.AppendUint64(dst, ^uint64(0))
		dst = binary.BigEndian.AppendUint32(dst, normalRate)
		dst = binary.BigEndian.AppendUint64(dst, m.movieTime(t.Duration(), t.Timescale)-m.movieTime(start, t.Timescale))
		dst = binary.BigEndian.AppendUint64(dst, 0)
		return binary.BigEndian.AppendUint32(dst, normalRate)
	})
}

// appendMedia appends what the init segment of t says of its media, with durations and samples.
func (m *movie) appendMedia(dst []byte, i int, t *packager.Track) []byte {
	media := inside(t.Init, "moov", "trak", "mdia")
	media = media[min(len(media), boxHeaderBytes):]
	dst = fullBox(dst, "mdhd", 1, 0, func(dst []byte) []byte {
		dst = appendTimes(dst)
		dst = binary.BigEndian.AppendUint32(dst, uint32(t.Timescale))
		dst = binary.BigEndian.AppendUint64(dst, uint64(t.Duration()-t.Fragments[0].DecodeTime))
		return append(dst, languageOf(find(media, "mdhd"))...)
	})
	dst = append(dst, find(media, "hdlr")...)
	dst = append(dst, find(media, "elng")...)
	return box(dst, "minf", func(dst []byte) []byte {
		info := find(media, "minf")
		info = info[min(len(info), boxHeaderBytes):]
		dst = append(dst, find(info, "vmhd")...)
		dst = append(dst, find(info, "smhd")...)
		dst = append(dst, find(info, "dinf")...)
		return box(dst, "stbl", func(dst []byte) []byte {
			dst = append(dst, inside(info, "stbl", "stsd")...)
			if m.boxes == nil {
				m.leftOut += int64(t.SampleTableBytes) - tableOverhead + chunkBytes(t)
				return dst
			}
			return m.appendChunks(append(dst, m.boxes[i]...), i, t)
		})
	})
}

// languageOf returns the language of an mdhd, and the two bytes after it.
func languageOf(mdhd []byte) []byte {
	at := boxHeaderBytes + 20
	if len(mdhd) > boxHeaderBytes && mdhd[boxHeaderBytes] == 1 {
		at += 12
	}
	if len(mdhd) < at+4 {
		return []byte{0x55, 0xc4, 0, 0} // und
	}
	return mdhd[at : at+4]
}

// chunkBytes returns the size of what appendChunks appends: two boxes with as many entries as there are changes of the number
// of samples, and as there are fragments.
func chunkBytes(t *packager.Track) int64 {
	const fullBoxBytes, countBytes = boxHeaderBytes + 4, 4
	changes, last := int64(0), uint32(0)
	for i := range t.Fragments {
		if samples := t.Fragments[i].Samples; samples != last {
			changes, last = changes+1, samples
		}
	}
	return 2*(fullBoxBytes+countBytes) + 12*changes + 8*int64(len(t.Fragments))
}

// appendChunks appends where the samples lie (§8.7.4, §8.7.5): each fragment's data is a chunk.
func (m *movie) appendChunks(dst []byte, i int, t *packager.Track) []byte {
	dst = fullBox(dst, "stsc", 0, 0, func(dst []byte) []byte {
		count := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		entries, last := uint32(0), uint32(0)
		for n := range t.Fragments {
			if samples := t.Fragments[n].Samples; samples != last {
				dst = binary.BigEndian.AppendUint32(dst, uint32(n+1))
				dst = binary.BigEndian.AppendUint32(dst, samples)
				dst = binary.BigEndian.AppendUint32(dst, 1) // sample description
				entries, last = entries+1, samples
			}
		}
		binary.BigEndian.PutUint32(dst[count:], entries)
		return dst
	})
	return fullBox(dst, "co64", 0, 0, func(dst []byte) []byte {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(t.Fragments)))
		other := m.layout.Tracks[1-i]
		for n := range t.Fragments {
			f := &t.Fragments[n]
			at := m.layout.HeadBytes + f.Offset - int64(len(t.Init)) + int64(f.MoofSizeBytes) + boxHeaderBytes
			if other != nil {
				before := &other.Fragments[n]
				at += before.Offset - int64(len(other.Init))
				if i == 1 {
					at += int64(before.SizeBytes)
				}
			}
			dst = binary.BigEndian.AppendUint64(dst, uint64(at))
		}
		return dst
	})
}
