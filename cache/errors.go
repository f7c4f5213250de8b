package cache

import (
	"errors"
	"fmt"

	"headwater/cache/slab"
)

// Errors of Fetch beside those of the fill itself.
var (
	// ErrNoRoom says that the body finds no room: it is larger than the cache, or too much memory is held by fills and
	// by slow readers at the moment. Nothing is wrong: the caller should answer from the source, without buffering.
	ErrNoRoom = slab.ErrNoRoom
	// ErrOverloaded says that too much runs and waits already. Trying again later is reasonable.
	ErrOverloaded = errors.New("too much is under way")
	// ErrClosed says that the cache has been closed.
	ErrClosed = errors.New("cache is closed")
)

// PanicError is what the callers of a function that panicked get.
type PanicError struct {
	Value any
	Stack []byte
}

// Error names the panic; the stack is in the field only.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }
