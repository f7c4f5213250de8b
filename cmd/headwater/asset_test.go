package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"headwater/ingest/catalog"
	"headwater/ingest/catalog/sqlite"
	"headwater/packager"
)

// makeAssets is the command of scripts that puts assets into the catalogue of a data folder: assets FOLDER ID…
func makeAssets(ts *testscript.TestScript, _ bool, args []string) {
	folder := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(folder, 0o711))
	for _, id := range args[1:] {
		ts.Check(makeAsset(context.Background(), folder, packager.AssetID(id)))
	}
}

func makeAsset(ctx context.Context, folder string, id packager.AssetID) (err error) {
	c, err := sqlite.Open(ctx, filepath.Join(folder, "catalog.db"), time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	job := catalog.JobID("job-" + id.Project() + "-" + id.Plain())
	_, err = c.CreateAsset(ctx, catalog.NewAsset{ID: id, Name: "film.mp4"}, catalog.NewJob{ID: job, Kind: "ingest"})
	return err
}
