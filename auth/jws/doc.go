// Package jws reads and writes JSON Web Signatures in the compact serialisation (RFC 7515), and reads JSON Web Key Sets
// (RFC 7517). It knows neither claims nor policies.
//
// It takes less than the RFCs allow, so that what they leave to the caller cannot go wrong:
//
//   - A [Key] belongs to one of four algorithms, HS256, RS256, ES256 (RFC 7518) and EdDSA with Ed25519 (RFC 8037). A message
//     verifies only under a key of the algorithm that its header names, so neither "none" nor a public key taken for the
//     secret of an HMAC has a way in.
//   - Keys come from the caller alone. Header parameters that carry or point to one (jwk, jku, x5c, x5u) mean nothing here.
//   - A message has one spelling: base64url without padding, line breaks or stray bits, and at most [MaxSize] bytes. ES256
//     still has several valid signatures of one payload, so an identity belongs into the payload, not the text.
//   - The header is one JSON object whose members are unique. Extensions that change the meaning of a message (crit, b64) are
//     refused.
//
// Values are immutable once made and safe for concurrent use. Printing a [Key] shows its algorithm only.
package jws
