package origin

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"sync"
)

const gzipCoding = "gzip"

// prefersGzip reports whether a client with this Accept-Encoding is sent gzip: it accepts gzip and does not prefer the
// plain bytes (RFC 9110 §12.5.3). Without a preference gzip is smaller.
func prefersGzip(acceptEncoding string) bool {
	const absent = -1
	zipped, plain, others := absent, absent, absent
	for element := range strings.SplitSeq(acceptEncoding, ",") {
		coding, weight, ok := parseCoding(element)
		if !ok {
			continue
		}
		switch {
		case strings.EqualFold(coding, gzipCoding), strings.EqualFold(coding, "x-gzip"):
			zipped = max(zipped, weight)
		case strings.EqualFold(coding, "identity"):
			plain = weight
		case coding == "*":
			others = weight
		}
	}
	if zipped == absent {
		zipped = others
	}
	return zipped > 0 && zipped >= plain
}

// parseCoding reads one element of Accept-Encoding, its weight in thousandths. False for what has no valid form.
func parseCoding(element string) (coding string, weight int, ok bool) {
	coding, parameter, weighted := strings.Cut(element, ";")
	coding = trimSpace(coding)
	if !weighted {
		return coding, 1000, coding != ""
	}
	name, value, _ := strings.Cut(trimSpace(parameter), "=")
	if !strings.EqualFold(name, "q") {
		return "", 0, false
	}
	weight, ok = parseWeight(value)
	return coding, weight, ok && coding != ""
}

// parseWeight reads a qvalue (RFC 9110 §12.4.2): 0 or 1 with up to three decimals, at most 1.
func parseWeight(value string) (thousandths int, ok bool) {
	whole, decimals, _ := strings.Cut(value, ".")
	if whole != "0" && whole != "1" || len(decimals) > 3 {
		return 0, false
	}
	thousandths = int(whole[0] - '0')
	for i := range 3 {
		thousandths *= 10
		if i < len(decimals) {
			if decimals[i] < '0' || decimals[i] > '9' {
				return 0, false
			}
			thousandths += int(decimals[i] - '0')
		}
	}
	return thousandths, thousandths <= 1000
}

// gzipWriters recycles compressors: one takes most of a megabyte.
var gzipWriters = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// appendGzip appends the gzipped form of src. Equal input gives equal output.
func appendGzip(dst, src []byte) ([]byte, error) {
	out := bytes.NewBuffer(dst)
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	w.Reset(out)
	if _, err := w.Write(src); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return out.Bytes(), nil
}
