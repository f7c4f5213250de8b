package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"headwater/packager"
)

// checkIFrames demands that the first, the middle and the last entry of the I-frame playlist of t each decode to one picture,
// the one that begins its fragment in what is stored.
func (r *row) checkIFrames(ctx context.Context, s *server, p *packager.Presentation, t *packager.Track, stored frames) {
	list := s.url(p.Asset, packager.Resource{Kind: packager.HLSIFrames, Track: t.ID})
	answer, err := fetch(ctx, list)
	if err != nil {
		r.problem("%s I-frames: %v", t.ID, err)
		return
	}
	entries := readIFrames(string(answer.Body))
	if len(entries) != len(t.Fragments) {
		r.problem("%s I-frames: %d of %d fragments", t.ID, len(entries), len(t.Fragments))
		return
	}
	init, err := fetch(ctx, s.url(p.Asset, packager.Resource{Kind: packager.InitSegment, Track: t.ID}))
	if err != nil {
		r.problem("%s I-frames: %v", t.ID, err)
		return
	}
	for _, i := range []int{0, len(entries) / 2, len(entries) - 1} {
		if err := checkIFrame(ctx, list, init.Body, entries[i], t, i, stored); err != nil {
			r.problem("%s I-frame %d: %v", t.ID, i, err)
		}
	}
	r.forms++
}

// iframe is an entry of an I-frame playlist.
type iframe struct {
	uri          string
	size, offset int64
}

func readIFrames(playlist string) (entries []iframe) {
	var next iframe
	for line := range strings.Lines(playlist) {
		line = strings.TrimSpace(line)
		if value, ok := strings.CutPrefix(line, "#EXT-X-BYTERANGE:"); ok {
			_, _ = fmt.Sscanf(value, "%d@%d", &next.size, &next.offset) // what is no range decodes to nothing
		} else if line != "" && line[0] != '#' {
			next.uri = line
			entries, next = append(entries, next), iframe{}
		}
	}
	return entries
}

func checkIFrame(ctx context.Context, list string, init []byte, entry iframe, t *packager.Track, number int, stored frames) error {
	body, err := fetchRange(ctx, list, entry)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "headwater-iframe-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "iframe.mp4")
	if err := os.WriteFile(file, append(init[:len(init):len(init)], body...), 0o600); err != nil {
		return err
	}
	// ffmpeg complains of the samples that the range leaves out.
	decoded, _, err := decodeLoudly(ctx, file, "0:0")
	if err != nil {
		return err
	}
	first := 0
	for _, f := range t.Fragments[:number] {
		first += int(f.Samples)
	}
	if got := decoded[0].hashes; len(got) != 1 || first >= len(stored.hashes) || got[0] != stored.hashes[first] {
		return fmt.Errorf("decodes to %d pictures, or not to picture %d of what is stored", len(got), first)
	}
	return nil
}
