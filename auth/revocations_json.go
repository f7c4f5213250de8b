package auth

import (
	"encoding/json"
	"fmt"
	"time"

	"headwater/auth/internal/strictjson"
)

const revocationsVersion = 1

// revocationsJSON is how a set is written.
type revocationsJSON struct {
	Version     int              `json:"version"`
	Revocations []revocationJSON `json:"revocations"`
}

type revocationJSON struct {
	Kind    RevocationKind `json:"kind"`
	Project string         `json:"project,omitempty"`
	Value   string         `json:"value"`
	At      int64          `json:"at"`    // Unix seconds
	Until   int64          `json:"until"` // likewise
}

// Encode returns the set as the JSON that [DecodeRevocations] reads.
func (s *Revocations) Encode() ([]byte, error) {
	document := revocationsJSON{revocationsVersion, make([]revocationJSON, 0, len(s.list))}
	for _, r := range s.list {
		document.Revocations = append(document.Revocations, revocationJSON{r.Kind, r.Project, r.Value, r.At.Unix(), r.Until.Unix()})
	}
	return json.Marshal(document)
}

// DecodeRevocations reads a set. Safe for bytes from outside; errors wrap [ErrDamaged].
func DecodeRevocations(text []byte) (*Revocations, error) {
	if len(text) > maxDocument {
		return nil, fmt.Errorf("revocations: %w: longer than %d bytes", ErrDamaged, maxDocument)
	}
	var document revocationsJSON
	if err := strictjson.Value(text, &document); err != nil {
		return nil, fmt.Errorf("revocations: %w: %w", ErrDamaged, err)
	}
	if document.Version != revocationsVersion {
		return nil, fmt.Errorf("revocations: %w: version %d, this program reads %d", ErrDamaged, document.Version, revocationsVersion)
	}
	list := make([]Revocation, 0, len(document.Revocations))
	for _, r := range document.Revocations {
		list = append(list, Revocation{r.Kind, r.Project, r.Value, time.Unix(r.At, 0), time.Unix(r.Until, 0)})
	}
	set, err := NewRevocations(list)
	if err != nil {
		return nil, fmt.Errorf("revocations: %w: %w", ErrDamaged, err)
	}
	return set, nil
}
