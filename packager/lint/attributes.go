package lint

import (
	"fmt"
	"strconv"
	"strings"
)

// attributes is an attribute-list (RFC 8216 §4.2).
type attributes map[string]attribute

// attribute is one value; a quoted one is stored without its quotes.
type attribute struct {
	value  string
	quoted bool
}

// parseAttributes reads an attribute-list strictly: names of A-Z, 0-9 and hyphens, each once, no spaces around.
func parseAttributes(list string) (attributes, error) {
	parsed := attributes{}
	for list != "" {
		name, rest, found := strings.Cut(list, "=")
		if !found || name == "" || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
			return nil, fmt.Errorf("attribute name %q", name)
		}
		if _, twice := parsed[name]; twice {
			return nil, fmt.Errorf("attribute %s given twice", name)
		}
		value, remainder, err := cutValue(rest)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", name, err)
		}
		parsed[name] = value
		if list = remainder; list == "" {
			break
		}
		if list = list[1:]; list == "" {
			return nil, fmt.Errorf("a comma ends the list after %s", name)
		}
	}
	return parsed, nil
}

// cutValue cuts the value from the start of s. The remainder is empty or begins with a comma.
func cutValue(s string) (value attribute, remainder string, err error) {
	if strings.HasPrefix(s, `"`) {
		end := strings.IndexByte(s[1:], '"') + 1
		if end == 0 {
			return attribute{}, "", fmt.Errorf("quoted string does not end")
		}
		value, remainder = attribute{s[1:end], true}, s[end+1:]
		if remainder != "" && remainder[0] != ',' {
			return attribute{}, "", fmt.Errorf("%q follows the quoted string", remainder)
		}
		return value, remainder, nil
	}
	end := strings.IndexByte(s, ',')
	if end < 0 {
		end = len(s)
	}
	if end == 0 || strings.ContainsAny(s[:end], "\" \t") {
		return attribute{}, "", fmt.Errorf("unquoted value %q", s[:end])
	}
	return attribute{s[:end], false}, s[end:], nil
}

// quoted returns a quoted-string; empty when it is not there.
func (a attributes) quoted(name string) (string, error) {
	value, found := a[name]
	if found && (!value.quoted || value.value == "") {
		return "", fmt.Errorf("attribute %s: want a quoted string", name)
	}
	return value.value, nil
}

// field is where the quoted-string of that name goes.
type field struct {
	name string
	into *string
}

func (a attributes) quotedInto(fields []field) error {
	for _, f := range fields {
		value, err := a.quoted(f.name)
		if err != nil {
			return err
		}
		*f.into = value
	}
	return nil
}

// flag returns whether an attribute is YES; it is NO when it is not there.
func (a attributes) flag(name string) (bool, error) {
	value, err := a.enumerated(name, "YES", "NO")
	return value == "YES", err
}

// enumerated returns an unquoted string; empty when it is not there.
func (a attributes) enumerated(name string, allowed ...string) (string, error) {
	value, found := a[name]
	if !found {
		return "", nil
	}
	for _, one := range allowed {
		if value.value == one && !value.quoted {
			return one, nil
		}
	}
	return "", fmt.Errorf("attribute %s: %q, want one of %s", name, value.value, strings.Join(allowed, ", "))
}

// integer returns a decimal-integer; 0 when it is not there.
func (a attributes) integer(name string) (int64, error) {
	value, found := a[name]
	if !found {
		return 0, nil
	}
	n, err := parseInteger(value.value)
	if err != nil || value.quoted {
		return 0, fmt.Errorf("attribute %s: %q, want a decimal integer", name, value.value)
	}
	return n, nil
}

// parseInteger reads a decimal-integer: digits only.
func parseInteger(s string) (int64, error) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, fmt.Errorf("%q: want digits", s)
	}
	return strconv.ParseInt(s, 10, 64)
}

// parseDecimal reads a decimal-floating-point of at most nine decimals, exactly, and returns it times 10^9.
func parseDecimal(s string) (int64, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	seconds, err := parseInteger(whole)
	if err != nil || seconds > 1e9 || len(fraction) > 9 || strings.HasSuffix(s, ".") {
		return 0, fmt.Errorf("%q: want a decimal number up to 10^9 with up to 9 decimals", s)
	}
	if fraction == "" {
		return seconds * 1e9, nil
	}
	rest, err := parseInteger(fraction + "000000000"[len(fraction):])
	if err != nil {
		return 0, err
	}
	return seconds*1e9 + rest, nil
}

// parseResolution reads a decimal-resolution.
func parseResolution(s string) (width, height int64, err error) {
	w, h, _ := strings.Cut(s, "x")
	if width, err = parseInteger(w); err == nil {
		height, err = parseInteger(h)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("attribute RESOLUTION: %q, want WIDTHxHEIGHT", s)
	}
	return width, height, nil
}
