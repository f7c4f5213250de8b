package ingest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"headwater/ingest"
	"headwater/ingest/ffmpeg/sandbox"
	"headwater/ingest/storage/mem"
)

func TestMain(m *testing.M) {
	sandbox.Main() // ffmpeg runs behind a stage of this very program
	os.Exit(m.Run())
}

// Sound that is kept may turn out to be none that can be stored: by ffmpeg, which refuses to write it, or when all of it has
// been read. The asset is whole without it.
func TestIngest_LeavesOutSoundThatCannotBeKept(t *testing.T) {
	f := func(name, want string, warnings int, parts ...[]string) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			lib := openLibrary(t, dir, &mem.Store{})
			cfg := ingest.NewDefaultConfig()
			cfg.Ladders[0].PassthroughAudio = []string{"ac3", "mp3"}
			core, logs := observer.New(zap.WarnLevel)
			in, err := ingest.NewIngester(cfg, lib.catalog, lib.store, lib.scratch, lib.Publisher, zap.New(core))
			must(t, err)
			result, err := in.Ingest(t.Context(), joined(t, filepath.Join(dir, name), parts...), ingest.Intent{}, nil)
			must(t, err)
			var codecs []string
			for i := range result.Presentation.Tracks {
				codecs = append(codecs, result.Presentation.Tracks[i].Codec)
			}
			if got := strings.Join(codecs, " "); got != want {
				t.Errorf("tracks %s, want %s", got, want)
			}
			if got := logs.FilterMessage("sound of the source not kept").Len(); got != warnings {
				t.Errorf("%d warnings, want %d", got, warnings)
			}
			wantEmpty(t, lib.scratchDir)
		})
	}
	f("stays.ac3", "mp4a.40.2 ac-3", 0, []string{"-c:a", "ac3", "-ac", "2"})
	f("changes.ac3", "mp4a.40.2", 1, []string{"-c:a", "ac3", "-ac", "2"}, []string{"-c:a", "ac3", "-ac", "1"})
	f("rate without a place in MP4.mp3", "mp4a.40.2", 1, []string{"-c:a", "libmp3lame", "-ar", "8000"})
}

// joined makes a file of parts of 1 s of sound, one behind the other.
func joined(t *testing.T, path string, parts ...[]string) string {
	t.Helper()
	var whole bytes.Buffer
	for _, args := range parts {
		args = append([]string{"-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "sine=r=48000:d=1"}, append(args, path)...)
		if out, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		part, err := os.ReadFile(path)
		must(t, err)
		whole.Write(part)
	}
	must(t, os.WriteFile(path, whole.Bytes(), 0o644))
	return path
}
