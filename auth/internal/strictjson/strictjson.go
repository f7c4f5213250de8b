// Package strictjson reads JSON of which there must be one reading only. encoding/json alone matches the names of members
// whatever their case, takes the last of several members of one name where another reader takes the first, and replaces
// what is not UTF-8.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// The errors quote nothing of the text, which may be secret.
var (
	errObject = errors.New("not one JSON object in UTF-8")
	errTwice  = errors.New("two members of one name")
	errMore   = errors.New("something follows the JSON value")
)

// Object returns the members of an object by their exact names. Members of objects inside are not looked at.
func Object(text []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') || !utf8.Valid(text) {
		return nil, errObject
	}
	members := make(map[string]json.RawMessage)
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, errObject
		}
		name := token.(string) // the decoder lets nothing else stand in front of a value
		if _, twice := members[name]; twice {
			return nil, errTwice
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errObject
		}
		members[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, errObject
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errMore
	}
	return members, nil
}

// Value decodes text into value, which it must fill alone: members that value does not have are errors. It is for
// documents that we write ourselves; it is as lax about the case of names, and members twice, as encoding/json.
func Value(text []byte, value any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(value); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errMore
	}
	return nil
}
