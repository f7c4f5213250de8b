package ffmpeg

import (
	"errors"
	"testing"
	"time"

	"headwater/packager"
)

// TestCheckTimes refuses times that no other time base can hold: converting them would overflow.
func TestCheckTimes(t *testing.T) {
	f := func(start, end packager.Ticks, refused bool) {
		t.Helper()
		base := Rational{1, 1000}
		video := &Source{Video: &VideoStream{TimeBase: base, Start: start, End: end}}
		audio := &Source{Audio: []AudioStream{{TimeBase: base, Start: start, End: end}}}
		for _, s := range []*Source{video, audio} {
			if err := s.checkTimes(); errors.Is(err, ErrLimit) != refused {
				t.Errorf("%d to %d ms: %v", start, end, err)
			}
		}
	}
	f(0, 1000, false)
	f(-1000, 1000, false)
	f(packager.Ticks(time.Now().UnixMilli()), packager.Ticks(time.Now().UnixMilli())+1000, false) // counted from 1970
	f(1<<59, 1<<59+1000, true)
	f(-1<<59, 0, true)
}
