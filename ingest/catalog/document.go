package catalog

import (
	"fmt"
	"time"

	"headwater/packager"
)

// MaxDocumentBytes bounds the body of a document: origins hold all of them in memory.
const MaxDocumentBytes = 8 << 20

// Document is something that all origins share, such as the rules of who may watch. The catalogue does not look inside.
type Document struct {
	// Name follows the grammar of [packager.ValidID].
	Name string
	// Revision counts from 1 how often the document was put.
	Revision uint64
	// Body has at most [MaxDocumentBytes]. It may be secret: nothing logs it.
	Body    []byte
	Updated time.Time
}

// CheckDocument returns an error unless a document of that name and body can be put. It is for backends.
func CheckDocument(name string, body []byte) error {
	if !packager.ValidID(name) {
		return fmt.Errorf("document %q: want a name of a-z, 0-9 and inner hyphens", name)
	}
	if len(body) > MaxDocumentBytes {
		return fmt.Errorf("document %s of %d bytes: want at most %d", name, len(body), MaxDocumentBytes)
	}
	return nil
}
