package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"headwater/ingest/storage"
)

// List implements [storage.Store]. It reads only the folders that can hold a key of the page.
func (s *Store) List(ctx context.Context, prefix, after string, limit int) ([]storage.Info, error) {
	if err := storage.CheckLimit(limit); err != nil {
		return nil, err
	}
	l := lister{store: s, prefix: prefix, after: after, limit: limit}
	if folder := path.Dir(prefix + "x"); folder == "." || storage.CheckKey(folder) == nil {
		if err := l.walk(ctx, folder); err != nil {
			return nil, fmt.Errorf("list %q: %w", prefix, classifyRead(err))
		}
	}
	return l.found, nil
}

// lister collects one page.
type lister struct {
	store         *Store
	prefix, after string
	limit         int
	found         []storage.Info
}

// walk collects what lies below folder. Keys sort by their bytes, '/' among them, so that a folder sorts as its name
// with a slash: "a-b" comes before "a/b".
func (l *lister) walk(ctx context.Context, folder string) error {
	names, err := l.names(folder)
	if err != nil {
		return err
	}
	for _, key := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(l.found) == l.limit {
			return nil
		}
		if sub, ok := strings.CutSuffix(key, "/"); !ok {
			err = l.add(key)
		} else if l.mayHold(key) {
			err = l.walk(ctx, sub)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// names returns the keys of the files in folder, and those of its folders with a slash behind, sorted.
func (l *lister) names(folder string) ([]string, error) {
	f, err := l.store.root.OpenFile(folder, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		key := path.Join(folder, e.Name())
		switch {
		case storage.CheckKey(key) != nil: // not an object
		case e.IsDir():
			names = append(names, key+"/")
		case e.Type().IsRegular():
			names = append(names, key)
		}
	}
	slices.Sort(names)
	return names, nil
}

// mayHold reports whether a key of the page can begin with folder, which ends with a slash.
func (l *lister) mayHold(folder string) bool {
	inPrefix := strings.HasPrefix(folder, l.prefix) || strings.HasPrefix(l.prefix, folder)
	return inPrefix && (folder > l.after || strings.HasPrefix(l.after, folder))
}

func (l *lister) add(key string) error {
	if !strings.HasPrefix(key, l.prefix) || key <= l.after {
		return nil
	}
	info, err := l.store.root.Lstat(key)
	if errors.Is(err, os.ErrNotExist) {
		return nil // deleted since the folder was read
	}
	if err == nil {
		l.found = append(l.found, infoOf(key, info))
	}
	return err
}
