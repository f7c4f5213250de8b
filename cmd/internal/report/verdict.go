package report

import (
	"bufio"
	"fmt"
	"io"

	"headwater/packager/lint"
)

// placesShown bounds the places of one rule in the text; the JSON has all.
const placesShown = 10

// Verdict is what the linter says about manifests.
type Verdict struct {
	lint.Verdict
	Bytes int64 // that were read
}

// Broken is a finding in JSON.
type Broken struct {
	Kind     string `json:"kind"` // finding
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // must or should
	Clause   string `json:"clause"`
	Where    string `json:"where"`
	Problem  string `json:"problem"`
	Cure     string `json:"cure"`
}

// Skipped is in JSON what no rule was applied to.
type Skipped struct {
	Kind  string `json:"kind"` // not_judged
	Where string `json:"where"`
	Why   string `json:"why"`
}

// Judged is the last value in JSON.
type Judged struct {
	Kind      string `json:"kind"` // summary
	Findings  int    `json:"findings"`
	Must      int    `json:"must"`
	Should    int    `json:"should"`
	NotJudged int    `json:"not_judged"`
	Tracks    int    `json:"tracks"`
	Fetched   int    `json:"fetched"`
	Bytes     int64  `json:"bytes"`
}

func (v *Verdict) summary() Judged {
	s := Judged{
		Kind: "summary", Findings: len(v.Findings), NotJudged: len(v.Unjudged),
		Tracks: v.Tracks, Fetched: v.Fetched, Bytes: v.Bytes,
	}
	for _, f := range v.Findings {
		if f.Severity == lint.Must {
			s.Must++
		}
	}
	s.Should = s.Findings - s.Must
	return s
}

// JSON writes the findings, what was not judged and a summary, a value a line.
func (v *Verdict) JSON(w io.Writer) error {
	clauses := map[string]string{}
	for _, rule := range lint.Rules() {
		clauses[rule.Name] = rule.Clause
	}
	for _, f := range v.Findings {
		err := JSON(w, Broken{"finding", f.Rule, f.Severity.String(), clauses[f.Rule], f.Where, f.Problem, f.Cure})
		if err != nil {
			return err
		}
	}
	for _, u := range v.Unjudged {
		if err := JSON(w, Skipped{"not_judged", u.Where, u.Why}); err != nil {
			return err
		}
	}
	return JSON(w, v.summary())
}

// Text writes the findings by rule, with clause and cure, then what was not judged, then a summary.
func (v *Verdict) Text(w io.Writer) error {
	out := bufio.NewWriter(w)
	byRule := map[string][]lint.Finding{}
	for _, f := range v.Findings {
		byRule[f.Rule] = append(byRule[f.Rule], f)
	}
	for _, rule := range lint.Rules() {
		if found := byRule[rule.Name]; len(found) > 0 {
			writeRule(out, rule, found)
		}
	}
	if len(v.Unjudged) > 0 {
		fmt.Fprintln(out, "not judged")
		for i, u := range v.Unjudged {
			if writeMore(out, i, len(v.Unjudged)) {
				break
			}
			fmt.Fprintf(out, "  %s: %s\n", Printable(u.Where), Printable(u.Why))
		}
		fmt.Fprintln(out)
	}
	s := v.summary()
	fmt.Fprintf(out, "%s (%d must, %d should), %d not judged; %s, %s, %.1f MB\n", plural(s.Findings, "finding"), s.Must, s.Should,
		s.NotJudged, plural(s.Tracks, "track"), plural(s.Fetched, "request"), float64(s.Bytes)/1e6)
	return out.Flush()
}

func writeRule(out io.Writer, rule lint.Rule, found []lint.Finding) {
	fmt.Fprintf(out, "%s (%s, %s)\n  cure: %s\n", rule.Name, rule.Severity, rule.Clause, rule.Cure)
	for i, f := range found {
		if writeMore(out, i, len(found)) {
			break
		}
		fmt.Fprintf(out, "  %s\n      %s\n", Printable(f.Where), Printable(f.Problem))
	}
	fmt.Fprintln(out)
}

// writeMore says how many places are left out, once enough were shown.
func writeMore(out io.Writer, shown, total int) bool {
	if shown < placesShown || total == placesShown+1 {
		return false
	}
	fmt.Fprintf(out, "  … and %d more\n", total-shown)
	return true
}
