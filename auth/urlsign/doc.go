// Package urlsign makes and checks signatures in URLs of the types A, B, C and F that content delivery networks verify, so
// that what signs for such a network signs for this server too, and the other way round.
//
//	A  /path?auth_key={time}-{rand}-{uid}-{hash}[&end={seconds}]   {path}-{time}-{rand}-{uid}-{key}[-{seconds}]
//	B  /{time in UTC+8}/{hash}/path                                {key}{time}{path}
//	C  /{hash}/{hex time}/path or /path?KEY1={hash}&KEY2={time}    {key}{path}{time}
//	F  /path?sign={hash}&time={hex time}                           {key}{path}{time}
//
// On the right is the text whose MD5 is the hash, in lower-case hexadecimal. MD5 is not a choice: it is what the networks
// compute. The keys are secret and long, which its collisions do not help against; that a known hash of a text can be
// extended without the key does not help either, because the bytes which that appends are refused in paths.
//
// A URL is valid from the beginning until its time plus the validity of the [Scheme]. Paths and queries are taken as they
// came, nothing is decoded, and the path is signed in that form.
//
// Nothing here does I/O or knows of policies. Everything may be used by many goroutines at once, as long as nobody changes
// a scheme or a key meanwhile.
package urlsign
