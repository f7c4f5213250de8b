package packagertest

// BitWriter writes fields of bits, the highest first, as the headers of video have them.
type BitWriter struct{ list []byte }

// Bits writes the lowest n bits of value (0 to 32).
func (w *BitWriter) Bits(value uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		w.list = append(w.list, byte(value>>i&1))
	}
}

// Unsigned writes an Exp-Golomb code, ue(v) (ITU-T H.264 §9.1, H.265 §9.2).
func (w *BitWriter) Unsigned(value uint32) {
	n := 0
	for (value+1)>>(n+1) != 0 {
		n++
	}
	w.Bits(0, n)
	w.Bits(value+1, n+1)
}

// Bytes returns what was written, with zeros behind it to whole bytes.
func (w *BitWriter) Bytes() []byte {
	b := make([]byte, (len(w.list)+7)/8)
	for i, bit := range w.list {
		b[i/8] |= bit << (7 - i%8)
	}
	return b
}
