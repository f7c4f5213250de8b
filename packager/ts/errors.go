package ts

import (
	"errors"
	"fmt"
)

// ErrCorrupt is wrapped by errors that say that what is stored is not what the index describes.
var ErrCorrupt = errors.New("stored media is corrupt")

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrCorrupt}, args...)...)
}
