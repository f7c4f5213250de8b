package urlsign

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Type is a type of signature. C and F with hexadecimal times sign the same text, so that whoever has a URL of one type
// has one of the other.
type Type uint8

// The types.
const (
	A Type = iota + 1 // a parameter; the only one that holds a user and a preview
	B                 // two path elements, with the time in minutes of UTC+8
	C                 // two path elements or two parameters, with the time in hexadecimal
	F                 // two parameters of any name
)

const typeNames = " ABCF"

// String returns the capital letter of the type, or nothing if there is no such type.
func (t Type) String() string {
	if t < A || t > F {
		return ""
	}
	return typeNames[t : t+1]
}

// ParseType returns the type of a capital letter.
func ParseType(name string) (Type, error) {
	if i := strings.Index(typeNames, name); i >= int(A) && len(name) == 1 {
		return Type(i), nil
	}
	return 0, fmt.Errorf("signature type %q: want A, B, C or F", name)
}

// Scheme says which signatures are looked for in URLs, and how. Once in use it must not change.
type Scheme struct {
	// Types are those that are looked for; others are taken for parts of the path and unknown parameters.
	Types []Type
	// Validity is how long after its time a URL expires. More than 0, at most 366 days.
	Validity time.Duration
	// Prefix is how each signed path begins and ends with '/', by which the path forms of B and C are told from other
	// paths.
	Prefix string
	// KeyParams are the parameters of the query form of C: of the hash, and of the time.
	KeyParams [2]string
	// SignParam and TimeParam are the parameters of F.
	SignParam, TimeParam string
	// DecimalTime says that the time of F is decimal; else it is hexadecimal.
	DecimalTime bool
	// QueryForm makes [Scheme.Append] write C with parameters. Both forms are accepted whatever it says.
	QueryForm bool
}

const (
	authParam = "auth_key"
	endParam  = "end"
)

// NewDefaultScheme returns what the networks do unless configured otherwise: all types, valid for 30 minutes.
func NewDefaultScheme() Scheme {
	return Scheme{
		Types:     []Type{A, B, C, F},
		Validity:  30 * time.Minute,
		Prefix:    "/v/",
		KeyParams: [2]string{"KEY1", "KEY2"},
		SignParam: "sign",
		TimeParam: "time",
	}
}

const maxValidity = 366 * 24 * time.Hour

// Validate reports all settings that are out of range, joined.
func (s *Scheme) Validate() error {
	var problems []error
	check := func(ok bool, name string, value any, want string) {
		if !ok {
			problems = append(problems, fmt.Errorf("URL signatures: %s: %v: want %s", name, value, want))
		}
	}
	check(len(s.Types) > 0, "types", s.Types, "at least one of A, B, C, F")
	for _, t := range s.Types {
		check(t.String() != "", "types", uint8(t), "A, B, C or F")
	}
	check(s.Validity > 0 && s.Validity <= maxValidity, "validity", s.Validity, "more than 0, at most 8784h")
	check(len(s.Prefix) > 1 && s.Prefix[0] == '/' && strings.HasSuffix(s.Prefix, "/"), "prefix", s.Prefix, "a path in slashes")
	names := []string{authParam, endParam, s.KeyParams[0], s.KeyParams[1], s.SignParam, s.TimeParam}
	for i, name := range names {
		check(isName(name), "parameter", name, "up to 64 letters, digits, '_' or '.'")
		check(!slices.Contains(names[:i], name), "parameter", name, "another name, because this one is taken")
	}
	// The last two digits of a decimal time could be passed off as the end of a path with a hexadecimal time.
	check(!s.DecimalTime || !s.accepts(C) || !s.accepts(F), "types", s.Types, "C or F, not both, while times of F are decimal")
	return errors.Join(problems...)
}

func (s *Scheme) accepts(t Type) bool { return slices.Contains(s.Types, t) }

// isName reports whether text may stand in a parameter: as its name, as a random number or as a user. A dash would be
// taken for a separator, anything encoded could be spelt in more than one way.
func isName(text string) bool {
	for i := range len(text) {
		c := text[i]
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '.' {
			return false
		}
	}
	return len(text) > 0 && len(text) <= 64
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
