package auth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"headwater/auth/internal/strictjson"
)

// ErrDamaged says that bytes are not what this package writes.
var ErrDamaged = errors.New("damaged")

// ErrMasterSecret says that a ring does not open with a master secret, or that the secret is too short for any.
var ErrMasterSecret = errors.New("wrong master secret")

// MinMasterSecret is the length in bytes of the shortest master secret.
const MinMasterSecret = 32

// maxDocument bounds the documents that origins read, in bytes.
const maxDocument = 8 << 20

// A sealed ring is the header, a nonce, the JSON of the keys under AES-256-GCM with the header as associated data, and
// the beginning of the SHA-256 of all that. The last tells damage from a wrong secret, which AES-GCM cannot.
const (
	sealHeader   = "headwater keyring\x00\x01" // ends in the version
	sealKeyInfo  = "headwater keyring 1 AES-256-GCM"
	sealChecksum = 8
)

// sealedKey is a Key as it is sealed: the only form of it with the secret.
type sealedKey struct {
	Project   string `json:"project,omitempty"`
	ID        string `json:"id"`
	Use       Use    `json:"use"`
	Algorithm string `json:"algorithm,omitempty"`
	Secret    []byte `json:"secret"`
	Created   int64  `json:"created"`           // Unix seconds
	Retired   int64  `json:"retired,omitempty"` // likewise
}

// Seal returns the keys of r, encrypted for who has the master secret. Each call returns other bytes. Errors wrap
// [ErrMasterSecret] if the secret is shorter than [MinMasterSecret].
func (r *Keyring) Seal(master []byte) ([]byte, error) {
	aead, err := sealCipher(master)
	if err != nil {
		return nil, err
	}
	keys := make([]sealedKey, 0, len(r.named))
	for _, k := range r.Keys() {
		sealed := sealedKey{k.Project, k.ID, k.Use, k.Algorithm, k.Secret, k.Created.Unix(), 0}
		if !k.Retired.IsZero() {
			sealed.Retired = k.Retired.Unix()
		}
		keys = append(keys, sealed)
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return nil, fmt.Errorf("seal keyring: %w", err)
	}
	sealed := append([]byte(sealHeader), make([]byte, aead.NonceSize())...)
	nonce := sealed[len(sealHeader):]
	rand.Read(nonce) // never fails
	sealed = aead.Seal(sealed, nonce, text, []byte(sealHeader))
	return append(sealed, checksum(sealed)...), nil
}

// OpenKeyring returns the ring that [Keyring.Seal] has sealed. Safe for bytes from outside; errors wrap [ErrDamaged] or
// [ErrMasterSecret].
func OpenKeyring(sealed, master []byte) (*Keyring, error) {
	aead, err := sealCipher(master)
	if err != nil {
		return nil, err
	}
	body, err := checkSeal(sealed, aead.NonceSize()+aead.Overhead())
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	nonce, ciphertext := body[:aead.NonceSize()], body[aead.NonceSize():]
	text, err := aead.Open(nil, nonce, ciphertext, []byte(sealHeader))
	if err != nil {
		return nil, fmt.Errorf("keyring: %w: it was sealed with another one; origins and control plane need the same file", ErrMasterSecret)
	}
	return parseKeys(text)
}

// checkSeal returns what stands between header and checksum.
func checkSeal(sealed []byte, minimum int) ([]byte, error) {
	const versionAt = len(sealHeader) - 1
	switch {
	case len(sealed) > maxDocument:
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrDamaged, maxDocument)
	case len(sealed) < len(sealHeader)+minimum+sealChecksum:
		return nil, fmt.Errorf("%w: too short", ErrDamaged)
	case string(sealed[:versionAt]) != sealHeader[:versionAt]:
		return nil, fmt.Errorf("%w: it does not begin as one", ErrDamaged)
	}
	content, sum := sealed[:len(sealed)-sealChecksum], sealed[len(sealed)-sealChecksum:]
	if !bytes.Equal(sum, checksum(content)) {
		return nil, fmt.Errorf("%w: its checksum is another", ErrDamaged)
	}
	if version := sealed[versionAt]; version != sealHeader[versionAt] {
		return nil, fmt.Errorf("%w: version %d, this program reads %d", ErrDamaged, version, sealHeader[versionAt])
	}
	return content[len(sealHeader):], nil
}

func checksum(content []byte) []byte {
	sum := sha256.Sum256(content)
	return sum[:sealChecksum]
}

// sealCipher derives the key of the seal from the master secret, which may so serve for more than this.
func sealCipher(master []byte) (cipher.AEAD, error) {
	if len(master) < MinMasterSecret {
		return nil, fmt.Errorf("%w: it has %d bytes, must have %d at least; make one with: openssl rand -hex 32",
			ErrMasterSecret, len(master), MinMasterSecret)
	}
	key, err := hkdf.Key(sha256.New, master, nil, sealKeyInfo, 32)
	if err != nil {
		return nil, fmt.Errorf("derive from the master secret: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func parseKeys(text []byte) (*Keyring, error) {
	var sealed []sealedKey
	if err := strictjson.Value(text, &sealed); err != nil {
		return nil, fmt.Errorf("keyring: %w: %w", ErrDamaged, err)
	}
	keys := make([]Key, 0, len(sealed))
	for _, k := range sealed {
		key := Key{Project: k.Project, ID: k.ID, Use: k.Use, Algorithm: k.Algorithm, Secret: k.Secret, Created: time.Unix(k.Created, 0)}
		if k.Retired != 0 {
			key.Retired = time.Unix(k.Retired, 0)
		}
		keys = append(keys, key)
	}
	r, err := NewKeyring(keys)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w: %w", ErrDamaged, err)
	}
	return r, nil
}
