package main

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"headwater/packager"
)

// Bounds of the issue for files that must be refused.
const (
	refuseWithin  = 30 * time.Second
	refuseInBytes = 1 << 30
)

// longestCut is how much sound after the last picture may be cut off, in seconds.
const longestCut = 0.5

// row is what was found out about one file.
type row struct {
	name     string
	notes    []string // facts for the table
	forms    int      // that were decoded
	judged   int      // resources that were linted
	problems []string
}

func (r *row) problem(format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
}

func (r *row) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// refuse checks that a hostile file is refused with one line of reason, in time and memory, and leaves nothing behind.
func (r *row) refuse(ctx context.Context, hw headwater, file string) {
	in := hw.ingest(ctx, file)
	r.note("%.1f s", in.wall.Seconds())
	r.note("%d MiB", in.maxRSSBytes>>20)
	if in.err == nil {
		r.problem("was accepted as %s", in.asset)
		return
	}
	if lines := nonEmptyLines(in.stderr); len(lines) == 0 {
		r.problem("no reason given")
	} else {
		r.note("%s", lines[len(lines)-1])
	}
	if strings.Contains(in.stderr, "panic") || strings.Contains(in.stderr, "goroutine ") {
		r.problem("crashed: %s", in.stderr)
	}
	if in.wall > refuseWithin || in.maxRSSBytes > refuseInBytes {
		r.problem("took %v and %d MiB", in.wall, in.maxRSSBytes>>20)
	}
	for _, left := range leftovers(hw.data) {
		r.problem("left %s behind", left)
	}
}

// leftovers lists scratch files, and objects of assets that have no record.
func leftovers(data string) (left []string) {
	_ = filepath.WalkDir(filepath.Join(data, "scratch"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left = append(left, path)
		}
		return nil
	})
	assets, _ := filepath.Glob(filepath.Join(data, "objects", "assets", "*"))
	for _, asset := range assets {
		if records, _ := filepath.Glob(filepath.Join(asset, "record.json")); len(records) == 0 {
			left = append(left, asset)
		}
	}
	return left
}

// play ingests a file and checks everything that comes back.
func (r *row) play(ctx context.Context, hw headwater, s *server, file string) {
	in := hw.ingest(ctx, file)
	if in.err != nil {
		r.problem("ingest: %v: %s", in.err, in.stderr)
		return
	}
	p, err := hw.presentation(in.asset)
	if err != nil {
		r.problem("index: %v", err)
		return
	}
	r.note("gen %d", p.Generation)
	r.note("%d tracks", len(p.Tracks))
	if err := s.announced(ctx, in.asset); err != nil {
		r.problem("%v", err)
		return
	}
	source, err := examine(ctx, file)
	if err != nil {
		r.problem("source: %v", err)
		return
	}
	r.checkTracks(ctx, hw, s, source, p)
	r.checkWhole(ctx, s, source, p)
	r.lint(ctx, s, p)
	r.note("%d linted", r.judged)
	r.note("ingest %.1f s", in.wall.Seconds())
}

// checkTracks compares each track as stored with the source, and with every form in which it is delivered.
func (r *row) checkTracks(ctx context.Context, hw headwater, s *server, source *source, p *packager.Presentation) {
	all := map[packager.TrackID]frames{}
	for i := range p.Tracks {
		t := &p.Tracks[i]
		stored, err := decode(ctx, source.loud, hw.trackFile(p.Asset, t.ID), "0:0")
		if err != nil {
			r.problem("%s stored: %v", t.ID, err)
			continue
		}
		if source.loud {
			r.noteOnce("damaged source")
			continue // what a decoder makes of damage differs from run to run
		}
		all[t.ID] = stored[0]
		r.checkForms(ctx, s, source, p, t, stored[0])
		if t.Kind == packager.Video {
			r.compareVideo(source, t, stored[0])
		} else {
			r.compareAudio(ctx, source, t, hw.trackFile(p.Asset, t.ID), p)
		}
	}
	if len(all) == len(p.Tracks) {
		r.checkPairs(ctx, s, source, p, all)
	}
	r.note("%d forms", r.forms)
}

// compare demands the same pictures or sound at the same times.
func (r *row) compare(t *packager.Track, f form, stored, streamed frames) {
	if len(stored.hashes) == 0 || !slices.Equal(stored.hashes, streamed.hashes) {
		r.problem("%s: %d frames stored, %d in %s, or other content", t.ID, len(stored.hashes), len(streamed.hashes), f.name)
		return
	}
	if off := stored.farthest(streamed); off > 0.001+f.early {
		r.problem("%s: %s is off by %.4f s", t.ID, f.name, off)
	}
}

func (r *row) compareVideo(source *source, t *packager.Track, stored frames) {
	want := source.video
	if want == nil {
		r.problem("%s: video from a source without", t.ID)
		return
	}
	held := source.tail > longestCut // the last picture stands for as long as the sound goes on
	if source.frameRate > 61 {
		r.noteOnce("%d of %d frames at %.0f Hz", len(stored.times), len(want.times), source.frameRate)
	} else if off := want.farthest(stored); off > 0.0015 || len(stored.times) != len(want.times) && !(held && len(stored.times) > len(want.times)) {
		r.problem("%s: %d frames, source %d, times off by %.4f s", t.ID, len(stored.times), len(want.times), off)
	}
	got, wanted := float64(t.Duration())/float64(t.Timescale), want.duration()
	if held {
		wanted += source.tail
	}
	if off := got - wanted; off > want.frame()+0.001 || -off > want.frame()+0.001 {
		r.problem("%s: lasts %.4f s, source %.4f s", t.ID, got, wanted)
	}
	r.noteOnce("%d frames", len(stored.times))
	r.noteOnce("%+.1f ms", (got-wanted)*1000)
}

func (r *row) noteOnce(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); !slices.Contains(r.notes, note) {
		r.notes = append(r.notes, note)
	}
}

// compareAudio finds the source stream that a track was made from by its sound, and demands the same offset to the
// picture within a millisecond.
func (r *row) compareAudio(ctx context.Context, source *source, t *packager.Track, file string, p *packager.Presentation) {
	got, err := soundOf(ctx, file, "0:0", 0)
	if err != nil {
		r.problem("%s: %v", t.ID, err)
		return
	}
	best := match{}
	for _, candidate := range source.audio {
		if m := align(candidate, got); m.correlation >= best.correlation {
			best = m
		}
	}
	switch {
	case best.silent:
		r.noteOnce("silent start")
	case best.correlation < 0.5:
		r.problem("%s: sounds like no stream of the source (correlation %.2f)", t.ID, best.correlation)
	case best.lag > 0.001 || best.lag < -0.001:
		r.problem("%s: sound is %+.2f ms off", t.ID, best.lag*1000)
	default:
		r.noteOnce("sync %+.2f ms", best.lag*1000)
	}
	end, slack := float64(t.Duration())/float64(t.Timescale), 0.001
	if t.Codec != "mp4a.40.2" { // packets of the source are kept where they end within half of one of the pictures
		slack += float64(t.Audio.FrameSamples) / float64(t.Audio.SampleRate) / 2
	}
	if pictures := float64(p.Grid.End()) / float64(p.Grid.Timescale); end < pictures-slack || end > pictures+0.15 {
		r.problem("%s: ends at %.3f s, the presentation at %.3f s", t.ID, end, pictures)
	}
}

// checkWhole plays the entry manifests as a player with default choices does.
func (r *row) checkWhole(ctx context.Context, s *server, source *source, p *packager.Presentation) {
	kinds := []packager.ResourceKind{
		packager.HLSMaster, packager.DASHManifest, packager.ByteRangeMaster, packager.OnDemandManifest, packager.Download,
	}
	unseen := func(t packager.Track) bool { return t.InTransportStreams() && !recognised(p, &t) }
	if carriesTransport(p) && !slices.ContainsFunc(p.Tracks, unseen) {
		kinds = append(kinds, packager.TSMaster)
	}
	for _, kind := range kinds {
		url := s.url(p.Asset, packager.Resource{Kind: kind})
		// The pictures keep their own times: ffmpeg would complain of rounding them to its idea of a frame rate.
		cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "warning", "-analyzeduration", patience, "-i", url,
			"-fps_mode", "passthrough", "-enc_time_base:v", "-1", "-f", "null", "-")
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 && !source.loud {
			r.problem("%s: %v: %s", url, err, firstLine(string(out)))
		}
	}
}

func nonEmptyLines(text string) (lines []string) {
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		if strings.TrimSpace(s.Text()) != "" {
			lines = append(lines, s.Text())
		}
	}
	return lines
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
