package dash

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// appendString appends an attribute whose value may come from outside.
func appendString(dst []byte, name, value string) []byte {
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, '=', '"')
	dst = appendEscaped(dst, value)
	return append(dst, '"')
}

// appendEscaped appends s as XML character data that is safe in elements and in attributes. What XML 1.0 §2.2 does not
// allow even escaped becomes a space (control characters) or U+FFFD.
func appendEscaped(dst []byte, s string) []byte {
	for _, r := range strings.TrimSpace(s) {
		switch {
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case unicode.IsControl(r):
			dst = append(dst, ' ')
		case r == 0xFFFE || r == 0xFFFF:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// appendDescriptor appends one element of DASH's DescriptorType (§5.8.4) with its value, indented for an AdaptationSet
// or a Representation.
func appendDescriptor(dst []byte, indent, element, scheme, value string) []byte {
	dst = append(dst, indent...)
	dst = append(dst, '<')
	dst = append(dst, element...)
	dst = appendString(dst, "schemeIdUri", scheme)
	dst = appendString(dst, "value", value)
	return append(dst, "/>\n"...)
}
