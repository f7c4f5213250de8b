// Package config is the one table of Headwater's settings and the way from defaults, file, environment and flags to a
// valid [Config].
//
// Each setting is one row ([Setting]): its key in the YAML file, from which the names of its environment variable and
// flag follow, its help and the field it fills. [Load] applies the layers in rising precedence, reports everything that
// is wrong at once as [Problems], and remembers where each value came from for [Loaded.YAML]. The sample file is
// written from the same table ([Sample]), so it cannot drift.
//
// The packages that are configured own their Config types; this one composes them and holds only what belongs to the
// process as a whole. Non-goals: reloading, remote configuration.
package config

import (
	"time"
)

// EnvPrefix starts every environment variable that is read as a setting.
const EnvPrefix = "HEADWATER_"

// Config is all that the process can be told. The zero value is not valid; start from [NewDefaultConfig].
type Config struct {
	// Data is the folder of the catalogue, the stored objects and scratch space.
	Data string
	// Listen is the host:port of the viewer listener, Control that of the control listener.
	Listen, Control string
	// PublicURL is what printed viewer URLs start with; empty means the address of the viewer listener.
	PublicURL string
	// ShutdownTimeout bounds how long running responses may take to finish after a signal.
	ShutdownTimeout time.Duration
	Log             Log
}

// Log says what is logged.
type Log struct {
	// Level is the lowest level written: debug, info, warn or error.
	Level string
}

// NewDefaultConfig returns the settings of a single machine that serves everything.
func NewDefaultConfig() Config {
	return Config{
		Data:            "headwater-data",
		Listen:          ":8080",
		Control:         "127.0.0.1:8081",
		ShutdownTimeout: 30 * time.Second,
		Log:             Log{Level: "info"},
	}
}

// settings is the table: every setting with the field of c that it fills, in the order of the sample file.
func (c *Config) settings() []Setting {
	return []Setting{
		{"data", "folder of the catalogue, the stored objects and scratch space", text(&c.Data)},
		{"listen", "address of the viewer listener: manifests and segments", address(&c.Listen)},
		{"control", "address of the control listener: watch page, health, metrics; keep it private", address(&c.Control)},
		{"public_url", "what printed viewer URLs start with, when it is not the viewer address", webURL(&c.PublicURL)},
		{"shutdown_timeout", "how long running responses may take to finish after a signal",
			duration(&c.ShutdownTimeout, 0, time.Hour)},
		{"log.level", "lowest level that is logged: debug, info, warn or error",
			oneOf(&c.Log.Level, "debug", "info", "warn", "error")},
	}
}

// validate reports what no single setting can know.
func (c *Config) validate() Problems {
	var problems Problems
	if c.Listen == c.Control && !anyPort(c.Listen) {
		problems = append(problems, Problem{Key: "control", Value: c.Control, Want: "want another address than listen"})
	}
	return problems
}
