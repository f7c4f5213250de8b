package slab

import "bytes"

// poisonPage is what released memory is filled with in pools that look for misuse. As a box size or a sync byte it is
// invalid in every format that is cached.
var poisonPage = bytes.Repeat([]byte{0xdb}, 4096)

func poison(b []byte) {
	for len(b) > 0 {
		b = b[copy(b, poisonPage):]
	}
}

// checkPoison panics unless b is as poison has left it.
func checkPoison(b []byte) {
	for len(b) > 0 {
		n := min(len(b), len(poisonPage))
		if !bytes.Equal(b[:n], poisonPage[:n]) {
			panic("slab: written to after its release")
		}
		b = b[n:]
	}
}
