package repolint

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository returns the path of the top and the files that git tracks or would track.
func repository(t *testing.T) (top string, paths []string) {
	t.Helper()
	top, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(top, ".git")); err != nil {
		t.Skip("not a git work tree, so that sources cannot be told from ignored output")
	}
	// The owner of a work tree need not be the user that tests it, as in containers.
	list := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = top
	out, err := list.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	for p := range bytes.SplitSeq(out, []byte{0}) {
		if len(p) > 0 {
			paths = append(paths, string(p))
		}
	}
	return top, paths
}

func TestRepository(t *testing.T) {
	top, paths := repository(t)
	violations := checkLayout(paths)
	for _, p := range paths {
		content, err := os.ReadFile(filepath.Join(top, p))
		if os.IsNotExist(err) {
			continue // deleted, but not yet in the index
		}
		if err != nil {
			t.Fatal(err)
		}
		violations = append(violations, check(file{p, content})...)
	}
	for _, v := range violations {
		t.Error(v)
	}
}

func TestLayout(t *testing.T) {
	var right []string
	for _, entry := range topLevel {
		right = append(right, strings.TrimSuffix(entry, "?"))
	}
	f := func(paths []string, want string) {
		t.Helper()
		var got []string
		for _, v := range checkLayout(paths) {
			got = append(got, v.path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", paths, got, want)
		}
	}
	f(right, "")
	f(right[:len(right)-1], "") // a licence may come later
	f(append(right, ".ci/run", ".gitignore"), "")
	f(append(right, "docs/x.md"), "docs")
	f(right[1:], "cmd")
}

// TestPlanted shows each rule on a source that breaks it, beside its twin that does not.
func TestPlanted(t *testing.T) {
	f := func(path, source, want string) {
		t.Helper()
		violations := check(file{path, []byte(source)})
		switch {
		case want == "" && len(violations) > 0:
			t.Errorf("%s: unexpected: %v", path, violations)
		case want != "" && (len(violations) != 1 || !strings.Contains(violations[0].String(), want)):
			t.Errorf("%s: got %v, want one with %q", path, violations, want)
		}
	}
	imports := func(path, imported, want string) {
		t.Helper()
		f(path, "package x\n\nimport _ \""+imported+"\"\n", want)
	}
	const no = "x.go:3: must not import "
	imports("packager/x.go", "headwater/cmd/internal/config", no)
	imports("ingest/x.go", "headwater/origin", no)
	imports("cmd/internal/wire/x.go", "headwater/origin", "")
	imports("origin/x.go", "headwater/ingest/storage", no)
	imports("origin/httpd/x.go", "headwater/ingest", no)
	imports("origin/console/x.go", "headwater/ingest", no)
	imports("origin/x_test.go", "headwater/ingest", "x_test.go:3: must not import ")
	imports("origin/admin/x.go", "headwater/ingest/catalog", "")
	imports("origin/x.go", "headwater/bench", no)
	imports("cache/x.go", "headwater/packager", no)
	imports("auth/x.go", "headwater/packager", no)
	imports("packager/hls/x.go", "headwater/packager", "")
	imports("packager/x.go", "headwater/cache", no)
	imports("cache/x.go", "headwater/auth", no)
	imports("origin/admin/x.go", "github.com/valyala/fasthttp", no)
	imports("origin/httpd/x.go", "github.com/valyala/fasthttp/fasthttputil", "")
	imports("origin/httpd/x.go", "net/http", no)
	imports("ingest/x.go", "net/http/httptest", no)
	imports("origin/httpd/x_test.go", "net/http", "")
	imports("packager/hls/x.go", "github.com/Eyevinn/mp4ff/mp4", no)
	imports("packager/hls/x_test.go", "github.com/Eyevinn/mp4ff/mp4", "")
	imports("packager/fmp4/x.go", "github.com/Eyevinn/mp4ff/mp4", "")
	imports("origin/x.go", "github.com/dgraph-io/ristretto/v2", no)
	imports("packager/x.go", "go.uber.org/zap", no)
	imports("cache/x.go", "log/slog", no)
	imports("packager/x.go", "logic", "")
	imports("origin/x.go", "database/sql", no)
	imports("ingest/catalog/sqlite/x.go", "modernc.org/sqlite", "")
	imports("cache/x.go", "github.com/prometheus/client_golang/prometheus", no)
	imports("origin/x.go", "os/exec", no)
	imports("ingest/x.go", "github.com/spf13/cobra", no)
	imports("cmd/headwater/x.go", "C", no)

	f("origin/x.go", "package utils\n", "package utils: ")
	f("origin/x_test.go", "package common_test\n", "package common_test: ")
	f("origin/x.go", "package x\nvar  y int\n", "gofmt")
	f("origin/x.go", "package\n", "expected")
	f("origin/x.go", "package x\n"+strings.Repeat("\n// c\n", 251), "lines, at most 500")
	f("origin/x_test.go", "package x\n"+strings.Repeat("\n// c\n", 251), "")
	long := "package x\n\nfunc f() {\n" + strings.Repeat("\tf()\n", 89) + "}\n"
	f("origin/x.go", long, "x.go:3: f has 91 lines, at most 90")
	f("origin/x_test.go", long, "")
	f("origin/x.go", strings.Replace(long, "\tf()\n", "", 1), "")
	f("origin/x.go", "package x\n\n// TO"+"DO: later\n", "x.go:3: marks unfinished work")
	f("README.md", "See `/wo"+"rk/x`.\n", "README.md:1: names a path")
	f("Makefile", "a:\n\tcp /ro"+"ot/.x .\n", "Makefile:2: names a path")
	f("README.md", "https://example.com/wo"+"rk/x and ./ro"+"ot/x\n", "")
	f("cmd/x.bin", "\x00 /wo"+"rk/x", "")
}
