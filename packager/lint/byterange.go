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

// checkRanges wants the ranges of one file to follow each other: no byte twice, none left out.
func (c *client) checkRanges(p *hlsPlaylist) {
	ends := map[string]int64{}
	for i, s := range p.parsed.segments {
		if s.sizeBytes == 0 {
			continue
		}
		address := p.parts[i].url
		if end, begun := ends[address]; begun && end != s.offset {
			c.add(hlsTiling, p.where, "segment %d begins at byte %d, the one before ends at %d", i+1, s.offset, end)
		}
		ends[address] = s.end()
	}
}
