package auth

import (
	"errors"
	"fmt"
)

// problems collects all that is wrong with a document, so that it can be told at once.
type problems []error

// want notes a text unless ok.
func (ps *problems) want(ok bool, text string, args ...any) {
	if !ok {
		*ps = append(*ps, fmt.Errorf(text, args...))
	}
}

// note notes err, if there is one, as of a part of the document.
func (ps *problems) note(part string, err error) {
	if err != nil {
		*ps = append(*ps, fmt.Errorf("%s: %w", part, err))
	}
}

// join returns the problems as one error, nil for none.
func (ps problems) join() error { return errors.Join(ps...) }
