package main

import (
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"headwater/cmd/internal/report"
)

// printList prints rows for people, or as JSON one a line.
func printList[R report.Row](a *app, headings string, rows []R) error {
	if !a.json {
		return report.List(a.stdout, headings, rows)
	}
	for _, row := range rows {
		if err := report.JSON(a.stdout, row); err != nil {
			return err
		}
	}
	return nil
}

// yamlAsJSON writes the value of a YAML document as JSON.
func yamlAsJSON(w io.Writer, text []byte) error {
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("rules: %w", err)
	}
	return report.JSON(w, value)
}
