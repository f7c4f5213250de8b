// Package content makes the media that measurements on this machine serve, by ffmpeg and headwater ingest, and keeps them
// in the user's cache folder: some 2 GB that are made once.
//
// It knows recipes, which are fixed so that figures of different days compare, and where the answers are that come of
// them. A Library is read only; its methods may be called from many goroutines.
package content

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/cespare/xxhash/v2"

	"headwater/cmd/internal/process"
	"headwater/packager"
)

// Library is a folder of ingested assets. What Open has returned is whole and never changes.
type Library struct {
	dir    string
	assets map[string][]packager.AssetID // by the name of their recipe
}

// Dir is the folder that holds everything, for messages.
func (l *Library) Dir() string { return l.dir }

// Data is the data folder that headwater serves.
func (l *Library) Data() string { return filepath.Join(l.dir, "data") }

// Root is beside it, for a copy that is served as static files; its user fills it.
func (l *Library) Root() string { return filepath.Join(l.dir, "root") }

// Open returns the library in the user's cache, and makes it with the headwater binary when it is not there: some two
// minutes of work, of which tell is told. What is made by other Recipes lies elsewhere.
func Open(ctx context.Context, headwater string, tell func(string)) (*Library, error) {
	home, err := home()
	if err != nil {
		return nil, err
	}
	l := &Library{dir: filepath.Join(home, recipesKey())}
	if err = l.load(); errors.Is(err, os.ErrNotExist) {
		err = l.makeAlone(ctx, headwater, tell)
	}
	if err != nil {
		return nil, fmt.Errorf("content in %s: %w", l.dir, err)
	}
	return l, nil
}

// Lock takes the libraries of this user for this process, until release, and fails when another process has them:
// comparisons must not disturb each other. Reading needs no lock.
func Lock() (release func(), err error) {
	home, err := home()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(home, "lock")
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

// home is where libraries are, below the user's cache folder.
func home() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	home := filepath.Join(cache, "headwater-sidebyside")
	return home, os.MkdirAll(home, 0o755)
}

// stored is raised when what ingest stores of a source has more to it than before.
const stored = 2

// recipesKey names the folder of what all recipes make.
func recipesKey() string {
	digest := xxhash.New()
	fmt.Fprintln(digest, stored)
	for _, r := range recipes {
		fmt.Fprintln(digest, r.name, r.copies, r.pictures(""), r.source("", ""), r.ladder())
	}
	return fmt.Sprintf("%016x", digest.Sum64())
}

// makeAlone makes the library unless another process has made it meanwhile.
func (l *Library) makeAlone(ctx context.Context, headwater string, tell func(string)) error {
	release, err := Lock()
	if err != nil {
		return err
	}
	defer release()
	if err := l.load(); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	tell("making the content in " + l.dir)
	return l.make(ctx, headwater, tell)
}

func (l *Library) load() error {
	listed, err := os.ReadFile(filepath.Join(l.dir, "assets.json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(listed, &l.assets)
}

// make makes everything in a folder beside and renames that last, so that what is there is whole.
func (l *Library) make(ctx context.Context, headwater string, tell func(string)) error {
	part := &Library{dir: l.dir + ".part", assets: map[string][]packager.AssetID{}}
	if err := errors.Join(os.RemoveAll(part.dir), os.MkdirAll(part.Data(), 0o755)); err != nil {
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
	l.assets = part.assets
	return os.Rename(part.dir, l.dir)
}

func (l *Library) makeAssets(ctx context.Context, headwater string, r Recipe) error {
	source, settings := filepath.Join(l.dir, r.name+".mp4"), filepath.Join(l.dir, r.name+".yaml")
	if err := os.WriteFile(settings, []byte(r.ladder()), 0o600); err != nil {
		return err
	}
	pictures := filepath.Join(l.dir, "pictures.mp4")
	if _, err := process.Output(ctx, "ffmpeg", r.pictures(pictures)...); err != nil {
		return err
	}
	if _, err := process.Output(ctx, "ffmpeg", r.source(pictures, source)...); err != nil {
		return err
	}
	files := slices.Repeat([]string{source}, r.copies)
	ids, err := process.Output(ctx, headwater, append([]string{"ingest", "--data", l.Data(), "--config", settings}, files...)...)
	if err != nil {
		return err
	}
	for id := range strings.FieldsSeq(string(ids)) {
		l.assets[r.name] = append(l.assets[r.name], packager.AssetID(id))
	}
	if len(l.assets[r.name]) != r.copies {
		return fmt.Errorf("%s: %d assets came of %d files", r.name, len(l.assets[r.name]), r.copies)
	}
	return errors.Join(os.Remove(pictures), os.Remove(source))
}
