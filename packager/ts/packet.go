package ts

import "encoding/binary"

// Packet identifiers (ISO/IEC 13818-1 §2.4.3.3).
const (
	pidAssociation = 0x0000
	pidMap         = 0x1000
	pidVideo       = 0x0100
	pidAudio       = 0x0101
)

// Bits of the packet header, as the 32 bits that it has.
const (
	syncByte      = 0x47 << 24
	unitStart     = 1 << 22
	pidShift      = 8
	hasAdaptation = 1 << 5
	hasPayload    = 1 << 4
	counterMask   = 0x0f
)

// Flags of the adaptation field (§2.4.3.4).
const (
	randomAccess = 0x40
	hasClock     = 0x10
)

// elementary writes the packets of one elementary stream.
type elementary struct {
	config  *config
	pid     uint32
	clocked bool   // it tells the program clock
	counter uint32 // continuity counter of the next packet with payload
}

// writer fills a segment. The caller makes sure that there is room for what it writes.
type writer struct {
	dst []byte
	at  int
}

// room reports whether packets more fit.
func (w *writer) room(packets int64) bool { return int64(len(w.dst)-w.at) >= packets*packetBytes }

// header writes the header of the next packet of e, which has a payload, and counts it.
func (w *writer) header(e *elementary, flags uint32) {
	binary.BigEndian.PutUint32(w.dst[w.at:], syncByte|e.pid<<pidShift|hasPayload|flags|e.counter&counterMask)
	e.counter++
	w.at += headerBytes
}

// unit is one PES packet: its header with all that comes before the samples, then the samples.
type unit struct {
	head   []byte
	data   []byte
	clock  int64 // program clock with the first packet, in ticks of 27 MHz
	random bool  // decoding can begin with it
}

// pes writes a PES packet into as many packets as pesPackets says.
func (w *writer) pes(e *elementary, u unit) {
	w.header(e, unitStart|hasAdaptation)
	left := len(u.head) + len(u.data)
	stuffing := max(firstBytes-left, 0)
	field := w.dst[w.at : w.at+clockBytes+stuffing]
	e.putAdaptation(field, u)
	w.at += len(field)
	n := copy(w.dst[w.at:w.at+firstBytes-stuffing], u.head)
	w.at += n
	head, data := u.head[n:], u.data
	n = copy(w.dst[w.at:w.at+min(firstBytes-stuffing-n, len(data))], data)
	w.at += n
	data = data[n:]
	for len(head) > 0 {
		head, data = w.mixed(e, head, data)
	}
	w.whole(e, data)
}

// mixed writes a packet that begins with what is left of head.
func (w *writer) mixed(e *elementary, head, data []byte) (headLeft, dataLeft []byte) {
	stuffing := max(payloadBytes-len(head)-len(data), 0)
	w.stuffed(e, stuffing)
	end := w.at + payloadBytes - stuffing
	n := copy(w.dst[w.at:end], head)
	m := copy(w.dst[w.at+n:end], data)
	w.at = end
	return head[n:], data[m:]
}

// whole writes data into packets that are full, but for the last one.
func (w *writer) whole(e *elementary, data []byte) {
	dst, at, counter := w.dst, w.at, e.counter
	word := uint32(syncByte) | e.pid<<pidShift | hasPayload
	for len(data) >= payloadBytes {
		packet := (*[packetBytes]byte)(dst[at:])
		binary.BigEndian.PutUint32(packet[:], word|counter&counterMask)
		*(*[payloadBytes]byte)(packet[headerBytes:]) = *(*[payloadBytes]byte)(data)
		data = data[payloadBytes:]
		counter++
		at += packetBytes
	}
	w.at, e.counter = at, counter
	if len(data) > 0 {
		w.mixed(e, nil, data)
	}
}

// stuffed writes the header of a packet, with an adaptation field of n bytes that says nothing.
func (w *writer) stuffed(e *elementary, n int) {
	if n == 0 {
		w.header(e, 0)
		return
	}
	w.header(e, hasAdaptation)
	putStuffing(w.dst[w.at : w.at+n])
	w.at += n
}

// putStuffing fills dst, which is not empty, with an adaptation field that says nothing.
func putStuffing(dst []byte) {
	dst[0] = byte(len(dst) - 1)
	if len(dst) > 1 {
		dst[1] = 0
		fill(dst[2:])
	}
}

func fill(stuffing []byte) {
	for i := range stuffing {
		stuffing[i] = 0xff
	}
}

// putAdaptation fills dst, of at least clockBytes, with the adaptation field of the first packet of u.
func (e *elementary) putAdaptation(dst []byte, u unit) {
	dst[0], dst[1] = byte(len(dst)-1), 0
	rest := dst[2:]
	if u.random {
		dst[1] = randomAccess
	}
	if e.clocked {
		dst[1] |= hasClock
		putClock(rest, u.clock)
		rest = rest[6:]
	}
	fill(rest)
}

// putClock writes a program clock reference (§2.4.3.5): 33 bits in units of 300 ticks, 6 bits reserved, and the rest.
func putClock(dst []byte, clock int64) {
	base, rest := uint64(clock/300)&stampMask, uint64(clock%300)
	if clock < 0 {
		base, rest = uint64((clock-299)/300)&stampMask, uint64(((clock%300)+300)%300)
	}
	bits := base<<15 | 0x3f<<9 | rest
	binary.BigEndian.PutUint16(dst, uint16(bits>>32))
	binary.BigEndian.PutUint32(dst[2:], uint32(bits))
}

// clockOnly writes a packet without payload, which tells the clock if e does. It does not count (§2.4.3.3).
func (w *writer) clockOnly(e *elementary, clock int64) {
	packet := w.dst[w.at : w.at+packetBytes]
	binary.BigEndian.PutUint32(packet, syncByte|e.pid<<pidShift|hasAdaptation|(e.counter-1)&counterMask)
	e.putAdaptation(packet[headerBytes:], unit{clock: clock})
	w.at += packetBytes
}
