package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Row is a line of a listing. As JSON it is the value itself.
type Row interface {
	// Cells returns its texts for people, in the order of the headings.
	Cells() []string
}

// List writes rows under their headings, for people; nothing when there are none.
func List[R Row](w io.Writer, headings string, rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.ReplaceAll(headings, ", ", "\t"))
	for _, row := range rows {
		cells := row.Cells()
		for i, cell := range cells {
			cells[i] = orDash(Printable(cell))
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	return table.Flush()
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// formatTime writes an instant in UTC to the second; nothing for no instant.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
