package lint

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedRules: the table in the package comment names rules that there are, and all that come from its sources.
func TestDocumentedRules(t *testing.T) {
	b, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(b), "# From the clauses to the rules")
	known := map[string]bool{}
	for _, rule := range Rules() {
		known[rule.Name] = true
		named := regexp.MustCompile(`\b` + rule.Name + `\b`).MatchString(table)
		if strings.HasPrefix(rule.Clause, apple) && !named {
			t.Errorf("the table lacks %s, of %s", rule.Name, rule.Clause)
		}
	}
	for _, name := range regexp.MustCompile(`\b(hls|dash|cmaf|ts|transport)-[a-z0-9-]+`).FindAllString(table, -1) {
		if !known[name] {
			t.Errorf("the table names %s, which is no rule", name)
		}
	}
}
