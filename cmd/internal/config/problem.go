package config

import (
	"fmt"
	"strings"
)

// Problem is one setting that cannot be used, in words an operator can act on.
type Problem struct {
	// Origin says where the value was given: "FILE:LINE", an environment variable, a flag, or "" for a rule that joins
	// several settings.
	Origin string `json:"origin,omitempty"`
	Key    string `json:"key,omitempty"`
	Value  string `json:"value,omitempty"`
	Want   string `json:"want"` // what is expected instead
}

// Error returns one line: origin, key, value and what is expected.
func (p Problem) Error() string {
	var b strings.Builder
	if p.Origin != "" {
		b.WriteString(p.Origin + ": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	if p.Value != "" {
		fmt.Fprintf(&b, "%q: ", p.Value)
	}
	return b.String() + p.Want
}

// Problems is everything that is wrong with a configuration. Its text has one line each.
type Problems []Problem

// Error joins the problems' lines.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// nearest returns the known name that text most likely means, or "" when none is close.
func nearest(text string, known []string) string {
	best, bestDistance := "", max(2, len(text)/3)+1
	for _, name := range known {
		if d := editDistance(text, name); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance of a and b in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
