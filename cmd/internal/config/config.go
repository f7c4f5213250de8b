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
	"headwater/cache"
	"headwater/cache/disk"
	"headwater/ingest"
	"headwater/origin"
	"headwater/origin/httpd"
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
	// LogLevel is the lowest level that is logged: debug, info, warn or error.
	LogLevel string
	// Viewer bounds the viewer listener. Its ShutdownTimeout holds for the control listener too.
	Viewer httpd.Config
	Origin origin.Config
	Cache  cache.Config
	Disk   disk.Config // an empty Folder for no disk tier
	Ingest ingest.Config
	// SecretFile holds the secret that keys are sealed with; empty means the one in the data folder. CountriesFile is a
	// database of countries, empty for none.
	SecretFile, CountriesFile string
}

// NewDefaultConfig returns the settings of a single machine that serves everything.
func NewDefaultConfig() Config {
	return Config{
		Data:     "headwater-data",
		Listen:   ":8080",
		Control:  "127.0.0.1:8081",
		LogLevel: "info",
		Viewer:   httpd.NewDefaultConfig(),
		Origin:   origin.NewDefaultConfig(),
		Cache:    cache.NewDefaultConfig(),
		Disk:     disk.NewDefaultConfig(),
		Ingest:   ingest.NewDefaultConfig(),
	}
}

// ViewerScheme returns the scheme of the viewer listener's URLs.
func (c *Config) ViewerScheme() string {
	if c.Viewer.CertificateFile != "" {
		return "https"
	}
	return "http"
}

// validate reports what no single setting can know.
func (c *Config) validate() Problems {
	var problems Problems
	if c.Listen == c.Control && !anyPort(c.Listen) {
		problems = append(problems, Problem{Key: "control", Value: c.Control, Want: "want another address than listen"})
	}
	parts := []interface{ Validate() error }{c.Viewer, c.Origin, c.Cache, c.Ingest}
	if c.Disk.Folder != "" {
		parts = append(parts, c.Disk)
		if c.Origin.Sendfile {
			problems = append(problems, Problem{Key: "disk_cache.folder", Value: c.Disk.Folder, Want: "want origin.sendfile to be false with it: " +
				"what is sent from local files needs no copies"})
		}
	}
	for _, part := range parts {
		for _, err := range unjoin(part.Validate()) {
			problems = append(problems, Problem{Want: err.Error()})
		}
	}
	return problems
}
