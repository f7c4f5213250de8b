package main

import (
	"errors"
	"time"
)

// instant is a flag for a point in time; zero when it was not given.
type instant struct{ time.Time }

// instantHelp says what the flag takes.
const instantHelp = "as in 2026-12-24T18:00:00Z, 2026-12-24 (UTC), or 36h from now"

// Set implements pflag.Value.
func (i *instant) Set(text string) error {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			i.Time = t
			return nil
		}
	}
	after, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("want a time " + instantHelp)
	}
	i.Time = time.Now().Add(after)
	return nil
}

// String implements pflag.Value: the default, which is none.
func (i *instant) String() string { return "" }

// Type implements pflag.Value.
func (i *instant) Type() string { return "TIME" }
