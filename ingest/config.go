package ingest

import (
	"errors"
	"fmt"

	"headwater/ingest/ffmpeg"
)

// Config says how files become assets.
type Config struct {
	// Ladder is the name of the ladder in Ladders that is used.
	Ladder  string
	Ladders []ffmpeg.Ladder
	// Limits bounds each run of ffmpeg; zero fields take the defaults of package ffmpeg.
	Limits ffmpeg.Limits
	// MaxSourceBytes is the largest source file that is accepted, at least 1.
	MaxSourceBytes int64
}

// NewDefaultConfig returns the settings of a machine that makes everything itself.
func NewDefaultConfig() Config {
	return Config{
		Ladder:         "default",
		Ladders:        ffmpeg.DefaultLadders(),
		Limits:         ffmpeg.DefaultLimits,
		MaxSourceBytes: 256 << 30,
	}
}

// Validate reports everything that is wrong with c, joined.
func (c Config) Validate() error {
	var problems []error
	if c.MaxSourceBytes < 1 {
		problems = append(problems, fmt.Errorf("ingest.max_source %d: want at least 1 byte", c.MaxSourceBytes))
	}
	if _, err := c.ladder(); err != nil {
		problems = append(problems, err)
	}
	seen := map[string]bool{}
	for _, ladder := range c.Ladders {
		problems = append(problems, ladder.Validate())
		if seen[ladder.Name] {
			problems = append(problems, fmt.Errorf("ladder %q: want each name once", ladder.Name))
		}
		seen[ladder.Name] = true
	}
	return errors.Join(problems...)
}

// ladder returns the ladder that is used.
func (c Config) ladder() (ffmpeg.Ladder, error) {
	for _, ladder := range c.Ladders {
		if ladder.Name == c.Ladder {
			return ladder, nil
		}
	}
	return ffmpeg.Ladder{}, fmt.Errorf("ingest.ladder %q: want the name of one of ingest.ladders", c.Ladder)
}
