package hls

import (
	"strings"
	"unicode"

	"headwater/packager"
)

// appendQuoted appends s as a quoted-string (RFC 8216 §4.2). Labels come from outside: what the grammar forbids is
// replaced, so that nothing in a label can end the string or the line.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = append(dst, plainText(s)...)
	return append(dst, '"')
}

// plainText returns s as one trimmed line of valid UTF-8 without double quotes. "{$" would start a variable reference
// (RFC 8216bis §4.3), which players reject when the variable is not defined.
func plainText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		default:
			return r
		}
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(strings.ReplaceAll(s, "{$", "{ $"))
}

// appendFrameRate appends frames per second with three decimals (RFC 8216 §4.3.4.2).
func appendFrameRate(dst []byte, rate packager.FrameRate) []byte {
	return packager.AppendSeconds(dst, packager.Ticks(rate.Num), packager.Timescale(rate.Den), 3)
}
