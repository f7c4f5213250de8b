// Command corpus proves a built headwater on real files: it ingests every media file of a folder, plays each back as HLS
// and as DASH, compares what arrived with what is stored and with the source, lints every manifest and segment, and
// prints a table with one line a file. It exits with 1 when any check of any file failed.
//
//	corpus [-binary bin/headwater] [-only REGEXP] [-ladder NAME] DIR
//
// Files in a sub-folder called hostile must be refused instead: one line of reason, nothing left behind. Files that hold
// no pictures or sound (captions, texts) are passed over by name.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

func main() {
	os.Exit(run())
}

func run() int {
	binary := flag.String("binary", "bin/headwater", "the headwater to prove")
	only := flag.String("only", "", "check only files whose path matches this regular expression")
	config := flag.String("config", "", "configuration file given to headwater")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: corpus [flags] DIR: name the folder of media files")
		return 2
	}
	filter, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed, err := prove(ctx, headwater{binary: *binary, config: *config}, flag.Arg(0), filter)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	case failed > 0:
		return 1
	default:
		return 0
	}
}

// prove checks every file below dir and returns how many failed.
func prove(ctx context.Context, hw headwater, dir string, only *regexp.Regexp) (failed int, err error) {
	files, err := mediaFiles(dir, only)
	if err != nil {
		return 0, err
	}
	if len(files) == 0 {
		return 0, fmt.Errorf("no media file below %s matches", dir)
	}
	if hw.data, err = os.MkdirTemp("", "headwater-corpus-"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(hw.data)
	server, err := hw.serve(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()

	passed := 0
	printHeader(os.Stdout)
	for _, file := range files {
		if ctx.Err() != nil {
			return failed, context.Cause(ctx)
		}
		name, _ := filepath.Rel(dir, file)
		r := row{name: name}
		if isHostile(name) {
			r.refuse(ctx, hw, file)
		} else {
			r.play(ctx, hw, server, file)
		}
		r.print(os.Stdout)
		if len(r.problems) > 0 {
			failed++
		} else {
			passed++
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	return failed, nil
}

// notMedia are the endings of files that lie beside media but are none.
var notMedia = map[string]bool{".tsv": true, ".md": true, ".txt": true, ".json": true, ".vtt": true, ".ttml": true, ".srt": true}

func mediaFiles(dir string, only *regexp.Regexp) (files []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if only.MatchString(name) && (isHostile(name) || !notMedia[strings.ToLower(filepath.Ext(path))]) {
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

func isHostile(name string) bool {
	return strings.HasPrefix(name, "hostile"+string(filepath.Separator))
}
