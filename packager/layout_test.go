package packager

import "testing"

// TestLayout holds that the bytes behind the head are the fragments of all tracks, each once, those of an interval together.
func TestLayout(t *testing.T) {
	p := testPresentation()
	video, audio := &p.Tracks[0], &p.Tracks[1]
	for _, tracks := range [][2]*Track{{video, nil}, {audio, nil}, {video, audio}} {
		l := Layout{HeadBytes: 77, Tracks: tracks}
		var order []int64 // size of each extent, negative for audio
		for offset := l.HeadBytes; offset < l.SizeBytes(); {
			track, start, size := l.At(offset)
			for _, inside := range []int64{0, 1, size - 1} {
				if also, at, left := l.At(offset + inside); also != track || at != start+inside || left != size-inside {
					t.Errorf("%d bytes into an extent: %s at %d, %d bytes", inside, also.ID, at, left)
				}
			}
			if track == audio {
				size = -size
			}
			order = append(order, size)
			offset += max(size, -size)
		}
		var total int64
		for i, size := range order {
			if tracks[1] != nil && (size < 0) != (i%2 == 1) {
				t.Errorf("extents %v", order)
			}
			total += max(size, -size)
		}
		if total != l.SizeBytes()-l.HeadBytes {
			t.Errorf("extents %v of %d bytes", order, l.SizeBytes()-l.HeadBytes)
		}
	}
}
