package client

import "time"

// Response is what came of one request. It can be used again for the next, which overwrites it and everything that it
// has handed out. The zero value is ready.
type Response struct {
	// Status is the status code; 0 when there was no answer.
	Status int
	// ContentLength is the length that the header names; -1 without.
	ContentLength int64
	// BodyBytes is how long the body was, as far as it came.
	BodyBytes int64
	// Hash is the xxhash64 of the body when the request asked for it.
	Hash uint64
	// Body is the body when the request asked to keep it, at most MaxKeptBytes. Its storage is used again.
	Body []byte
	// FirstByte is the time from before the request was written until the first byte of the answer was there, LastByte
	// until the last one was.
	FirstByte, LastByte time.Duration

	head []byte // status line and fields, each with its end of line
}

// Field returns the value of the first header field of that name, in any case; nil when there is none. It is valid
// until the Response is used again.
func (r *Response) Field(name string) []byte {
	_, fields := cutLine(r.head)
	for len(fields) > 0 {
		var line []byte
		line, fields = cutLine(fields)
		if field, value, _ := cutField(line); equalFold(field, name) {
			return value
		}
	}
	return nil
}

// reset forgets the last answer and keeps the storage.
func (r *Response) reset() {
	*r = Response{ContentLength: -1, Body: r.Body[:0], head: r.head[:0]}
}
