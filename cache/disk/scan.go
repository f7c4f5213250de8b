package disk

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
)

// found is a file from an earlier run.
type found struct {
	hash    uint64
	blocks  uint32
	written int64
}

// scan fills the index with what earlier runs have left, the file written last in front.
func (t *Tier) scan() {
	var files []found
	for i := range 256 {
		if t.closing.Load() {
			return
		}
		files = append(files, t.scanFolder(i)...)
	}
	slices.SortFunc(files, func(a, b found) int { return cmp.Compare(a.written, b.written) })
	for _, f := range files {
		t.index.add(f.hash, f.blocks)
	}
	if t.shrink(t.cfg.MaxBytes) != nil {
		t.fail(&t.writes)
	}
	t.scanned.Store(true)
}

// scanFolder lists a sub-folder and removes what cannot be a file of ours.
func (t *Tier) scanFolder(i int) []found {
	folder := subFolder(t.cfg.Folder, i)
	names, err := os.ReadDir(folder)
	if err != nil {
		t.fail(&t.reads)
	}
	files := make([]found, 0, len(names))
	for _, name := range names {
		info, err := name.Info()
		if err != nil {
			continue
		}
		hash, ok := parseName(i, name.Name())
		if !ok || !info.Mode().IsRegular() || info.Size() < headerBytes {
			t.counters.damaged.Add(1)
			os.RemoveAll(filepath.Join(folder, name.Name()))
			continue
		}
		files = append(files, found{hash, blocksOf(info.Size()), info.ModTime().UnixNano()})
	}
	return files
}
