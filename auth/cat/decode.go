package cat

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Major types of CBOR (RFC 8949 §3.1).
const (
	majorUint  = 0
	majorNint  = 1
	majorBytes = 2
	majorText  = 3
	majorArray = 4
	majorMap   = 5
	majorTag   = 6
)

// strict reads only what has one meaning, within bounds that a token of MaxSize has no reason to pass.
var strict = mustMode(cbor.DecOptions{
	DupMapKey:        cbor.DupMapKeyEnforcedAPF,
	IndefLength:      cbor.IndefLengthForbidden,
	IntDec:           cbor.IntDecConvertSignedOrFail,
	BignumTag:        cbor.BignumTagForbidden,
	MaxNestedLevels:  16,
	MaxArrayElements: 64,
	MaxMapPairs:      64,
})

func mustMode(options cbor.DecOptions) cbor.DecMode {
	mode, err := options.DecMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return mode
}

// decode reads an item of one major type. The library alone would also take null for any value, and look through tags.
func decode[T any](data []byte, major byte) (T, error) {
	var value T
	if len(data) == 0 || data[0]>>5 != major || strict.Unmarshal(data, &value) != nil {
		return value, fmt.Errorf("%w: missing or of the wrong type", ErrMalformed)
	}
	return value, nil
}

func decodeInt(data []byte) (int64, error) {
	if len(data) > 0 && data[0]>>5 == majorNint {
		return decode[int64](data, majorNint)
	}
	return decode[int64](data, majorUint)
}

// decodeMap reads a map whose keys are labels as COSE and CWT have them: an int64 or a string each.
func decodeMap(data []byte) (map[any]cbor.RawMessage, error) {
	entries, err := decode[map[any]cbor.RawMessage](data, majorMap)
	for label := range entries {
		switch label.(type) {
		case int64, string:
		default:
			return nil, fmt.Errorf("%w: a key that is neither number nor text", ErrMalformed)
		}
	}
	return entries, err
}

// decodeText reads a text that is not empty.
func decodeText(data []byte) (string, error) {
	text, err := decode[string](data, majorText)
	if err == nil && text == "" {
		err = fmt.Errorf("%w: empty", ErrMalformed)
	}
	return text, err
}

// decodeList reads an array, which must not be empty, each element by the given function.
func decodeList[T any](data []byte, element func([]byte) (T, error)) ([]T, error) {
	items, err := decode[[]cbor.RawMessage](data, majorArray)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("%w: an empty list, which matches nothing", ErrMalformed)
	}
	values := make([]T, len(items))
	for i, item := range items {
		if values[i], err = element(item); err != nil {
			return nil, err
		}
	}
	return values, nil
}
