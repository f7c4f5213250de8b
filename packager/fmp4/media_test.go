package fmp4

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// muxed are the arguments that end every encode of the service: one track as fragmented MP4 with the source's
// timestamps.
var muxed = strings.Fields("-copyts -avoid_negative_ts disabled -use_editlist 0 " +
	"-movflags +frag_discont+empty_moov+default_base_moof -frag_duration 1000000 -strict experimental -f mp4 pipe:1")

// encode runs ffmpeg with args and returns what it muxed.
func encode(t testing.TB, args ...string) []byte {
	t.Helper()
	return ffmpeg(t, append(args, muxed...)...)
}

// ffmpeg runs ffmpeg, which must not complain, and returns its output.
func ffmpeg(t testing.TB, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("ffmpeg", append([]string{"-v", "warning", "-nostdin", "-y"}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.Bytes()
}

// decoded returns the hash of each decoded frame, in order, and demands that ffmpeg decodes file without a word.
func decoded(t testing.TB, file []byte) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "media.mp4")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("ffmpeg", "-v", "warning", "-nostdin", "-i", path, "-fps_mode", "passthrough", "-f", "framehash",
		"-hash", "md5", "-")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Fatalf("decoding: %v\n%s", err, stderr.String())
	}
	var hashes []string
	for line := range strings.Lines(stdout.String()) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, ",")
		hashes = append(hashes, strings.TrimSpace(fields[len(fields)-1]))
	}
	return hashes
}

// remux returns one stream of a file, selected as in "v:0", muxed without encoding.
func remux(path, selection string) ([]byte, error) {
	args := []string{"-v", "error", "-nostdin", "-i", path, "-map", "0:" + selection, "-c", "copy", "-movflags", "+delay_moov"}
	return exec.Command("ffmpeg", append(args, muxed...)...).Output()
}
