package system

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"headwater/ingest"
	"headwater/packager"
)

// checkStored demands that nothing lies in the folder that should not, and that nothing is missing: no scratch, no
// temporary file, and of objects those of published generations and the feed.
func (f folder) checkStored() {
	f.Helper()
	if left := f.files("scratch"); len(left) > 0 {
		f.Errorf("left in scratch: %q", left)
	}
	expected := map[string]bool{}
	for _, r := range f.catalogue() {
		if r.state == "ready" {
			f.expect(expected, r)
		}
	}
	for name, body := range f.documents() {
		key := ingest.DocumentKey(name)
		if expected[key] = true; !bytes.Equal(f.object(key), body) {
			f.Errorf("%s is not what the catalogue has", key)
		}
	}
	for _, key := range f.files("objects") {
		if !expected[key] && !strings.HasPrefix(key, "feed/") {
			f.Errorf("belongs to no published generation: %s", key)
		}
		delete(expected, key)
	}
	for key := range expected {
		f.Errorf("is missing: %s", key)
	}
}

// expect adds the keys of all generations of a published asset, of which the record tells the current one.
func (f folder) expect(keys map[string]bool, r row) {
	f.Helper()
	if record := f.record(r.id); record.Generation != r.generation {
		f.Errorf("the record of %s says generation %d, the catalogue %d", r.id, record.Generation, r.generation)
	}
	keys[ingest.RecordKey(r.id)], keys[ingest.SourceKey(r.id)] = true, true
	for generation := uint32(1); generation <= r.generation; generation++ {
		keys[ingest.IndexKey(r.id, generation)] = true
		for _, track := range f.presentation(r.id, generation).Tracks {
			keys[ingest.TrackKey(r.id, track.ID)], keys[ingest.SampleTableKey(r.id, track.ID)] = true, true
		}
	}
}

// documents reads the shared documents from the database file.
func (f folder) documents() map[string][]byte {
	f.Helper()
	db := f.database()
	defer db.Close()
	found, err := db.Query("SELECT name, body FROM documents")
	must(f.T, err)
	defer found.Close()
	documents := map[string][]byte{}
	for found.Next() {
		var name string
		var body []byte
		must(f.T, found.Scan(&name, &body))
		documents[name] = body
	}
	must(f.T, found.Err())
	return documents
}

func (f folder) object(key string) []byte {
	f.Helper()
	content, err := os.ReadFile(f.path("objects", key))
	must(f.T, err)
	return content
}

func (f folder) record(id packager.AssetID) ingest.Record {
	f.Helper()
	record, err := ingest.DecodeRecord(f.object(ingest.RecordKey(id)))
	must(f.T, err)
	return record
}

func (f folder) presentation(id packager.AssetID, generation uint32) *packager.Presentation {
	f.Helper()
	p, err := packager.ParseIndex(f.object(ingest.IndexKey(id, generation)))
	must(f.T, err)
	return p
}

// files lists what lies below a part of the folder, folders of jobs included.
func (f folder) files(part string) (names []string) {
	f.Helper()
	top := f.path(part)
	must(f.T, filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == top || d.IsDir() && part != "scratch" {
			return err
		}
		names = append(names, strings.TrimPrefix(path, top+"/"))
		return nil
	}))
	return names
}
