package metrics

import (
	"fmt"
	"time"
)

// Config bounds the answers of the control listener.
type Config struct {
	// ReadyTimeout is how long /readyz waits for what it asks.
	ReadyTimeout time.Duration
}

// NewDefaultConfig returns a configuration for probes that ask every few seconds.
func NewDefaultConfig() Config { return Config{ReadyTimeout: 2 * time.Second} }

// Validate reports a setting that is out of range.
func (c Config) Validate() error {
	if c.ReadyTimeout <= 0 {
		return fmt.Errorf("metrics ReadyTimeout: %v: want a positive duration", c.ReadyTimeout)
	}
	return nil
}
