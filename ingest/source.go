package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// openSource opens the file that becomes an asset. It must be a regular file: it is read more than once.
func openSource(path string, maxBytes int64) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // a pipe must not block
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is not a regular file", path)
	case info.Size() > maxBytes:
		err = fmt.Errorf("%s has %d bytes, more than the %d that ingest.max_source allows", path, info.Size(), maxBytes)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// copyChunk is how much is copied between looks at the context and reports of progress.
const copyChunk = 64 << 20

// take copies the source into the scratch folder: the job must not depend on a file that its owner may change, and
// ffmpeg, which may run as another user, must be able to read it.
func (j *job) take(ctx context.Context, source *os.File) (*os.File, error) {
	info, err := source.Stat()
	if err != nil {
		return nil, err
	}
	path := j.workdir.Path(sourceName)
	copied, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o444); err != nil { // the umask took bits away
		return nil, errors.Join(err, copied.Close())
	}
	for done := int64(0); ; {
		n, err := io.CopyN(copied, source, copyChunk)
		done += n
		if err == nil {
			err = ctx.Err()
		}
		if errors.Is(err, io.EOF) {
			return copied, nil
		}
		if err != nil {
			return nil, errors.Join(err, copied.Close())
		}
		j.report(ctx, Progress{Stage: StageCopy, Fraction: float64(done) / float64(max(info.Size(), done))})
	}
}
