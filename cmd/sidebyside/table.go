package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"headwater/cmd/internal/stat"
)

// table is text in columns.
type table struct {
	columns []column
	rows    [][]string
}

type column struct {
	title string
	right bool // numbers stand at the right
}

// gap stands between columns.
const gap = "  "

// write writes the table, with verdicts in colour or without.
func (t *table) write(w io.Writer, colours bool) {
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.title
	}
	widths := t.widths(titles)
	t.writeRow(w, widths, titles, false)
	for _, row := range t.rows {
		t.writeRow(w, widths, row, colours)
	}
}

func (t *table) widths(titles []string) []int {
	widths := make([]int, len(titles))
	for _, row := range append([][]string{titles}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func (t *table) writeRow(w io.Writer, widths []int, row []string, colours bool) {
	var text strings.Builder
	for i, cell := range row {
		padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if i == len(row)-1 && colours {
			cell = coloured(cell)
		}
		if t.columns[i].right {
			text.WriteString(padding + cell + gap)
		} else {
			text.WriteString(cell + padding + gap)
		}
	}
	fmt.Fprintln(w, strings.TrimRight(text.String(), " "))
}

// coloured paints verdicts, and nothing else.
func coloured(cell string) string {
	const green, yellow, red, plain = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[0m"
	switch cell {
	case string(stat.Met):
		return green + cell + plain
	case string(stat.Unclear):
		return yellow + cell + plain
	case string(stat.Missed), invalid:
		return red + cell + plain
	default:
		return cell
	}
}
