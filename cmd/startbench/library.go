package main

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/catalog/sqlite"
	"headwater/packager"
)

// library makes a data folder with many published assets: one is ingested, the others are copies of it with ids, indexes,
// records, catalogue rows and feed entries of their own, whose track files are hard links.
type library struct {
	binary string
	dir    string // the data folder
	assets int
	film   *packager.Presentation // the asset that was ingested
	record ingest.Record
	tracks []string // of each track of film a file that can still be linked to
}

// maxLinks is how many names a file gets: ext4 has a limit of 65,000.
const maxLinks = 50_000

// feedLength is how many entries the change feed keeps at least.
const feedLength = 4096

func (l *library) make(ctx context.Context) error {
	if err := l.ingestFilm(ctx); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return l.writeObjects(ctx) })
	group.Go(func() error { return l.writeCatalogue(ctx) })
	return group.Wait()
}

// id returns the id of asset number i, from 1; they look like real ones.
func (l *library) id(i int) packager.AssetID {
	var mixed [8]byte
	binary.BigEndian.PutUint64(mixed[:], uint64(i)*0x9e3779b97f4a7c15) // odd factor: no two are equal
	return packager.AssetID(strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mixed[:])))
}

func (l *library) object(key string) string {
	return filepath.Join(l.dir, "objects", filepath.FromSlash(key))
}

// ingestFilm makes the asset that the others are copies of: a minute, three renditions and sound.
func (l *library) ingestFilm(ctx context.Context) error {
	clip, config := filepath.Join(l.dir, "clip.mp4"), filepath.Join(l.dir, "config.yaml")
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(config, []byte(ladder), 0o600); err != nil {
		return err
	}
	if _, err := output(ctx, "ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=60",
		"-f", "lavfi", "-i", "sine=d=60", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-c:a", "aac", clip); err != nil {
		return err
	}
	id, err := output(ctx, l.binary, "ingest", "--config", config, "--data", l.dir, clip)
	if err != nil {
		return err
	}
	return errors.Join(l.readFilm(packager.AssetID(id)), os.Remove(clip), os.Remove(config))
}

const ladder = `
ingest:
  ladders:
    - name: default
      preset: ultrafast
      passthrough: []
      rungs:
        - {height: 360, codec: avc, crf: 40, max_bit_rate: 300000, buffer_bits: 450000}
        - {height: 240, codec: avc, crf: 40, max_bit_rate: 200000, buffer_bits: 300000}
        - {height: 144, codec: avc, crf: 40, max_bit_rate: 100000, buffer_bits: 150000}
`

func output(ctx context.Context, program string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, program, args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Base(program), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// reuse takes a library that an earlier run has made of the film with that id.
func (l *library) reuse(id string) error { return l.readFilm(packager.AssetID(id)) }

func (l *library) readFilm(id packager.AssetID) error {
	data, err := os.ReadFile(l.object(ingest.RecordKey(id)))
	if err != nil {
		return err
	}
	if l.record, err = ingest.DecodeRecord(data); err != nil {
		return err
	}
	if data, err = os.ReadFile(l.object(ingest.IndexKey(id, l.record.Generation))); err != nil {
		return err
	}
	if l.film, err = packager.ParseIndex(data); err != nil {
		return err
	}
	for i := range l.film.Tracks {
		l.tracks = append(l.tracks, l.object(ingest.TrackKey(id, l.film.Tracks[i].ID)))
	}
	return nil
}

// copyOf returns the film as the first generation of another asset.
func (l *library) copyOf(id packager.AssetID) *packager.Presentation {
	return &packager.Presentation{Asset: id, Generation: 1, Grid: l.film.Grid, Tracks: l.film.Tracks}
}

func (l *library) writeObjects(ctx context.Context) error {
	for i := 1; i <= l.assets; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.writeAsset(i); err != nil {
			return err
		}
	}
	return nil
}

func (l *library) writeAsset(i int) error {
	id := l.id(i)
	index, err := packager.AppendIndex(nil, l.copyOf(id))
	if err != nil {
		return err
	}
	record := l.record
	record.Asset, record.Generation, record.Retained = id, 1, nil
	encoded, err := ingest.EncodeRecord(record)
	if err != nil {
		return err
	}
	return errors.Join(l.write(ingest.IndexKey(id, 1), index), l.write(ingest.RecordKey(id), encoded), l.linkTracks(i))
}

// write puts an object without the care for a crash that a store takes.
func (l *library) write(key string, data []byte) error {
	path := l.object(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, data, 0o444)
}

// linkTracks gives the tracks of the film names in asset number i. Every maxLinks assets they become new files.
func (l *library) linkTracks(i int) error {
	for n := range l.film.Tracks {
		name := l.object(ingest.TrackKey(l.id(i), l.film.Tracks[n].ID))
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			return err
		}
		if i%maxLinks != 0 {
			if err := os.Link(l.tracks[n], name); err != nil {
				return err
			}
			continue
		}
		data, err := os.ReadFile(l.tracks[n])
		if err != nil {
			return err
		}
		if err := os.WriteFile(name, data, 0o444); err != nil {
			return err
		}
		l.tracks[n] = name
	}
	return nil
}

// writeCatalogue enters all assets and writes the feed as it stands when all of them have been published.
func (l *library) writeCatalogue(ctx context.Context) error {
	c, err := sqlite.Open(ctx, filepath.Join(l.dir, "catalog.db"), time.Now)
	if err != nil {
		return err
	}
	var last catalog.Change
	like, err := c.Generations(ctx, l.film.Asset)
	for i := 1; i <= l.assets && err == nil; i++ {
		last, err = l.enter(ctx, c, i, like[0])
	}
	if err == nil {
		err = c.MarkDelivered(ctx, last.Seq)
	}
	if err == nil {
		err = l.writeFeed(last)
	}
	return errors.Join(err, c.Close())
}

// enter publishes asset number i with a generation like that of the film.
func (l *library) enter(ctx context.Context, c catalog.Catalog, i int, g catalog.Generation) (catalog.Change, error) {
	id, job := l.id(i), catalog.JobID(l.id(i))
	_, err := c.CreateAsset(ctx, catalog.NewAsset{ID: id, Name: fmt.Sprintf("film %d.mp4", i)}, catalog.NewJob{ID: job, Kind: "ingest"})
	if err != nil {
		return catalog.Change{}, err
	}
	g.Number, g.IndexKey = 1, ingest.IndexKey(id, 1)
	return c.Publish(ctx, catalog.Publication{Asset: id, Job: job, Generation: g, Final: true})
}

func (l *library) writeFeed(last catalog.Change) error {
	head := ingest.Head{First: 1, Last: last.Seq}
	if last.Seq > feedLength {
		head.First = last.Seq - feedLength + 1
	}
	for seq := head.First; seq <= head.Last; seq++ {
		id := l.id(l.assets - int(head.Last-seq)%l.assets)
		encoded, err := ingest.EncodeChange(catalog.Change{Seq: seq, Kind: catalog.ChangePublish, Asset: id, Generation: 1, At: last.At})
		if err != nil {
			return err
		}
		if err := l.write(ingest.ChangeKey(seq), encoded); err != nil {
			return err
		}
	}
	encoded, err := ingest.EncodeHead(head)
	if err != nil {
		return err
	}
	return l.write(ingest.FeedHeadKey, encoded)
}
