package wire

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"headwater/auth"
)

// sealingSecret returns the master secret. It is made where there is none and nothing was sealed yet.
func (s *System) sealingSecret(sealed bool) ([]byte, error) {
	path := secretFile(s.cfg)
	secret, err := masterSecret(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if sealed {
		return nil, fmt.Errorf("the secret with which the keys are sealed is missing: put a copy of it at %s, or name its file with "+
			"auth.secret_file; without it new keys must be made, and every credential and session ends", path)
	}
	switch err := makeSecret(path); {
	case errors.Is(err, fs.ErrExist): // another process was faster
	case err != nil:
		return nil, fmt.Errorf("make the secret with which keys are sealed: %w", err)
	default:
		s.log.Warn("made the secret with which keys are sealed", zap.String("path", path),
			zap.String("todo", "keep a copy where backups are not, and give every origin one: without it no origin reads the keys"))
	}
	return masterSecret(path)
}

// makeSecret writes a random secret to a new file, whole and on the disk before it has its name. The error wraps
// [fs.ErrExist] when the file is there.
func makeSecret(path string) error {
	folder := filepath.Dir(path)
	file, err := os.CreateTemp(folder, "."+filepath.Base(path)+"-") // of mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	secret := make([]byte, auth.MinMasterSecret)
	rand.Read(secret) // never fails
	_, err = fmt.Fprintf(file, "%x\n", secret)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
