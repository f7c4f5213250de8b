package main

import (
	"fmt"
	"io"
	"strings"
)

func printHeader(w io.Writer) { fmt.Fprintf(w, "%-6s %-44s %s\n", "result", "file", "facts") }

// print writes the file's line, and one more for each problem.
func (r *row) print(w io.Writer) {
	result := "ok"
	if len(r.problems) > 0 {
		result = "FAILED"
	}
	fmt.Fprintf(w, "%-6s %-44s %s\n", result, r.name, strings.Join(r.notes, " · "))
	for _, problem := range r.problems {
		fmt.Fprintf(w, "       - %s\n", problem)
	}
}
