package cache

import (
	"errors"
	"fmt"
	"time"
)

// Config bounds a [Cache].
type Config struct {
	// MaxBytes bounds all bodies together: those that are kept, those being made, and those that the cache has let go
	// of while somebody still sends them. At least 1 MiB. Keys and bookkeeping, some 300 bytes an entry, come on top.
	MaxBytes int64
	// MaxFills is how many fills run at a time.
	MaxFills int
	// MaxQueuedFills is how many more may wait for their turn before callers are refused; 0 lets none wait.
	MaxQueuedFills int
	// FillTimeout bounds one fill, its waiting included.
	FillTimeout time.Duration
	// PoisonReleased makes use of bodies after their release visible. It is for tests, and slow.
	PoisonReleased bool
}

const minBytes = 1 << 20

// NewDefaultConfig returns the configuration of a small machine.
func NewDefaultConfig() Config {
	return Config{
		MaxBytes:       512 << 20,
		MaxFills:       64,
		MaxQueuedFills: 1024,
		FillTimeout:    15 * time.Second,
	}
}

// Validate reports all settings that are out of range, joined.
func (c Config) Validate() error {
	var problems []error
	check := func(ok bool, name string, value any, want string) {
		if !ok {
			problems = append(problems, fmt.Errorf("cache %s: %v: want %s", name, value, want))
		}
	}
	check(c.MaxBytes >= minBytes, "MaxBytes", c.MaxBytes, "at least 1048576")
	check(c.MaxFills >= 1, "MaxFills", c.MaxFills, "at least 1")
	check(c.MaxQueuedFills >= 0, "MaxQueuedFills", c.MaxQueuedFills, "0 or more")
	check(c.FillTimeout > 0, "FillTimeout", c.FillTimeout, "a positive duration")
	return errors.Join(problems...)
}

// reserveBytes is the part of MaxBytes that entries leave to fills and to slow readers of what has been let go of: a
// sixteenth, and in small caches room for two large segments or a quarter.
func (c Config) reserveBytes() int64 {
	const twoSegments = 8 << 20
	return max(c.MaxBytes/16, min(twoSegments, c.MaxBytes/4))
}
