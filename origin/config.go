package origin

import (
	"errors"
	"fmt"
	"time"
)

// Config bounds a [Handler], its [Table] and its [Poller].
type Config struct {
	// RequestTimeout is how long a viewer waits for an answer that is not in memory.
	RequestTimeout time.Duration
	// LoadTimeout bounds reading one record, one presentation or the news of the feed.
	LoadTimeout time.Duration
	// MaxLoads is how many records and presentations are read at a time for viewers. Sixteen times as many may wait for
	// their turn before viewers are refused.
	MaxLoads int
	// MaxAssets is how many assets' records are kept in memory.
	MaxAssets int
	// MaxPresentationBytes is what the presentations kept in memory may take together. At least 1 MiB.
	MaxPresentationBytes int64
	// MaxAbsent is how many assets are remembered as absent, damaged or out of reach, AbsentFor for how long. It is also
	// of how many earlier generations it is remembered which tracks they have.
	MaxAbsent int
	AbsentFor time.Duration
	// Sendfile sends clear segments straight from the files of a local disk instead of through memory.
	Sendfile bool
	// MaxOpenFiles is how many track files are kept open for that.
	MaxOpenFiles int
	// MaxStreams is how many responses at a time may be read from storage as they are sent, because there is no room for
	// them in memory. Each holds a buffer of 64 KiB.
	MaxStreams int
	// Prefetch reads the segment after one that a viewer had to wait for.
	Prefetch bool
	// PollInterval is how often the feed is asked for changes.
	PollInterval time.Duration
	// StaleFor is how long records are trusted while the feed cannot be read, or when changes to them may have been
	// missed and storage does not confirm them.
	StaleFor time.Duration
}

const minPresentationBytes = 1 << 20

// NewDefaultConfig returns the configuration of a small machine.
func NewDefaultConfig() Config {
	return Config{
		RequestTimeout:       10 * time.Second,
		LoadTimeout:          5 * time.Second,
		MaxLoads:             64,
		MaxAssets:            100_000,
		MaxPresentationBytes: 128 << 20,
		MaxAbsent:            10_000,
		AbsentFor:            5 * time.Second,
		Sendfile:             true,
		MaxOpenFiles:         1024,
		MaxStreams:           1024,
		Prefetch:             true,
		PollInterval:         2 * time.Second,
		StaleFor:             time.Hour,
	}
}

// Validate reports all settings that are out of range, joined.
func (c Config) Validate() error {
	var problems []error
	check := func(ok bool, name string, value any, want string) {
		if !ok {
			problems = append(problems, fmt.Errorf("origin %s: %v: want %s", name, value, want))
		}
	}
	check(c.RequestTimeout > 0, "RequestTimeout", c.RequestTimeout, "a positive duration")
	check(c.LoadTimeout > 0, "LoadTimeout", c.LoadTimeout, "a positive duration")
	check(c.MaxLoads >= 1, "MaxLoads", c.MaxLoads, "at least 1")
	check(c.MaxAssets >= 1, "MaxAssets", c.MaxAssets, "at least 1")
	check(c.MaxPresentationBytes >= minPresentationBytes, "MaxPresentationBytes", c.MaxPresentationBytes, "at least 1048576")
	check(c.MaxAbsent >= 1, "MaxAbsent", c.MaxAbsent, "at least 1")
	check(c.AbsentFor > 0, "AbsentFor", c.AbsentFor, "a positive duration")
	check(c.MaxOpenFiles >= 1, "MaxOpenFiles", c.MaxOpenFiles, "at least 1")
	check(c.MaxStreams >= 1, "MaxStreams", c.MaxStreams, "at least 1")
	check(c.PollInterval > 0, "PollInterval", c.PollInterval, "a positive duration")
	check(c.StaleFor > 0, "StaleFor", c.StaleFor, "a positive duration")
	return errors.Join(problems...)
}
