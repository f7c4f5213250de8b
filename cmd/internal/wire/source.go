package wire

import (
	"context"
	"os"
	"strconv"

	"headwater/cache/disk"
	"headwater/ingest"
	"headwater/ingest/storage"
	"headwater/origin"
)

// source returns what the viewer plane reads track files from: files of a local disk where there are any and segments
// may be sent from them, else storage, with the disk tier of p before it when one is configured.
func (s *System) source(p *viewerPlane) (origin.Source, error) {
	plain := viewer{s.store}
	if filer, ok := s.store.(storage.Filer); ok && s.cfg.Origin.Sendfile {
		return localSource{plain, filer}, nil
	}
	if s.cfg.Disk.Folder == "" {
		return plain, nil
	}
	var err error
	p.tier, err = disk.Open(s.cfg.Disk)
	return tieredSource{plain, p.tier}, err
}

// localSource is a source over a store that has files.
type localSource struct {
	viewer
	filer storage.Filer
}

// Open implements origin.Opener.
func (s localSource) Open(_ context.Context, f origin.File) (*os.File, error) {
	file, err := s.filer.File(keyOf(f))
	return file, translate(err)
}

// keyOf returns under which key storage has a file.
func keyOf(f origin.File) string {
	if f.SampleTable {
		return ingest.SampleTableKey(f.Asset, f.Track)
	}
	return ingest.TrackKey(f.Asset, f.Track)
}

// tieredSource keeps what it reads in a disk tier. Track files never change, so the place of bytes names them for ever.
type tieredSource struct {
	origin.Source
	tier *disk.Tier
}

// ReadAt implements origin.Source.
func (s tieredSource) ReadAt(ctx context.Context, f origin.File, dst []byte, offset int64) error {
	var scratch [288]byte
	key := append(scratch[:0], keyOf(f)...)
	key = strconv.AppendInt(append(key, ' '), offset, 10)
	key = strconv.AppendInt(append(key, ' '), int64(len(dst)), 10)
	if n, ok := s.tier.Get(key, dst); ok && n == len(dst) {
		return nil
	}
	err := s.Source.ReadAt(ctx, f, dst, offset)
	if err == nil {
		s.tier.Put(key, dst)
	}
	return err
}
