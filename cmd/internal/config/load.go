package config

import (
	"fmt"
	"os"
	"strings"
)

// EnvFile is the environment variable that names the configuration file where no flag does.
const EnvFile = EnvPrefix + "CONFIG"

// Sources is where the layers above the defaults come from.
type Sources struct {
	// File is the path of the YAML file; empty reads none.
	File string
	// Env is the environment as os.Environ returns it.
	Env []string
	// Flags holds the text of each flag that was given, by setting key.
	Flags map[string]string
}

// Loaded is an effective configuration that knows where its values came from.
type Loaded struct {
	Config
	origins map[string]string // by key; absent for a default
	// Ignored are the environment variables that carry the prefix and name no setting. They are no error, because
	// container platforms make such names up from the names of services.
	Ignored []string
}

// Load returns the defaults overlaid with the file, the environment and the flags, in this order. The error is
// [Problems] when anything that was given cannot be used, even where a later layer overrides it.
func Load(src Sources) (*Loaded, error) {
	l := newLoader()
	if src.File != "" {
		l.readFile(src.File)
	}
	l.readEnv(src.Env)
	for _, key := range l.table.keys {
		if text, given := src.Flags[key]; given {
			l.set(key, text, "--"+l.table.settings[key].Flag())
		}
	}
	if len(l.problems) == 0 {
		l.problems = l.validate()
	}
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return &l.Loaded, nil
}

// loader applies the layers and gathers what is wrong.
type loader struct {
	Loaded
	table    table
	problems Problems
}

// newLoader returns the first layer: the defaults.
func newLoader() *loader {
	l := &loader{Loaded: Loaded{Config: NewDefaultConfig(), origins: map[string]string{}}}
	l.table = newTable(l.settings(), "")
	return l
}

// from lets read apply one layer, whose lines origin names.
func (l *loader) from(origin func(line int) string, read func(r *reader)) {
	r := &reader{origin: origin, applied: func(key, origin string) { l.origins[key] = origin }}
	read(r)
	l.problems = append(l.problems, r.problems...)
}

// set applies the text of one flag or variable.
func (l *loader) set(key, text, origin string) {
	l.from(func(int) string { return origin }, func(r *reader) {
		l.table.settings[key].value.set(r, key, text)
		if len(r.problems) == 0 {
			r.applied(key, origin)
		}
	})
}

func (l *loader) readFile(path string) {
	content, err := os.ReadFile(path)
	if err != nil {
		l.problems = append(l.problems, Problem{Key: "config", Value: path, Want: fmt.Sprintf("want a readable file: %v", err)})
		return
	}
	l.readYAML(path, content)
}

func (l *loader) readYAML(name string, content []byte) {
	l.from(fileOrigin(name), func(r *reader) {
		if node := r.parse(content); node != nil {
			r.section(l.table, "", node, 0)
		}
	})
}

func (l *loader) readEnv(env []string) {
	byVariable := make(map[string]string, len(l.table.keys))
	for _, key := range l.table.keys {
		byVariable[l.table.settings[key].Env()] = key
	}
	for _, assignment := range env {
		name, text, _ := strings.Cut(assignment, "=")
		key, known := byVariable[name]
		switch {
		case known:
			l.set(key, text, name)
		case strings.HasPrefix(name, EnvPrefix) && name != EnvFile:
			l.Ignored = append(l.Ignored, name)
		}
	}
}
