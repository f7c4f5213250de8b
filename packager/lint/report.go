package lint

import "fmt"

// maxFindings bounds a report: whoever reads it starts at the top.
const maxFindings = 1000

// report collects findings.
type report struct {
	findings []Finding
	unjudged []Unjudged
}

// add reports that id is broken at where.
func (r *report) add(id ruleID, where, format string, args ...any) {
	if len(r.findings) >= maxFindings {
		return
	}
	r.findings = append(r.findings, Finding{
		Rule:     rules[id].Name,
		Severity: rules[id].Severity,
		Where:    where,
		Problem:  fmt.Sprintf(format, args...),
		Cure:     rules[id].Cure,
		Encoded:  id == hlsKeyFrames || id == hlsSegmentDuration || id == hlsPeak,
	})
}

// unless adds a finding where ok is false.
func (r *report) unless(ok bool, id ruleID, where, format string, args ...any) {
	if !ok {
		r.add(id, where, format, args...)
	}
}
