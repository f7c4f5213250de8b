package lint

import (
	"fmt"
	"strconv"
	"strings"
)

// readTemplate reads a SegmentTemplate (ISO/IEC 23009-1 §5.3.9.4) into r.
func (c *client) readTemplate(x *setContext, info, n *node, r *representation, base string) (ok bool) {
	if !c.readTimes(x, info, r, -1) {
		return false
	}
	v := templateValues{id: r.id, bandwidth: n.attributes["bandwidth"], number: info.integer("startNumber", 1)}
	address, err := v.fill(info.attributes["initialization"])
	if given := info.one("Initialization"); !info.has("initialization") && given != nil {
		r.init, err = given.part("sourceURL", "range", base)
	} else if err == nil && address == "" {
		err = fmt.Errorf("no initialization")
	} else {
		r.init = part{url: resolve(base, address)}
	}
	media := info.attributes["media"]
	if err == nil && media == "" {
		err = fmt.Errorf("no media")
	}
	if err == nil && len(r.timeline) > 1 && !strings.Contains(media, "$Number") && !strings.Contains(media, "$Time") {
		err = fmt.Errorf("media %q names one segment only", media)
	}
	for _, t := range r.timeline {
		if err != nil {
			break
		}
		v.time = t.start
		address, err = v.fill(media)
		r.segments = append(r.segments, part{url: resolve(base, address)})
		v.number++
	}
	if err != nil {
		c.add(dashAddressing, r.where, "SegmentTemplate: %v", err)
		return false
	}
	return true
}

// templateValues are what the identifiers of a template stand for.
type templateValues struct {
	id, bandwidth string
	number, time  int64
}

// maxPadding bounds the width of a format tag.
const maxPadding = 32

// fill replaces the identifiers of §5.3.9.4.4, with their width formats.
func (v templateValues) fill(template string) (string, error) {
	var b strings.Builder
	for rest := template; ; {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		identifier, behind, closed := strings.Cut(after, "$")
		if !closed {
			return "", fmt.Errorf("%q: a $ without another", template)
		}
		value, err := v.replace(identifier)
		if err != nil {
			return "", fmt.Errorf("%q: %w", template, err)
		}
		b.WriteString(value)
		rest = behind
	}
}

func (v templateValues) replace(identifier string) (string, error) {
	name, format, formatted := strings.Cut(identifier, "%")
	value := ""
	switch name {
	case "":
		value = "$"
	case "RepresentationID":
		value = v.id
	case "Number":
		value = strconv.FormatInt(v.number, 10)
	case "Time":
		value = strconv.FormatInt(v.time, 10)
	case "Bandwidth":
		value = v.bandwidth
	default:
		return "", fmt.Errorf("identifier %.40q is unknown", name)
	}
	if !formatted {
		return value, nil
	}
	width, err := parseInteger(strings.TrimSuffix(strings.TrimPrefix(format, "0"), "d"))
	if err != nil || width > maxPadding || !strings.HasPrefix(format, "0") || !strings.HasSuffix(format, "d") || name == "" || name == "RepresentationID" {
		return "", fmt.Errorf("format %.40q of $%s$", format, name)
	}
	return strings.Repeat("0", max(int(width)-len(value), 0)) + value, nil
}
