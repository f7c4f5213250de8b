package origin

import "headwater/packager"

// optionsOf parses an element that is known to be right; "" asks for nothing.
func optionsOf(element string) packager.Options {
	if element == "" {
		return packager.Options{}
	}
	o, err := packager.ParseOptions(element)
	if err != nil {
		panic(err)
	}
	return o
}
