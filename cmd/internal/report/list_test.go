package report

import (
	"strings"
	"testing"
	"time"
)

func TestList(t *testing.T) {
	at := time.Date(2026, 12, 24, 18, 0, 0, 0, time.FixedZone("", 3600))
	var out strings.Builder
	err := List(&out, PreviewLinkHeadings, []PreviewLink{
		{ID: "x7k2m4q9", Asset: "film", Created: at, Expires: at.Add(time.Hour), Note: "clear\x1b[2J"},
		{ID: "a", Asset: "shop/film", Created: at},
	})
	want := `ID        ASSET      CREATED               EXPIRES               NOTE
x7k2m4q9  film       2026-12-24T17:00:00Z  2026-12-24T18:00:00Z  clear\x1b[2J
a         shop/film  2026-12-24T17:00:00Z  -                     -
`
	if got := out.String(); err != nil || got != want {
		t.Errorf("got, %v:\n%s", err, got)
	}
	out.Reset()
	if err := List[Key](&out, KeyHeadings, nil); err != nil || out.String() != "" {
		t.Errorf("nothing: %q, %v", out.String(), err)
	}
}

// TestCells holds that there is a cell for each heading.
func TestCells(t *testing.T) {
	f := func(headings string, row Row) {
		t.Helper()
		if want, got := strings.Count(headings, ", ")+1, len(row.Cells()); got != want {
			t.Errorf("%T has %d cells, %d headings", row, got, want)
		}
	}
	f(PreviewLinkHeadings, PreviewLink{})
	f(KeyHeadings, Key{})
	f(RevocationHeadings, Revocation{})
	f(PolicyHeadings, Policy{})
	f(StepHeadings, Step{})
}
