package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sys/unix"

	"headwater/bench/client"
)

// mirror fetches every object from headwater, notes its size and hash, and sees to it that nginx has the same bytes as
// files below root.
func mirror(ctx context.Context, from client.Target, sets map[kind][]object, root string) error {
	conn, err := client.Dial(ctx, from)
	if err != nil {
		return err
	}
	defer conn.Close()
	var response client.Response
	for _, objects := range sets {
		for i := range objects {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := fetch(conn, &objects[i], client.Keep, &response); err != nil {
				return fmt.Errorf("headwater: %w", err)
			}
			objects[i].SizeBytes, objects[i].Hash = response.BodyBytes, xxhash.Sum64(response.Body)
			if err := writeFile(filepath.Join(root, objects[i].file()), response.Body, objects[i].Hash); err != nil {
				return err
			}
		}
	}
	return syncFolder(root)
}

// fetch asks for an object and checks all that is known of every one.
func fetch(conn *client.Conn, o *object, use client.Use, response *client.Response) error {
	if err := conn.Do(&client.Request{Path: o.Path, Header: o.header(), Use: use}, response); err != nil {
		return fmt.Errorf("%s: %w", o.Path, err)
	}
	if response.Status != 200 {
		return fmt.Errorf("%s: status %d", o.Path, response.Status)
	}
	if gzipped := string(response.Field("Content-Encoding")) == "gzip"; gzipped != o.Gzip {
		return fmt.Errorf("%s: asked for gzip: %t, given gzip: %t", o.Path, o.Gzip, gzipped)
	}
	return nil
}

// writeFile writes content unless the file has it already.
func writeFile(path string, content []byte, hash uint64) error {
	if there, err := os.ReadFile(path); err == nil && len(there) == len(content) && xxhash.Sum64(there) == hash {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// syncFolder writes out the file system that holds dir: only clean pages can be dropped from memory.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	return unix.Syncfs(int(folder.Fd()))
}

// verify asks a server for every object and compares the bytes with those of the mirror.
func verify(ctx context.Context, from client.Target, sets map[kind][]object) error {
	conn, err := client.Dial(ctx, from)
	if err != nil {
		return err
	}
	defer conn.Close()
	var response client.Response
	for _, objects := range sets {
		for i := range objects {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := fetch(conn, &objects[i], client.Hash, &response); err != nil {
				return err
			}
			if response.BodyBytes != objects[i].SizeBytes || response.Hash != objects[i].Hash {
				return fmt.Errorf("%s: other bytes than headwater's", objects[i].Path)
			}
		}
	}
	return nil
}

// dropFromMemory takes all files below dir out of the page cache.
func dropFromMemory(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED), file.Close())
	})
}
