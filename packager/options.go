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
	// Preview keeps only the first segments, as few as last this many seconds (1 to 86400; see [Options.Segments]); 0 keeps
	// all.
	Preview int
	// Seg is the segment target in seconds; 0 is DefaultTargetSeconds. It is not longer than that where there is a preview.
	Seg int
	// SeparateAudio keeps sound out of the transport streams of pictures ([HLSTS] only): each sound is a stream of its own.
	SeparateAudio bool
	// DurationTemplate asks for SegmentTemplate@duration where the segments of a set have one duration ([DASH] only).
	DurationTemplate bool
	// Tracks keeps only the tracks of these ids, of every kind; empty keeps all. Sorted.
	Tracks []TrackID
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

// Limits of one element. Its length bounds parsing and the cache keys made from it, and has room for maxListedTracks ids of
// the length that ingest makes beside everything else.
const (
	maxOptionsLength = 1024
	maxListedTracks  = 32
)

// MaxPreviewSeconds is the longest preview.
const MaxPreviewSeconds = 24 * 60 * 60

// ParseOptions reads an options element: key=value joined by commas, keys sorted, each once, list values sorted and
// joined by '+', no defaults written out. Anything else is an [*OptionError]. Safe for bytes from outside: values are
// numbers, words of letters, digits and hyphens, or ids, so nothing in them needs escaping in a path, a playlist, XML or a
// log.
func ParseOptions(element string) (Options, error) {
	if len(element) > maxOptionsLength {
		return Options{}, tooLongError(element)
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
	if o.Preview != 0 && o.Seg > DefaultTargetSeconds {
		return Options{}, &OptionError{Option: "seg", Reason: fmt.Sprintf("at most %d with preview", DefaultTargetSeconds)}
	}
	if canonical := o.String(); canonical != element {
		return Options{}, &OptionError{Option: element, Reason: "not in canonical form", Understood: true, Canonical: canonical}
	}
	return o, nil
}

// Suits returns an [*OptionError] when an option of o has no meaning for the resources of f.
func (o Options) Suits(f Format) error {
	canonical, option := o, ""
	if o.SeparateAudio && f != HLSTS {
		canonical.SeparateAudio, option = false, "audio"
	}
	if o.DurationTemplate && f != DASH {
		canonical.DurationTemplate, option = false, "template"
	}
	if option == "" {
		return nil
	}
	return &OptionError{Option: option, Reason: "has no meaning for " + f.String(), Understood: true, Canonical: canonical.String()}
}

func tooLongError(element string) error {
	return &OptionError{Option: element[:16] + "…", Reason: fmt.Sprintf("longer than %d characters", maxOptionsLength)}
}

// set stores one option and returns why it cannot, or "".
func (o *Options) set(key, value string) (reason string) {
	switch key {
	case "audio":
		o.SeparateAudio = value == "separate"
		if !o.SeparateAudio {
			return "want separate"
		}
	case "codecs":
		return o.setCodecs(value)
	case "lang":
		o.Lang, reason = parseList[string](value)
	case "maxheight":
		var ok bool
		if o.MaxHeight, ok = parseCanonicalInt(value); !ok || o.MaxHeight > 1<<16 {
			return "want a number of lines from 1 to 65536, such as 720"
		}
	case "preview":
		var ok bool
		if o.Preview, ok = parseCanonicalInt(value); !ok || o.Preview > MaxPreviewSeconds {
			return "want whole seconds from 1 to " + strconv.Itoa(MaxPreviewSeconds)
		}
	case "seg":
		var ok bool
		if o.Seg, ok = parseCanonicalInt(value); !ok || o.Seg > MaxTargetSeconds {
			return "want whole seconds from 1 to " + strconv.Itoa(MaxTargetSeconds)
		}
		if o.Seg == DefaultTargetSeconds {
			o.Seg = 0
		}
	case "template":
		o.DurationTemplate = value == "duration"
		if !o.DurationTemplate {
			return "want duration"
		}
	case "tracks":
		return o.setTracks(value)
	default:
		return "unknown; known are audio, codecs, lang, maxheight, preview, seg, template and tracks"
	}
	return reason
}

func (o *Options) setCodecs(value string) (reason string) {
	o.Codecs, reason = parseList[string](value)
	for _, family := range o.Codecs {
		if kindOfFamily(family) == 0 {
			return "unknown codec; want avc, hevc, av1, vp9, aac, ac3, ec3, opus, flac or mp3 joined by +"
		}
	}
	return reason
}

func (o *Options) setTracks(value string) (reason string) {
	o.Tracks, reason = parseList[TrackID](value)
	invalid := func(id TrackID) bool { return !ValidID(string(id)) }
	if len(o.Tracks) > maxListedTracks || slices.ContainsFunc(o.Tracks, invalid) {
		return "want at most " + strconv.Itoa(maxListedTracks) + " ids of tracks joined by +"
	}
	return reason
}

// parseList reads values of letters, digits and hyphens joined by '+', and sorts them.
func parseList[T ~string](value string) (items []T, reason string) {
	for item := range strings.SplitSeq(value, "+") {
		if item == "" || strings.Trim(item, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
			return nil, "want letters, digits and hyphens joined by +"
		}
		if slices.Contains(items, T(item)) {
			return nil, "names " + item + " twice"
		}
		items = append(items, T(item))
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
	if o.SeparateAudio {
		field("audio=separate")
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
	if o.Preview != 0 {
		field("preview=")
		dst = strconv.AppendInt(dst, int64(o.Preview), 10)
	}
	if o.Seg != 0 {
		field("seg=")
		dst = strconv.AppendInt(dst, int64(o.Seg), 10)
	}
	if o.DurationTemplate {
		field("template=duration")
	}
	if len(o.Tracks) > 0 {
		field("tracks=")
		dst = appendList(dst, o.Tracks)
	}
	return dst
}

func appendList[T ~string](dst []byte, items []T) []byte {
	for i, item := range items {
		if i > 0 {
			dst = append(dst, '+')
		}
		dst = append(dst, item...)
	}
	return dst
}
