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
		`Error initializing output stream|Finishing stream|Nothing was written|Exiting normally|Last message repeated)`)
	// general are the lines that name the source and an error number's text only.
	general = regexp.MustCompile(`^` + regexp.QuoteMeta(sourceURL) + `: (.*)$`)
	// unlisted is what the library says when a file is of a kind that is not in formats.
	unlisted = regexp.MustCompile(`^\[([^\]@]+) @ 0x[0-9a-f]+\] Format not on whitelist`)
)

// meaningfulLine returns the line of a program's standard error that best says why it failed, without addresses and
// paths of ours: the last that says something of its own, else the last at all. It is empty if there is none.
func meaningfulLine(text string) (best string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if kind := unlisted.FindStringSubmatch(line); kind != nil {
			return "files of the kind " + shorten(kind[1]) + " are not accepted"
		}
		line = component.ReplaceAllString(line, "")
		if named := general.FindStringSubmatch(line); named != nil {
			if best == "" {
				best = named[1]
			}
			continue
		}
		if line != "" && !hollow.MatchString(line) {
			best = line
		}
	}
	return shorten(best)
}

func shorten(line string) string {
	if runes := []rune(line); len(runes) > maxReason {
		return string(runes[:maxReason]) + "…"
	}
	return line
}
