package ffmpeg

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMend joins two transport streams that both begin at the same time: mended, the second follows the first.
func TestMend(t *testing.T) {
	dir := t.TempDir()
	piece := filepath.Join(dir, "piece.ts")
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=128x72:r=25:d=2",
		"-f", "lavfi", "-i", "sine=d=2", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", piece).CombinedOutput()
	if err != nil {
		t.Fatal(err, string(out))
	}
	part, err := os.ReadFile(piece)
	if err != nil {
		t.Fatal(err)
	}
	probe := func(name string, content []byte) (*os.File, Source) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o444); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		s, err := Probe(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		return file, s
	}
	if _, s := probe("one.ts", part); s.Restarts() {
		t.Error("one piece restarts")
	}
	file, s := probe("joined.ts", bytes.Repeat(part, 2))
	if !s.Restarts() {
		t.Fatal("two pieces do not restart")
	}
	var mended bytes.Buffer
	if err := Mend(t.Context(), file, &s, &mended, Limits{}); err != nil {
		t.Fatal(err)
	}
	_, m := probe("mended.nut", mended.Bytes())
	if length := m.Video.TimeBase.Seconds(m.Video.End - m.Video.Start); m.Restarts() || m.Video.Packets != 100 || length < 3.95 || length > 4.05 || len(m.Audio) != 1 {
		t.Errorf("mended: %d packets in %v s, %d audio streams", m.Video.Packets, length, len(m.Audio))
	}
}
