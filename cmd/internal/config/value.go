package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"go.yaml.in/yaml/v3"
)

// value is one field of a [Config] seen from the layers.
type value interface {
	// kind names what the value holds, such as SIZE.
	kind() string
	// read fills the field from a node of a file. On an error it leaves the field as it was and complains to r.
	read(r *reader, label string, node *yaml.Node)
	// set fills the field from the text of a flag or an environment variable, likewise.
	set(r *reader, label, text string)
	// node returns the value as read accepts it.
	node() *yaml.Node
}

// field is a value that is a single text.
type field[T any] struct {
	name   string // the kind
	p      *T
	parse  func(string) (T, error) // the error says what is expected
	format func(T) string
}

func (f field[T]) kind() string { return f.name }

func (f field[T]) read(r *reader, label string, node *yaml.Node) {
	switch {
	case node.Kind != yaml.ScalarNode:
		r.complain(node.Line, label, "", "want a single value")
	case isNull(node):
		f.apply(r, node.Line, label, "")
	default:
		f.apply(r, node.Line, label, node.Value)
	}
}

func (f field[T]) set(r *reader, label, text string) { f.apply(r, 0, label, text) }

func (f field[T]) apply(r *reader, line int, label, text string) {
	v, err := f.parse(text)
	if err != nil {
		r.complain(line, label, text, err.Error())
		return
	}
	*f.p = v
}

func (f field[T]) node() *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Value: f.format(*f.p)}
	if node.ShortTag() == "!!null" {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

func same(s string) string { return s }

// text is a string that may not be empty.
func text(p *string) value {
	return field[string]{"TEXT", p, func(s string) (string, error) {
		if strings.TrimSpace(s) == "" {
			return "", errors.New("want some text")
		}
		return s, nil
	}, same}
}

// path is the name of a file or folder, or nothing.
func path(p *string) value {
	return field[string]{"PATH", p, func(s string) (string, error) { return s, nil }, same}
}

// boolean is true or false.
func boolean(p *bool) value {
	return field[bool]{"BOOL", p, func(s string) (bool, error) {
		v, err := strconv.ParseBool(s)
		if err != nil {
			return false, errors.New("want true or false")
		}
		return v, nil
	}, strconv.FormatBool}
}

// oneOf is one of a few names.
func oneOf(p *string, names ...string) value {
	return field[string]{"NAME", p, func(s string) (string, error) {
		if !slices.Contains(names, s) {
			return "", errors.New("want one of " + strings.Join(names, ", "))
		}
		return s, nil
	}, same}
}

// address is a host:port to listen on; an empty host is every address of the machine, port 0 any free port.
func address(p *string) value {
	return field[string]{"ADDR", p, func(s string) (string, error) {
		host, port, err := net.SplitHostPort(s)
		if err != nil || strings.ContainsAny(host, " \t/") {
			return "", errors.New("want HOST:PORT such as 127.0.0.1:8080, or :8080 for every address")
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", errors.New("want a port from 0 to 65535 after the colon")
		}
		return s, nil
	}, same}
}

// anyPort reports whether an address leaves the choice of its port to the kernel.
func anyPort(address string) bool { return strings.HasSuffix(address, ":0") }

// webURL is an absolute http or https URL without query and credentials, or nothing.
func webURL(p *string) value {
	return field[string]{"URL", p, func(s string) (string, error) {
		if s == "" {
			return "", nil
		}
		u, err := url.Parse(s)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil ||
			u.RawQuery != "" || u.Fragment != "" {
			return "", errors.New("want http:// or https:// with a host and at most a path, such as https://video.example.com")
		}
		return strings.TrimSuffix(s, "/"), nil
	}, same}
}

// integer is a whole number from low to high.
func integer[T ~int | ~int64 | ~uint32](p *T, low, high T) value {
	return field[T]{"NUMBER", p, func(s string) (T, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < int64(low) || n > int64(high) {
			return 0, fmt.Errorf("want a whole number from %d to %d", low, high)
		}
		return T(n), nil
	}, func(n T) string { return strconv.FormatInt(int64(n), 10) }}
}

// size is a number of bytes from low to high, written with a unit: 512MiB is 512·2^20, 512MB is 512·10^6.
func size[T ~int | ~int64](p *T, low, high T) value {
	return field[T]{"SIZE", p, func(s string) (T, error) {
		n, err := humanize.ParseBytes(s)
		if err != nil || n > math.MaxInt64 || int64(n) < int64(low) || int64(n) > int64(high) {
			return 0, fmt.Errorf("want a size from %s to %s, such as 512MiB", formatSize(low), formatSize(high))
		}
		return T(n), nil
	}, formatSize[T]}
}

// formatSize writes n exactly, in the largest binary unit that divides it.
func formatSize[T ~int | ~int64](n T) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	v, unit := int64(n), 0
	for v != 0 && v%1024 == 0 && unit < len(units)-1 {
		v, unit = v/1024, unit+1
	}
	return strconv.FormatInt(v, 10) + units[unit]
}

// duration is a time from low to high, written as Go writes it: 1h30m, 30s, 250ms.
func duration(p *time.Duration, low, high time.Duration) value {
	return field[time.Duration]{"DURATION", p, func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil || d < low || d > high {
			return 0, fmt.Errorf("want a time from %s to %s, such as 30s or 5m", formatDuration(low), formatDuration(high))
		}
		return d, nil
	}, formatDuration}
}

// formatDuration writes d without the zero units that Duration.String ends in.
func formatDuration(d time.Duration) string {
	s := d.String()
	if trimmed, ok := strings.CutSuffix(s, "m0s"); ok {
		s = trimmed + "m"
	}
	if trimmed, ok := strings.CutSuffix(s, "h0m"); ok {
		s = trimmed + "h"
	}
	return s
}
