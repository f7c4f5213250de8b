package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cespare/xxhash/v2"

	"headwater/bench/client"
	"headwater/cmd/internal/content"
	"headwater/cmd/internal/process"
	"headwater/packager"
)

// compareVOD measures what is made for each request: Headwater against nginx-vod-module, which makes its segments of MP4
// files of the same pictures. Its bytes are not ours, so that each is held to its own.
func (b *bench) compareVOD(ctx context.Context, s scenario) (c *comparison, err error) {
	c = newComparison(s)
	headwater, err := b.use(ctx, variant{s.Secure, b.cacheFor(s.State)})
	if err != nil {
		return nil, err
	}
	media, err := b.movies(ctx, headwater, b.sets[s.Kind])
	if err != nil {
		return nil, fmt.Errorf("movies for nginx-vod-module: %w", err)
	}
	vod, err := b.startNginx(ctx, nginxSettings{Root: b.library.Root(), Module: b.module, Media: media})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, vod.stop()) }()
	vod.name = "nginx-vod-module"
	theirs, err := describe(ctx, client.Target{Address: vod.plain}, b.sets[s.Kind])
	if err != nil {
		return nil, fmt.Errorf("nginx-vod-module: %w", err)
	}
	if _, err := b.driver.open(vod, vod.name, "", s.Connections, theirs); err != nil {
		return nil, err
	}
	if _, err := b.driver.open(headwater, headwater.name, "", s.Connections, b.sets[s.Kind]); err != nil {
		return nil, err
	}
	return c, b.contest(ctx, c, []*server{vod, headwater})
}

// movies makes an MP4 file for each track of objects, which are transport segments, and returns where they are.
func (b *bench) movies(ctx context.Context, headwater *server, objects []object) (dir string, err error) {
	dir = filepath.Join(b.scratch, "media")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := os.Chmod(b.scratch, 0o711); err != nil { // nginx may be somebody else
		return "", err
	}
	for i := range objects {
		asset, r, err := parseTransport(objects[i].Path)
		if err != nil {
			return "", err
		}
		file := filepath.Join(dir, string(r.Track)+".mp4")
		if r.Number > 1 {
			continue
		}
		download := fmt.Sprintf("http://%s/v/%s/tracks=%s/download.mp4", headwater.plain, asset, r.Track)
		if _, err := process.Output(ctx, "ffmpeg", "-nostdin", "-v", "error", "-y", "-i", download, "-c", "copy", "-movflags", "faststart", file); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// describe returns nginx-vod-module's segments in the place of ours, with the sizes and hashes that they have.
func describe(ctx context.Context, from client.Target, ours []object) ([]object, error) {
	conn, err := client.Dial(ctx, from)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var response client.Response
	var theirs []object
	for i := range ours {
		_, r, err := parseTransport(ours[i].Path)
		if err != nil {
			return nil, err
		}
		o := object{Path: fmt.Sprintf("/vod/%s.mp4/seg-%d-v1.ts", r.Track, r.Number)}
		if err := fetch(conn, &o, client.Keep, &response); err != nil {
			return nil, err
		}
		o.SizeBytes, o.Hash = response.BodyBytes, xxhash.Sum64(response.Body)
		if more := float64(o.SizeBytes) / float64(ours[i].SizeBytes); more < 0.9 || more > 1.1 {
			return nil, fmt.Errorf("%s has %d bytes, ours %d", o.Path, o.SizeBytes, ours[i].SizeBytes)
		}
		theirs = append(theirs, o)
	}
	return theirs, nil
}

// parseTransport reads the path of a transport segment.
func parseTransport(path string) (packager.AssetID, packager.Resource, error) {
	asset, rest, _ := strings.Cut(strings.TrimPrefix(path, "/v/"), "/")
	r, ok := packager.ParseResource(rest)
	if !ok || r.Kind != packager.TSSegment || content.Path(packager.AssetID(asset), r) != path {
		return "", r, fmt.Errorf("%s is no transport segment", path)
	}
	return packager.AssetID(asset), r, nil
}
