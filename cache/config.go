package cache

import (
	"errors"
	"fmt"
	"time"
)

// Config bounds a [Cache].
type Config struct {
	// MaxBytes is what the cached entries may cost together: bodies, keys and bookkeeping. At least 1 MiB.
	MaxBytes int64
	// MaxFills is how many fills run at a time.
	MaxFills int
	// MaxQueuedFills is how many more may wait for their turn before callers are refused; 0 lets none wait.
	MaxQueuedFills int
	// MaxFillBytes bounds the announced sizes of all running fills together. At least 1 MiB; a larger fill runs alone.
	MaxFillBytes int64
	// FillTimeout bounds one fill, its waiting included.
	FillTimeout time.Duration
}

const minBytes = 1 << 20

// NewDefaultConfig returns the configuration of a small machine.
func NewDefaultConfig() Config {
	return Config{
		MaxBytes:       512 << 20,
		MaxFills:       64,
		MaxQueuedFills: 1024,
		MaxFillBytes:   128 << 20,
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
	check(c.MaxFillBytes >= minBytes, "MaxFillBytes", c.MaxFillBytes, "at least 1048576")
	check(c.FillTimeout > 0, "FillTimeout", c.FillTimeout, "a positive duration")
	return errors.Join(problems...)
}
