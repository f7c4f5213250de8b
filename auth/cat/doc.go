// Package cat reads Common Access Tokens (CTA-5007-B): CBOR Web Tokens (RFC 8392) whose claims say where, when and by whom
// they may be used. It reads them and reports what they claim; whether a request satisfies that is for its caller.
//
// A token is one CBOR item in base64url without padding, of at most [MaxSize] bytes: COSE_Mac0 with HMAC 256/256 or
// COSE_Sign1 with ES256 or EdDSA (RFC 9052, 9053), with its COSE tag, in the CWT tag or not. The algorithm stands in the
// protected header. Critical header parameters are refused, like indefinite lengths and maps with a key twice.
//
// A claim that is not understood may be a limit, so what cannot be enforced refuses the token with [ErrUnsupported]:
//
//	iss sub aud exp nbf iat cti    read
//	catv                           1
//	catreplay                      0 (permitted) or 1 (prohibited, needs cti); not 2 (detection)
//	catnip                         addresses and prefixes (RFC 9164); not autonomous systems
//	catu                           scheme, host, path, file name, stem and extension; exact, prefix, suffix and contains;
//	                               not port, query and parent path, regular expressions and hashes
//	catm                           read
//	catgeoiso3166                  countries of two letters; not their subdivisions
//	catif catifdata catr           passed over: they say how to answer a refused or ageing token, and limit nothing
//	any other of 0 or more         refused: catpor catalpn cath catgeocoord catgeoalt geohash cattpk catdpop cnf, the composite
//	                               claims or, nor and and, and the keys by which libraries knew claims before their registration
//	below 0, and texts             passed over: they are for private use
//
// The claims of CTA-5007-B have the keys of IANA's registry of CWT claims. Times are whole seconds. A list that is empty
// would match nothing, so it is refused rather than mistaken for no limit, and so is null where a value belongs.
//
// Values are immutable once made and safe for concurrent use.
package cat
