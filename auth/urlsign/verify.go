package urlsign

import (
	"crypto/subtle"
	"errors"
	"time"
)

// ErrSignature says that none of the keys has signed a URL as it is; ErrExpired that one has, but that its time is over.
var (
	ErrSignature = errors.New("URL signature of no known key")
	ErrExpired   = errors.New("URL signature expired")
)

// Result is what a signed URL says.
type Result struct {
	Type    Type
	KeyID   string
	Expires time.Time
	// UID is the user of type A as it is signed, up to 64 letters, digits, '_' and '.'; "0" says nobody in particular. It
	// shares memory with the query.
	UID string
	// PreviewSeconds is how much of the beginning may be seen, 1 to 9,999,999, or 0 for all of it.
	PreviewSeconds int
}

// Verify looks for the key that has signed sig. It takes as long whichever key that is, and whether it is any. The errors
// are [ErrSignature] and [ErrExpired]; a URL expires at the instant that Result names. It allocates nothing for paths of
// usual length.
func (sig Signature) Verify(keys []Key, now time.Time) (Result, error) {
	by := -1
	for i := range keys {
		hash := sig.digest(keys[i].Secret)
		same := subtle.ConstantTimeCompare([]byte(sig.hash), hash[:])
		same &= subtle.ConstantTimeLessOrEq(minSecret, len(keys[i].Secret))
		by = subtle.ConstantTimeSelect(same, i, by)
	}
	if by < 0 {
		return Result{}, ErrSignature
	}
	if !now.Before(sig.expires) {
		return Result{}, ErrExpired
	}
	return Result{
		Type: sig.form, KeyID: keys[by].ID, Expires: sig.expires, UID: sig.uid, PreviewSeconds: sig.previewSeconds,
	}, nil
}
