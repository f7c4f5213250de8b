package config

import (
	"strings"
)

// Setting is one row of the table of settings: a configuration key, its environment variable and its flag.
type Setting struct {
	// Key is the dotted path in the configuration file, such as "cache.size".
	Key string
	// Help says what the setting does, in one phrase.
	Help  string
	value value
}

// Env returns the environment variable of the setting, such as "HEADWATER_CACHE_SIZE".
func (s Setting) Env() string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_"))
}

// Flag returns the flag of the setting without its hyphens, such as "cache-size".
func (s Setting) Flag() string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(s.Key)
}

// Kind names what the setting's text holds, in capitals, such as "SIZE".
func (s Setting) Kind() string { return s.value.kind() }

// Text returns the setting's value in the form that flags and variables take; empty when it is structured.
func (s Setting) Text() string { return s.value.node().Value }

// Defaults returns every setting with its default value, in the order of the sample file.
func Defaults() []Setting {
	c := NewDefaultConfig()
	return c.settings()
}
