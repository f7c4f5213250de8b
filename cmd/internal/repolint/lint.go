package repolint

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// file is one file of the repository.
type file struct {
	path    string // from the top, with slashes
	content []byte
}

// violation is one place that breaks a rule.
type violation struct {
	path string
	line int // 0 for the file as a whole
	why  string
}

// String returns the violation as compilers write errors.
func (v violation) String() string {
	if v.line == 0 {
		return v.path + ": " + v.why
	}
	return fmt.Sprintf("%s:%d: %s", v.path, v.line, v.why)
}

func (f file) isGo() bool   { return path.Ext(f.path) == ".go" }
func (f file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// check applies every rule that looks at one file.
func check(f file) []violation {
	violations := checkPaths(f)
	if !f.isGo() {
		return violations
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, f.path, f.content, parser.ParseComments)
	if err != nil {
		return append(violations, violation{f.path, 0, err.Error()})
	}
	violations = append(violations, checkFormat(f)...)
	violations = append(violations, checkImports(f, fset, parsed)...)
	violations = append(violations, checkName(f, parsed)...)
	if !f.isTest() {
		violations = append(violations, checkSizes(f, fset, parsed)...)
		violations = append(violations, checkMarks(f)...)
	}
	return violations
}

// topLevel is what may stand at the top beside dotfiles; optional entries end in '?'.
var topLevel = []string{
	"cmd", "origin", "packager", "cache", "auth", "ingest", "bench", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE?",
}

// checkLayout compares the top of the repository with topLevel.
func checkLayout(paths []string) []violation {
	present := map[string]bool{}
	for _, p := range paths {
		top, _, _ := strings.Cut(p, "/")
		present[top] = true
	}
	var violations []violation
	for _, entry := range topLevel {
		name, optional := strings.CutSuffix(entry, "?")
		if !present[name] && !optional {
			violations = append(violations, violation{name, 0, "is missing: the top level is fixed"})
		}
		delete(present, name)
	}
	for name := range present {
		if !strings.HasPrefix(name, ".") {
			violations = append(violations, violation{name, 0, "does not belong here: the top level is fixed, so that everybody finds their way"})
		}
	}
	return violations
}

// checkFormat wants what gofmt writes.
func checkFormat(f file) []violation {
	formatted, err := format.Source(f.content)
	if err != nil || !bytes.Equal(formatted, f.content) {
		return []violation{{f.path, 0, "is not as gofmt writes it; run gofmt -w " + f.path}}
	}
	return nil
}

// vagueNames are package names that say nothing about what is inside, and therefore collect everything.
var vagueNames = []string{
	"base", "common", "helper", "helpers", "lib", "misc", "model", "models", "shared", "types", "util", "utils",
}

func checkName(f file, parsed *ast.File) []violation {
	if !slices.Contains(vagueNames, strings.TrimSuffix(parsed.Name.Name, "_test")) {
		return nil
	}
	return []violation{{f.path, 0, "package " + parsed.Name.Name + ": name a package after what it provides; such a name collects everything"}}
}

// Limits of what one reader can hold in mind at once.
const (
	maxFileLines     = 500
	maxFunctionLines = 90
)

func checkSizes(f file, fset *token.FileSet, parsed *ast.File) []violation {
	var violations []violation
	if lines := bytes.Count(f.content, []byte("\n")); lines > maxFileLines {
		violations = append(violations, violation{f.path, 0,
			fmt.Sprintf("%d lines, at most %d: split it where it holds two things", lines, maxFileLines)})
	}
	for _, declaration := range parsed.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		first, last := fset.Position(function.Pos()).Line, fset.Position(function.End()).Line
		if lines := last - first + 1; lines > maxFunctionLines {
			violations = append(violations, violation{f.path, first,
				fmt.Sprintf("%s has %d lines, at most %d: name its parts", function.Name.Name, lines, maxFunctionLines)})
		}
	}
	return violations
}

// unfinished matches the marks that stand for work that was put off.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\b`)

func checkMarks(f file) []violation {
	return matches(f, unfinished, "marks unfinished work: finish it, or write an issue")
}

// machinePath matches absolute paths into places that exist only on somebody's machine.
var machinePath = regexp.MustCompile(`(^|[^A-Za-z0-9_./-])/(work|root|Users|home)/[A-Za-z0-9_.]`)

func checkPaths(f file) []violation {
	if bytes.IndexByte(f.content, 0) >= 0 {
		return nil // not text
	}
	return matches(f, machinePath, "names a path of one machine; nobody else has it")
}

// matches returns a violation for each line of f that pattern matches.
func matches(f file, pattern *regexp.Regexp, why string) []violation {
	var violations []violation
	line := 0
	for text := range bytes.Lines(f.content) {
		line++
		if pattern.Match(text) {
			violations = append(violations, violation{f.path, line, why})
		}
	}
	return violations
}
