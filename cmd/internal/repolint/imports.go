package repolint

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the import path of the repository.
const module = "headwater"

// importRule confines imports to some folders.
type importRule struct {
	// imported are import paths; one that ends in "/..." covers everything below too.
	imported []string
	// in are the folders that may import them, in the same notation.
	in []string
	// tests says that test files may import them anywhere.
	tests bool
	why   string
}

// importRules draw the arrows of the design: cmd knows everything, packager, cache and auth know nobody.
var importRules = []importRule{
	{
		imported: own("cmd"), in: []string{"cmd/..."},
		why: "cmd joins the parts; no part knows how it is joined",
	},
	{
		imported: own("origin"), in: []string{"cmd/...", "origin/..."},
		why: "delivery stands above: what it needs from others it declares as a port, and cmd joins them",
	},
	{
		imported: own("ingest"), in: []string{"cmd/...", "ingest/...", "origin/admin/...", "origin/upload/..."},
		why: "viewers must be served while the control plane is down: declare a port and let cmd join it",
	},
	{
		imported: own("bench"), in: []string{"bench/...", "cmd/..."},
		why: "the load generator measures from outside",
	},
	{
		imported: own("packager"), in: []string{"cmd/...", "origin/...", "ingest/...", "packager/...", "bench/..."},
		why: "cache and auth import no other folder, so that they can be read and tested alone",
	},
	{
		imported: own("cache"), in: []string{"cmd/...", "origin/...", "cache/..."},
		why: "only delivery caches; packager and auth import no other folder",
	},
	{
		imported: own("auth"), in: []string{"cmd/...", "origin/...", "auth/..."},
		why: "only delivery authorises; packager and cache import no other folder",
	},
	{
		imported: []string{"github.com/valyala/fasthttp/..."}, in: []string{"origin", "origin/httpd", "bench/..."},
		why: "its request values must not outlive a handler, so everything that touches them stands in one place",
	},
	{
		imported: []string{"net/http/..."}, tests: true,
		in:  []string{"cmd/...", "origin/admin/...", "origin/upload/...", "origin/console/...", "origin/metrics/..."},
		why: "the control plane alone speaks net/http; viewers are served by fasthttp in origin and origin/httpd",
	},
	{
		imported: []string{"github.com/Eyevinn/mp4ff/..."}, tests: true, in: []string{"packager/fmp4/..."},
		why: "boxes stay behind packager/fmp4, which classifies what the library leaves unclear",
	},
	{
		imported: []string{"github.com/dgraph-io/ristretto/..."}, in: []string{"cache/..."},
		why: "its answers need the care that package cache takes",
	},
	{
		imported: []string{"go.uber.org/zap/...", "log/..."}, tests: true, in: []string{"cmd/...", "origin/...", "ingest/..."},
		why: "packager, cache, auth and bench return errors and never log",
	},
	{
		imported: []string{"database/sql/...", "modernc.org/sqlite/...", "github.com/pressly/goose/..."}, tests: true,
		in:  []string{"ingest/catalog/..."},
		why: "SQL stays behind the catalogue; the viewer plane never opens a database",
	},
	{
		imported: []string{"github.com/prometheus/..."}, tests: true, in: []string{"cmd/...", "origin/metrics/..."},
		why: "packages expose plain Stats; cmd registers them",
	},
	{
		imported: []string{"os/exec"}, tests: true, in: []string{"cmd/...", "ingest/ffmpeg/..."},
		why: "programs are started only where they are contained and bounded",
	},
	{
		imported: []string{"github.com/spf13/..."}, tests: true, in: []string{"cmd/..."},
		why: "parts are configured by values; cmd reads flags",
	},
	{
		imported: []string{"go.yaml.in/..."}, tests: true, in: []string{"cmd/...", "auth"},
		why: "parts are configured by values; cmd reads files, and only the rules of auth are a document of their own",
	},
	{
		imported: []string{"C"},
		why:      "one static binary that builds without a C compiler",
	},
}

// own returns the packages of a top-level folder.
func own(folder string) []string { return []string{module + "/" + folder + "/..."} }

func checkImports(f file, fset *token.FileSet, parsed *ast.File) []violation {
	var violations []violation
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has accepted it
		}
		for _, rule := range importRules {
			if rule.forbids(f, imported) {
				violations = append(violations, violation{f.path, fset.Position(spec.Pos()).Line,
					"must not import " + imported + ": " + rule.why})
			}
		}
	}
	return violations
}

// forbids reports whether f may not import the path.
func (r importRule) forbids(f file, imported string) bool {
	if r.tests && f.isTest() {
		return false
	}
	return matchesAny(r.imported, imported) && !matchesAny(r.in, path.Dir(f.path))
}

// matchesAny reports whether name is one of patterns, or below one that ends in "/...".
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		prefix, below := strings.CutSuffix(pattern, "/...")
		return name == prefix || below && strings.HasPrefix(name, prefix+"/")
	})
}
