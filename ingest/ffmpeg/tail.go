package ffmpeg

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// maxTail is how much of a program's standard error is kept.
const maxTail = 4 << 10

// tail keeps the last bytes written to it. Its zero value is ready; it is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

// Write keeps the end of p and never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p[max(len(p)-maxTail, 0):]...)
	if extra := len(t.kept) - maxTail; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(p), nil
}

// String returns what was kept as valid UTF-8 without control characters other than line feeds.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.ReplaceAll(strings.ToValidUTF8(string(t.kept), "?"), "\r", "\n")
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// maxReason bounds a reason in characters, because parts of it may come from the file.
const maxReason = 200

var (
	// component is what ffmpeg puts before a line: "[mov,mp4 @ 0x55d0c8] ".
	component = regexp.MustCompile(`^(\[[^\]]* @ 0x[0-9a-f]+\] ?)+`)
	// hollow are lines that follow the real cause and do not say it.
	hollow = regexp.MustCompile(`^(Conversion failed!|Error while (filtering|processing|opening encoder)|` +
		`Error initializing output stream|Finishing stream|Nothing was written|Exiting normally| *Last message repeated)`)
)

// lastMeaningfulLine returns the line of a program's standard error that best says why it failed, without addresses
// and paths of ours; empty if there is none.
func lastMeaningfulLine(text string) string {
	lines := strings.Split(text, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := component.ReplaceAllString(strings.TrimSpace(lines[i]), "")
		line = strings.TrimSpace(strings.ReplaceAll(line, sourceURL+":", ""))
		if line == "" || hollow.MatchString(line) {
			continue
		}
		if runes := []rune(line); len(runes) > maxReason {
			line = string(runes[:maxReason]) + "…"
		}
		return line
	}
	return ""
}
