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
	initialization, err := parseTemplate(info.attributes["initialization"])
	address := initialization.fill(v)
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
	if err == nil {
		err = c.fillAll(r, v, media, base)
	}
	if err != nil {
		c.add(dashAddressing, r.where, "SegmentTemplate: %v", err)
		return false
	}
	return true
}

// maxAddressBytes bounds what the URLs of all segments take together: a template of some kilobytes may name any number.
const maxAddressBytes = 64 << 20

// fillAll names the segments of a timeline.
func (c *client) fillAll(r *representation, v templateValues, media, base string) error {
	names, err := parseTemplate(media)
	if err != nil {
		return err
	}
	from := newBase(base)
	r.segments = make([]part, 0, len(r.timeline))
	for _, t := range r.timeline {
		v.time = t.start
		address := from.resolve(names.fill(v))
		if c.addressBytes += len(address); c.addressBytes > c.addressLimit {
			return fmt.Errorf("the URLs of %d segments take more than %d bytes", len(r.segments)+1, c.addressLimit)
		}
		r.segments = append(r.segments, part{url: address})
		v.number++
	}
	return nil
}

// templateValues are what the identifiers of a template stand for.
type templateValues struct {
	id, bandwidth string
	number, time  int64
}

// maxPadding bounds the width of a format tag.
const maxPadding = 32

// template is one of §5.3.9.4.4, read once for all segments.
type template []templatePart

// templatePart is literal text, or an identifier to replace.
type templatePart struct {
	literal    string
	identifier string // empty for literal text
	width      int    // of the format tag
}

func parseTemplate(text string) (t template, err error) {
	for rest := text; ; {
		before, after, found := strings.Cut(rest, "$")
		t = append(t, templatePart{literal: before})
		if !found {
			return t, nil
		}
		identifier, behind, closed := strings.Cut(after, "$")
		if !closed {
			return nil, fmt.Errorf("%.200q: a $ without another", text)
		}
		p, err := parseIdentifier(identifier)
		if err != nil {
			return nil, fmt.Errorf("%.200q: %w", text, err)
		}
		t = append(t, p)
		rest = behind
	}
}

func parseIdentifier(text string) (p templatePart, err error) {
	name, format, formatted := strings.Cut(text, "%")
	switch name {
	case "":
		p.literal = "$"
	case "RepresentationID", "Number", "Time", "Bandwidth":
		p.identifier = name
	default:
		return p, fmt.Errorf("identifier %.40q is unknown", name)
	}
	if !formatted {
		return p, nil
	}
	width, err := parseInteger(strings.TrimSuffix(strings.TrimPrefix(format, "0"), "d"))
	if err != nil || width > maxPadding || !strings.HasPrefix(format, "0") || !strings.HasSuffix(format, "d") || name == "" || name == "RepresentationID" {
		return p, fmt.Errorf("format %.40q of $%s$", format, name)
	}
	p.width = int(width)
	return p, nil
}

// fill replaces the identifiers, with their width formats.
func (t template) fill(v templateValues) string {
	var b, digits []byte
	for _, p := range t {
		switch p.identifier {
		case "":
			b = append(b, p.literal...)
			continue
		case "RepresentationID":
			digits = append(digits[:0], v.id...)
		case "Number":
			digits = strconv.AppendInt(digits[:0], v.number, 10)
		case "Time":
			digits = strconv.AppendInt(digits[:0], v.time, 10)
		case "Bandwidth":
			digits = append(digits[:0], v.bandwidth...)
		}
		for range p.width - len(digits) {
			b = append(b, '0')
		}
		b = append(b, digits...)
	}
	return string(b)
}
