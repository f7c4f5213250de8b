package cat

import (
	"fmt"
	"strings"
)

// component is a part of a URI that catu can limit, by its label there.
type component int64

const (
	componentScheme    component = 0
	componentHost      component = 1
	componentPath      component = 3
	componentFilename  component = 6
	componentStem      component = 7
	componentExtension component = 8
)

// matchers are the ways to match, by their labels (CTA-5007-B §4.6.1): exact, prefix, suffix, contains.
var matchers = map[int64]func(text, value string) bool{
	0: func(text, value string) bool { return text == value },
	1: strings.HasPrefix,
	2: strings.HasSuffix,
	3: strings.Contains,
}

// URI is the limits that a token puts on what is asked for. The zero URI has none.
type URI struct {
	rules []uriRule
}

type uriRule struct {
	component component
	matches   func(text, value string) bool
	value     string
}

// Matches reports whether all limits hold for a URI. The host is without port, the path as in the request line without the
// query; an escape in it is not decoded, so that a path in any other spelling than the token's does not match. Scheme and
// host match whatever their case.
//
// The stem of a file name is what stands before its dot, the extension begins with the dot. Implementations disagree about
// names of several dots, so a limit on either never holds for those.
func (u URI) Matches(scheme, host, path string) bool {
	for _, rule := range u.rules {
		text, ok := rule.component.of(scheme, host, path)
		if !ok || !rule.matches(text, rule.value) {
			return false
		}
	}
	return true
}

// of returns the component of a URI, and false where it is not clear what that is.
func (c component) of(scheme, host, path string) (string, bool) {
	name := path[strings.LastIndexByte(path, '/')+1:]
	switch c {
	case componentScheme:
		return strings.ToLower(scheme), true
	case componentHost:
		return strings.ToLower(host), true
	case componentPath:
		return path, true
	case componentFilename:
		return name, true
	}
	dot := strings.IndexByte(name, '.')
	if dot < 0 {
		dot = len(name)
	}
	unambiguous := strings.Count(name, ".") <= 1
	if c == componentStem {
		return name[:dot], unambiguous
	}
	return name[dot:], unambiguous
}

// decodeURI reads a map from components to maps from ways to match to values. All of them must hold.
func decodeURI(data []byte) (URI, error) {
	components, err := decodeMap(data)
	if err != nil {
		return URI{}, err
	}
	var u URI
	for label, matches := range components {
		c, err := toComponent(label)
		if err != nil {
			return URI{}, err
		}
		values, err := decodeMap(matches)
		if err != nil {
			return URI{}, err
		}
		for way, value := range values {
			rule, err := decodeRule(c, way, value)
			if err != nil {
				return URI{}, err
			}
			u.rules = append(u.rules, rule)
		}
	}
	return u, nil
}

func toComponent(label any) (component, error) {
	if number, ok := label.(int64); ok {
		switch c := component(number); c {
		case componentScheme, componentHost, componentPath, componentFilename, componentStem, componentExtension:
			return c, nil
		}
	}
	return 0, fmt.Errorf("%w: component", ErrUnsupported)
}

func decodeRule(c component, way any, data []byte) (uriRule, error) {
	number, ok := way.(int64)
	matches := matchers[number]
	if !ok || matches == nil {
		return uriRule{}, fmt.Errorf("%w: match type", ErrUnsupported)
	}
	value, err := decode[string](data, majorText)
	if c == componentScheme || c == componentHost {
		value = strings.ToLower(value)
	}
	return uriRule{c, matches, value}, err
}
