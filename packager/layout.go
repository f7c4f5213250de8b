package packager

import "sort"

// Layout says where the bytes of a file lie that is delivered whole: a head that is made for it, then the fragments of one
// track as they are stored, or of two in turn, the fragments of an interval together.
type Layout struct {
	HeadBytes int64
	// Tracks are those of which the file is; the second is nil where there is one.
	Tracks [2]*Track
}

// SizeBytes returns the size of the file.
func (l *Layout) SizeBytes() int64 {
	size := l.HeadBytes
	for _, t := range l.Tracks {
		if t != nil {
			size += t.SizeBytes - int64(len(t.Init))
		}
	}
	return size
}

// At returns where byte offset of the file (HeadBytes or more, below SizeBytes) lies in a track file, and how many bytes from
// there on follow one another in both.
func (l *Layout) At(offset int64) (t *Track, start, sizeBytes int64) {
	first, second := l.Tracks[0], l.Tracks[1]
	offset -= l.HeadBytes
	if second == nil {
		start = offset + int64(len(first.Init))
		return first, start, first.SizeBytes - start
	}
	i := sort.Search(len(first.Fragments), func(i int) bool { return l.interval(i) > offset }) - 1
	offset -= l.interval(i)
	t = first
	if size := int64(first.Fragments[i].SizeBytes); offset >= size {
		t, offset = second, offset-size
	}
	f := &t.Fragments[i]
	return t, f.Offset + offset, int64(f.SizeBytes) - offset
}

// interval returns how far behind the head the fragments of interval i begin.
func (l *Layout) interval(i int) int64 {
	first, second := l.Tracks[0], l.Tracks[1]
	return first.Fragments[i].Offset - int64(len(first.Init)) + second.Fragments[i].Offset - int64(len(second.Init))
}
