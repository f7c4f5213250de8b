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
	for _, key := range l.keys {
		if text, given := src.Flags[key]; given {
			l.set(key, text, "--"+l.settings[key].Flag())
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
	settings map[string]Setting
	keys     []string // in table order
	problems Problems
}

// newLoader returns the first layer: the defaults.
func newLoader() *loader {
	l := &loader{
		Loaded:   Loaded{Config: NewDefaultConfig(), origins: map[string]string{}},
		settings: map[string]Setting{},
	}
	for _, s := range l.Config.settings() {
		l.settings[s.Key] = s
		l.keys = append(l.keys, s.Key)
	}
	return l
}

// set applies one value of one layer.
func (l *loader) set(key, text, origin string) {
	if err := l.settings[key].value.set(text); err != nil {
		l.problems = append(l.problems, Problem{Origin: origin, Key: key, Value: text, Want: err.Error()})
		return
	}
	l.origins[key] = origin
}

func (l *loader) readFile(path string) {
	content, err := os.ReadFile(path)
	if err != nil {
		l.problems = append(l.problems, Problem{Key: "config", Value: path, Want: fmt.Sprintf("want a readable file: %v", err)})
		return
	}
	(&file{name: path, loader: l}).read(content)
}

func (l *loader) readEnv(env []string) {
	byVariable := make(map[string]string, len(l.keys))
	for _, key := range l.keys {
		byVariable[l.settings[key].Env()] = key
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
