package content

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"headwater/packager"
)

// The key names a folder of gigabytes: a change of the recipes by accident would have everybody make theirs again.
func TestRecipesKey(t *testing.T) {
	if got, want := recipesKey(), "c9e3029ad6f818f1"; got != want {
		t.Errorf("key %s, want %s", got, want)
	}
}

func TestOpen(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	dir := filepath.Join(cache, "headwater-sidebyside", recipesKey())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	listed := []byte(`{"film":["aaaa","bbbb"]}`)
	if err := os.WriteFile(filepath.Join(dir, "assets.json"), listed, 0o644); err != nil {
		t.Fatal(err)
	}
	release, err := Lock() // what is there can be read beside a comparison
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	l, err := Open(t.Context(), "absent", func(what string) { t.Error(what) })
	if err != nil || l.Dir() != dir || !slices.Equal(l.assets["film"], []packager.AssetID{"aaaa", "bbbb"}) {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := l.Presentations(Film); err == nil || !strings.Contains(err.Error(), "asset aaaa") {
		t.Errorf("without its files: %v", err)
	}
}

// A comparison that runs has whatever is made; a second process must not make it too.
func TestOpen_locked(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	release, err := Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), "absent", func(string) {}); err == nil || !strings.Contains(err.Error(), "another") {
		t.Errorf("%v", err)
	}
	release()
	release, err = Lock()
	if err != nil {
		t.Fatal(err)
	}
	release()
}
