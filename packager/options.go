package packager

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Options is what the options element of an URL asks for. The zero value asks for nothing: it is the URL without that
// element.
type Options struct {
	// Codecs keeps only tracks of these families (see [Track.CodecFamily]); a kind of track of which no family is named
	// is kept whole. Sorted.
	Codecs []string
	// Lang keeps only audio tracks whose language is one of these BCP 47 tags. Sorted.
	Lang []string
	// MaxHeight keeps only video tracks of at most this many lines; 0 keeps all.
	MaxHeight int
	// Seg is the segment target in seconds; 0 is DefaultTargetSeconds.
	Seg int
}

// OptionError says which option of an URL is wrong. Its text is fit for a public answer.
type OptionError struct {
	Option string // the key, or the whole element when it has no key
	Reason string
	// Understood reports that only the form is wrong: Canonical asks for the same. It is empty where that takes no options
	// element at all.
	Understood bool
	Canonical  string
}

// Error names the option and the cure.
func (e *OptionError) Error() string { return fmt.Sprintf("option %q: %s", e.Option, e.Reason) }

// maxOptionsLength bounds the element, so that parsing and the cache keys made from it stay small.
const maxOptionsLength = 256

// ParseOptions reads an options element: key=value joined by commas, keys sorted, each once, list values sorted and
// joined by '+', no defaults written out. Anything else is an [*OptionError]. Safe for bytes from outside.
func ParseOptions(element string) (Options, error) {
	if len(element) > maxOptionsLength {
		return Options{}, &OptionError{Option: element[:16] + "…", Reason: fmt.Sprintf("longer than %d characters", maxOptionsLength)}
	}
	var o Options
	seen := map[string]bool{}
	for field := range strings.SplitSeq(element, ",") {
		key, value, found := strings.Cut(field, "=")
		if !found || key == "" {
			return Options{}, &OptionError{Option: field, Reason: "want key=value joined by commas, such as maxheight=720,seg=4"}
		}
		if seen[key] {
			return Options{}, &OptionError{Option: key, Reason: "given twice"}
		}
		seen[key] = true
		if reason := o.set(key, value); reason != "" {
			return Options{}, &OptionError{Option: key, Reason: reason}
		}
	}
	if canonical := o.String(); canonical != element {
		return Options{}, &OptionError{Option: element, Reason: "not in canonical form", Understood: true, Canonical: canonical}
	}
	return o, nil
}

// set stores one option and returns why it cannot, or "".
func (o *Options) set(key, value string) (reason string) {
	switch key {
	case "codecs":
		o.Codecs, reason = parseList(value)
		for _, family := range o.Codecs {
			if kindOfFamily(family) == 0 {
				return "unknown codec; want avc, hevc, av1, vp9, aac, ac3, ec3, opus, flac or mp3 joined by +"
			}
		}
	case "lang":
		o.Lang, reason = parseList(value)
	case "maxheight":
		var ok bool
		if o.MaxHeight, ok = parseCanonicalInt(value); !ok || o.MaxHeight > 1<<16 {
			return "want a number of lines from 1 to 65536, such as 720"
		}
	case "seg":
		var ok bool
		if o.Seg, ok = parseCanonicalInt(value); !ok || o.Seg > MaxTargetSeconds {
			return "want whole seconds from 1 to " + strconv.Itoa(MaxTargetSeconds)
		}
		if o.Seg == DefaultTargetSeconds {
			o.Seg = 0
		}
	default:
		return "unknown; known are codecs, lang, maxheight and seg"
	}
	return reason
}

// parseList reads values of letters, digits and hyphens joined by '+', and sorts them.
func parseList(value string) (items []string, reason string) {
	for item := range strings.SplitSeq(value, "+") {
		if item == "" || strings.Trim(item, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
			return nil, "want letters, digits and hyphens joined by +"
		}
		if slices.Contains(items, item) {
			return nil, "names " + item + " twice"
		}
		items = append(items, item)
	}
	slices.Sort(items)
	return items, ""
}

// String returns the canonical element; empty for the zero value.
func (o Options) String() string { return string(o.Append(nil)) }

// Append appends the canonical element.
func (o Options) Append(dst []byte) []byte {
	start := len(dst)
	field := func(key string) {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, key...)
	}
	if len(o.Codecs) > 0 {
		field("codecs=")
		dst = appendList(dst, o.Codecs)
	}
	if len(o.Lang) > 0 {
		field("lang=")
		dst = appendList(dst, o.Lang)
	}
	if o.MaxHeight != 0 {
		field("maxheight=")
		dst = strconv.AppendInt(dst, int64(o.MaxHeight), 10)
	}
	if o.Seg != 0 {
		field("seg=")
		dst = strconv.AppendInt(dst, int64(o.Seg), 10)
	}
	return dst
}

func appendList(dst []byte, items []string) []byte {
	for i, item := range items {
		if i > 0 {
			dst = append(dst, '+')
		}
		dst = append(dst, item...)
	}
	return dst
}

// TargetSeconds returns the segment target that o asks for.
func (o Options) TargetSeconds() int {
	if o.Seg == 0 {
		return DefaultTargetSeconds
	}
	return o.Seg
}

// Selects reports whether t is one of the tracks that o leaves.
func (o Options) Selects(t *Track) bool {
	if t.Kind == Video && o.MaxHeight != 0 && int(t.Video.Height) > o.MaxHeight {
		return false
	}
	if t.Kind == Audio && len(o.Lang) > 0 && !slices.Contains(o.Lang, t.Language) {
		return false
	}
	restricted := slices.ContainsFunc(o.Codecs, func(family string) bool { return kindOfFamily(family) == t.Kind })
	return !restricted || slices.Contains(o.Codecs, t.CodecFamily())
}

// Select returns the tracks of p that o leaves, in p's order. The error is that of Check.
func (o Options) Select(p *Presentation) ([]*Track, error) {
	if err := o.Check(p); err != nil {
		return nil, err
	}
	var selected []*Track
	for i := range p.Tracks {
		if t := &p.Tracks[i]; o.Selects(t) {
			selected = append(selected, t)
		}
	}
	return selected, nil
}

// Check returns [ErrNoTrack] when a kind that p has is left without any track, because a film without its sound is not
// what the caller asked for. It does not allocate unless it fails.
func (o Options) Check(p *Presentation) error {
	var had, left [3]bool
	for i := range p.Tracks {
		t := &p.Tracks[i]
		had[t.Kind] = true
		left[t.Kind] = left[t.Kind] || o.Selects(t)
	}
	if had != left {
		return fmt.Errorf("options %q leave no video or no audio: %w", o, ErrNoTrack)
	}
	return nil
}
