package auth

import (
	"crypto/sha256"
	"encoding/binary"
)

// Hash64 returns a number that stands for a value of kind in a project, so that sessions can name their user, token and
// key in 8 bytes and revocations find them. It is never 0, which stands for none; an empty value has it. Values are
// hard to find from their number only if they are hard to guess.
func Hash64(kind RevocationKind, project, value string) uint64 {
	if value == "" {
		return 0
	}
	var buffer [256]byte
	text := append(buffer[:0], "headwater\x00"...)
	text = appendCounted(append(text, byte(kind)), project)
	text = append(text, value...)
	sum := sha256.Sum256(text)
	return max(binary.BigEndian.Uint64(sum[:]), 1)
}
