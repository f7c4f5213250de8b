package storage_test

import (
	"path"
	"strings"
	"testing"

	"headwater/ingest/storage"
)

// FuzzCheckKey holds that an accepted key is a clean relative path that stays below its folder and has no other form.
func FuzzCheckKey(f *testing.F) {
	for _, key := range []string{"a", "assets/a1/tracks/v-1.mp4", "", "/", "a//b", "../a", "a/./b", ".tmp/x", "a\x00b", "é"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if storage.CheckKey(key) != nil {
			return
		}
		if key != path.Clean(key) || path.IsAbs(key) || key[0] == '.' || strings.Contains(key, "/.") || key != strings.ToLower(key) {
			t.Errorf("accepted %q", key)
		}
	})
}
