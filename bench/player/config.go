package player

import (
	"errors"
	"fmt"
	"time"
)

// Config is how a player works.
type Config struct {
	// StartBuffer is how much media every track must hold before it plays, MaxBuffer how much is fetched ahead.
	StartBuffer, MaxBuffer time.Duration
	// Speed is how fast the playback clock runs, 1 for real time.
	Speed float64
	// Patience is how long a viewer waits for a picture, at the start and in a stall, before they leave. Real time.
	Patience time.Duration
	// Safety is the part of the measured throughput that a rendition may need, above 0 to 1.
	Safety float64
	// HalfLife is the time of downloading after which a measurement of throughput counts half.
	HalfLife time.Duration
	// StartMiddle begins with the middle rendition instead of the lowest.
	StartMiddle bool
}

// NewDefaultConfig returns the configuration of a player like those in browsers.
func NewDefaultConfig() Config {
	return Config{
		StartBuffer: 2 * time.Second,
		MaxBuffer:   30 * time.Second,
		Speed:       1,
		Patience:    20 * time.Second,
		Safety:      0.8,
		HalfLife:    3 * time.Second,
	}
}

// maxSpeed keeps media times far from overflow.
const maxSpeed = 1000

// Validate reports all settings that are out of range, joined.
func (c Config) Validate() error {
	var problems []error
	check := func(ok bool, name string, value any, want string) {
		if !ok {
			problems = append(problems, fmt.Errorf("player %s: %v: want %s", name, value, want))
		}
	}
	check(c.StartBuffer > 0, "StartBuffer", c.StartBuffer, "a positive duration")
	check(c.MaxBuffer >= c.StartBuffer, "MaxBuffer", c.MaxBuffer, fmt.Sprintf("at least StartBuffer, %s", c.StartBuffer))
	check(c.Speed > 0 && c.Speed <= maxSpeed, "Speed", c.Speed, "above 0, at most 1000")
	check(c.Patience > 0, "Patience", c.Patience, "a positive duration")
	check(c.Safety > 0 && c.Safety <= 1, "Safety", c.Safety, "above 0, at most 1")
	check(c.HalfLife > 0, "HalfLife", c.HalfLife, "a positive duration")
	return errors.Join(problems...)
}
