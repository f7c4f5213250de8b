package disk

import (
	"errors"
	"fmt"
)

// Config says where a [Tier] keeps its files and bounds it.
type Config struct {
	// Folder is created when it is missing. It must be empty or one that a tier has used before.
	Folder string
	// MaxBytes is what the files may occupy together. At least 1 MiB.
	MaxBytes int64
	// MaxQueueBytes bounds the bodies that wait to be written, in memory. At least 1 MiB.
	MaxQueueBytes int64
}

const minBytes = 1 << 20

// NewDefaultConfig returns a configuration for a folder of 64 GiB. Folder must be set.
func NewDefaultConfig() Config {
	return Config{MaxBytes: 64 << 30, MaxQueueBytes: 64 << 20}
}

// Validate reports all settings that are out of range, joined.
func (c Config) Validate() error {
	var problems []error
	if c.Folder == "" {
		problems = append(problems, errors.New("disk cache Folder: want a folder of its own"))
	}
	if c.MaxBytes < minBytes {
		problems = append(problems, fmt.Errorf("disk cache MaxBytes: %d: want at least 1048576", c.MaxBytes))
	}
	if c.MaxQueueBytes < minBytes {
		problems = append(problems, fmt.Errorf("disk cache MaxQueueBytes: %d: want at least 1048576", c.MaxQueueBytes))
	}
	return errors.Join(problems...)
}
