// Package report is what Headwater's commands tell their user: the plain values that a command ends with, written as a
// table for people or as JSON for programs, and the progress of long work on a terminal or in a log.
//
// The field names of the JSON forms are an interface that scripts use. Text that comes from media files or from the
// command line is made printable first, so that it cannot drive the terminal.
package report

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// JSON writes v on one line.
func JSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// Printable returns s, escaped as in Go source when it holds anything but graphic characters and spaces.
func Printable(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}
