package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"headwater/bench"
	"headwater/packager"
)

// entries returns the catalogue: operands first, then the files.
func (f *benchFlags) entries(cmd *cobra.Command, urls []string) ([]bench.Entry, error) {
	if (f.assets == "") != (f.origin == "") {
		return nil, usage(cmd, "--assets and --origin go together")
	}
	listed, err := readLines(f.urls)
	if err != nil {
		return nil, err
	}
	var entries []bench.Entry
	for _, u := range append(urls, listed...) {
		entries = append(entries, bench.Entry{URLs: []string{u}})
	}
	assets, err := readLines(f.assets)
	if err != nil {
		return nil, err
	}
	for _, line := range assets {
		entry, err := f.assetEntry(line)
		if err != nil {
			return nil, usage(cmd, err.Error())
		}
		entries = append(entries, entry)
	}
	if len(entries) == 0 {
		return nil, usage(cmd, "name at least one URL of a manifest")
	}
	return entries, nil
}

// readLines returns the lines of a file that are neither empty nor comments; nothing for no file.
func readLines(path string) ([]string, error) {
	var in io.Reader = os.Stdin
	switch path {
	case "":
		return nil, nil
	case "-":
	default:
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	var lines []string
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		if line := strings.TrimSpace(scanner.Text()); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines, scanner.Err()
}

// assetEntry returns the entry manifests of an asset on a line that ingest has printed, with or without --json.
func (f *benchFlags) assetEntry(line string) (bench.Entry, error) {
	id := line
	if line[0] == '{' {
		var ingested struct{ Asset string }
		if err := json.Unmarshal([]byte(line), &ingested); err != nil {
			return bench.Entry{}, fmt.Errorf("assets: %.60q is no line of ingest --json", line)
		}
		id = ingested.Asset
	}
	if !packager.ValidAssetID(id) {
		return bench.Entry{}, fmt.Errorf("assets: %.60q is no asset id", id)
	}
	base := strings.TrimSuffix(f.origin, "/") + "/v/" + packager.AssetID(id).Plain()
	all := map[string][]string{
		"hls": {base + "/hls/master.m3u8"}, "dash": {base + "/dash/manifest.mpd"},
		"both": {base + "/hls/master.m3u8", base + "/dash/manifest.mpd"},
	}
	urls := all[f.protocol]
	if urls == nil {
		return bench.Entry{}, fmt.Errorf("protocol: %q: want hls, dash or both", f.protocol)
	}
	return bench.Entry{URLs: urls}, nil
}
