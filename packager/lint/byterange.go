package lint

import (
	"fmt"
	"strings"
)

// byteRange is part of a resource; sizeBytes 0 means all of it.
type byteRange struct{ offset, sizeBytes int64 }

func (r byteRange) end() int64 { return r.offset + r.sizeBytes }

// parseByteRange reads n[@o] (RFC 8216 §4.3.2.2). Without an offset, implied says where the range begins; below 0, it
// cannot tell.
func parseByteRange(value string, implied int64) (r byteRange, err error) {
	size, offset, found := strings.Cut(value, "@")
	if r.sizeBytes, err = parseInteger(size); err != nil {
		return r, err
	}
	if r.offset = implied; found {
		if r.offset, err = parseInteger(offset); err != nil {
			return r, err
		}
	}
	if r.sizeBytes < 1 || r.offset < 0 || r.end() < r.offset {
		return byteRange{}, fmt.Errorf("byte range %q", value)
	}
	return r, nil
}

// at names a segment in findings.
func (r reference) at(address string) string {
	if r.sizeBytes == 0 {
		return address
	}
	return fmt.Sprintf("%s bytes %d-%d", address, r.offset, r.end()-1)
}

// checkRanges wants the ranges of one file to follow each other: no byte twice, none left out.
func (c *client) checkRanges(p *hlsPlaylist) {
	ends := map[string]int64{}
	for i, s := range p.parsed.segments {
		if s.sizeBytes == 0 {
			continue
		}
		address := p.segmentURLs[i]
		if end, begun := ends[address]; begun && end != s.offset {
			c.add(hlsTiling, p.where, "segment %d begins at byte %d, the one before ends at %d", i+1, s.offset, end)
		}
		ends[address] = s.end()
	}
}

// parts fetches ranges. It keeps the last file: playlists name the ranges of one file one behind the other.
type parts struct {
	client  *client
	address string
	whole   Response
	ok      bool
}

// get returns a range of what address names; ok is false where it cannot be had, which has been reported.
func (p *parts) get(address string, r byteRange) (answer Response, ok bool) {
	if r.sizeBytes == 0 {
		return p.client.get(address)
	}
	if p.address != address {
		p.address = address
		p.whole, p.ok = p.client.get(address)
	}
	if !p.ok {
		return Response{}, false
	}
	if r.end() > int64(len(p.whole.Body)) {
		p.client.add(hlsByteRange, address, "bytes %d-%d of %d", r.offset, r.end()-1, len(p.whole.Body))
		return Response{}, false
	}
	answer = p.whole
	answer.Body = answer.Body[r.offset:r.end()]
	return answer, true
}
