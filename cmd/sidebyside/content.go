package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/cespare/xxhash/v2"

	"headwater/packager"
)

// recipe tells how some assets of the same content are made.
type recipe struct {
	name   string
	copies int // assets
	// filter makes the pictures. The noise in them makes the encoder need all of its bit rate.
	filter  string
	seconds int
	kbit    int   // of the source's video; 0 for whatever it needs
	heights []int // of the ladder; the first is the source's own, which is passed through
}

var (
	// film has large segments: 6 s of 5.3 Mbit/s are 4 MB.
	film = recipe{"film", 4, "testsrc2=s=1920x1080:r=25,noise=alls=10:allf=t", 60, 5300, []int{1080}}
	// series has many middling ones, 0.5 MB of video and 100 KB of sound, and a playlist of 100 segments.
	series = recipe{"series", 10, "testsrc2=s=640x360:r=25,noise=alls=10:allf=t", 600, 680, []int{360}}
	// guide has four renditions, for the manifests that list them.
	guide = recipe{"guide", 1, "testsrc=s=426x240:r=25", 600, 0, []int{240, 180, 144, 120}}
)

var recipes = []recipe{film, series, guide}

// encodedSeconds is how much is encoded; longer pictures repeat it, which costs nothing.
const encodedSeconds = 60

// pictures returns the ffmpeg command line that encodes the pictures: a key frame every 2 s.
func (r recipe) pictures(out string) []string {
	args := []string{"-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", r.filter, "-t", fmt.Sprint(encodedSeconds),
		"-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "high", "-pix_fmt", "yuv420p",
		"-g", "50", "-keyint_min", "50", "-sc_threshold", "0"}
	if r.kbit > 0 {
		rate := fmt.Sprintf("%dk", r.kbit)
		args = append(args, "-b:v", rate, "-maxrate", rate, "-bufsize", rate)
	}
	return append(args, out)
}

// source returns the command line that repeats the pictures and adds sound.
func (r recipe) source(pictures, out string) []string {
	return []string{"-nostdin", "-v", "error", "-y", "-stream_loop", fmt.Sprint(r.seconds/encodedSeconds - 1), "-i", pictures,
		"-f", "lavfi", "-i", "anoisesrc=c=pink:r=48000:a=0.3", "-t", fmt.Sprint(r.seconds), "-map", "0:v", "-map", "1:a",
		"-c:v", "copy", "-ac", "2", "-c:a", "aac", "-b:a", "128k", out}
}

// ladder returns the settings under which headwater makes the renditions.
func (r recipe) ladder() string {
	text := "ingest:\n  ladders:\n    - name: default\n      preset: ultrafast\n      rungs:\n"
	for _, height := range r.heights {
		text += fmt.Sprintf("        - {height: %d, codec: avc, crf: 30, max_bit_rate: 6000000, buffer_bits: 9000000}\n", height)
	}
	return text
}

// content is a folder of ingested assets.
type content struct {
	dir    string
	assets map[string][]packager.AssetID // by the name of their recipe
}

func (c *content) data() string { return filepath.Join(c.dir, "data") }

// root is where nginx finds its copy.
func (c *content) root() string { return filepath.Join(c.dir, "root") }

// openContent returns the content in the user's cache, and makes it when it is not there: some two minutes of work.
// What is made by other recipes lies elsewhere. release lets go of the folder, which one process uses at a time.
func openContent(ctx context.Context, headwater string, tell func(string)) (c *content, release func(), err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, nil, err
	}
	home := filepath.Join(cache, "headwater-sidebyside")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, nil, err
	}
	if release, err = lock(filepath.Join(home, "lock")); err != nil {
		return nil, nil, err
	}
	c = &content{dir: filepath.Join(home, recipesKey())}
	if err = c.load(); errors.Is(err, os.ErrNotExist) {
		tell("making the content in " + c.dir)
		err = c.make(ctx, headwater, tell)
	}
	if err != nil {
		release()
		return nil, nil, fmt.Errorf("content in %s: %w", c.dir, err)
	}
	return c, release, nil
}

// recipesKey names the folder of what all recipes make.
func recipesKey() string {
	digest := xxhash.New()
	for _, r := range recipes {
		fmt.Fprintln(digest, r.name, r.copies, r.pictures(""), r.source("", ""), r.ladder())
	}
	return fmt.Sprintf("%016x", digest.Sum64())
}

// lock takes the file for this process, and fails when another has it.
func lock(path string) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w: another comparison is running; wait for its end", path, err)
	}
	return func() { file.Close() }, nil
}

func (c *content) load() error {
	listed, err := os.ReadFile(filepath.Join(c.dir, "assets.json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(listed, &c.assets)
}

// make makes everything in a folder beside and renames that last, so that what is there is whole.
func (c *content) make(ctx context.Context, headwater string, tell func(string)) error {
	part := &content{dir: c.dir + ".part", assets: map[string][]packager.AssetID{}}
	if err := errors.Join(os.RemoveAll(part.dir), os.MkdirAll(part.data(), 0o755)); err != nil {
		return err
	}
	for _, r := range recipes {
		tell(fmt.Sprintf("making %s: %d of %d s", r.name, r.copies, r.seconds))
		if err := part.makeAssets(ctx, headwater, r); err != nil {
			return err
		}
	}
	listed, err := json.Marshal(part.assets)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(part.dir, "assets.json"), listed, 0o600); err != nil {
		return err
	}
	c.assets = part.assets
	return os.Rename(part.dir, c.dir)
}

func (c *content) makeAssets(ctx context.Context, headwater string, r recipe) error {
	source, settings := filepath.Join(c.dir, r.name+".mp4"), filepath.Join(c.dir, r.name+".yaml")
	if err := os.WriteFile(settings, []byte(r.ladder()), 0o600); err != nil {
		return err
	}
	pictures := filepath.Join(c.dir, "pictures.mp4")
	if _, err := output(ctx, "ffmpeg", r.pictures(pictures)...); err != nil {
		return err
	}
	if _, err := output(ctx, "ffmpeg", r.source(pictures, source)...); err != nil {
		return err
	}
	files := slices.Repeat([]string{source}, r.copies)
	ids, err := output(ctx, headwater, append([]string{"ingest", "--data", c.data(), "--config", settings}, files...)...)
	if err != nil {
		return err
	}
	for id := range strings.FieldsSeq(string(ids)) {
		c.assets[r.name] = append(c.assets[r.name], packager.AssetID(id))
	}
	if len(c.assets[r.name]) != r.copies {
		return fmt.Errorf("%s: %d assets came of %d files", r.name, len(c.assets[r.name]), r.copies)
	}
	return errors.Join(os.Remove(pictures), os.Remove(source))
}

// output runs a program to its end and returns its standard output; its standard error ends up in the error.
func output(ctx context.Context, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(program), err, lastLine(&stderr))
	}
	return out, nil
}

func lastLine(text *bytes.Buffer) string {
	all, _ := io.ReadAll(text) // a buffer never fails
	all = bytes.TrimSpace(all)
	return string(all[bytes.LastIndexByte(all, '\n')+1:])
}

// presentation reads the current generation of an asset from the data folder.
func (c *content) presentation(asset packager.AssetID) (*packager.Presentation, error) {
	dir := filepath.Join(c.data(), "objects", "assets", string(asset))
	record, err := os.ReadFile(filepath.Join(dir, "record.json"))
	if err != nil {
		return nil, err
	}
	var current struct{ Generation uint32 }
	if err := json.Unmarshal(record, &current); err != nil {
		return nil, err
	}
	index, err := os.ReadFile(filepath.Join(dir, "generations", fmt.Sprintf("%d.idx", current.Generation)))
	if err != nil {
		return nil, err
	}
	return packager.ParseIndex(index)
}
