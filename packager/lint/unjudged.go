package lint

import "fmt"

// Unjudged is something that no rule was applied to, and why.
type Unjudged struct{ Where, Why string }

// String returns it in one line.
func (u Unjudged) String() string { return fmt.Sprintf("not judged: %s: %s", u.Where, u.Why) }

// skip notes that what stands at where is not judged.
func (r *report) skip(where, why string) {
	if len(r.unjudged) < maxFindings {
		r.unjudged = append(r.unjudged, Unjudged{where, why})
	}
}
