package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"headwater/cmd/internal/config"
	"headwater/ingest/ffmpeg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	testscript.Main(m, map[string]func(){"headwater": main})
}

// TestScripts runs the command line as a user does: testdata/script/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"assets": makeAssets, "web": serveFolder},
	})
}

// serveFolder serves a folder over HTTP until the script ends; $URL is where.
func serveFolder(ts *testscript.TestScript, _ bool, args []string) {
	server := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	ts.Defer(server.Close)
	ts.Setenv("URL", server.URL)
}

// TestSampleFile compares the committed sample with the table of settings.
func TestSampleFile(t *testing.T) {
	const path = "headwater.yaml"
	if *update {
		if err := os.WriteFile(path, config.Sample(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(committed) != string(config.Sample()) {
		t.Errorf("%s differs from print-config --sample; run go test ./cmd/headwater -update", path)
	}
}
