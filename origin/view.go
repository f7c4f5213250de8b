package origin

import "unsafe"

// view returns b as a string without copying it, for look-ups and comparisons while b does not change. What is kept
// longer than the request that b belongs to is cloned.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
