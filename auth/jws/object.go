package jws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// object is a JSON object by the exact names of its members. encoding/json alone would match names whatever their case,
// and take the last of several members of one name where another reader takes the first.
type object map[string]json.RawMessage

var errObject = errors.New("not one JSON object")

func parseObject(data []byte) (object, error) {
	if !utf8.Valid(data) {
		return nil, errObject
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, errObject
	}
	members := object{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, errObject
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, errObject
		}
		key := name.(string) // the decoder lets nothing else stand in front of a value
		if _, ok := members[key]; ok {
			return nil, errors.New("two members of one name")
		}
		members[key] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, errObject
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errObject
	}
	return members, nil
}

// text sets field to the string of a member, and leaves it alone when there is no such member.
func (o object) text(name string, field *string) error {
	value, ok := o[name]
	if !ok {
		return nil
	}
	if len(value) == 0 || value[0] != '"' || json.Unmarshal(value, field) != nil {
		return fmt.Errorf("%s is not a string", name)
	}
	return nil
}

// bytes returns the bytes that a member holds in base64url.
func (o object) bytes(name string) ([]byte, error) {
	var text string
	if err := o.text(name, &text); err != nil {
		return nil, err
	}
	data, err := encoding.DecodeString(text)
	if err != nil || len(data) == 0 {
		return nil, fmt.Errorf("%s is not in base64url", name)
	}
	return data, nil
}
