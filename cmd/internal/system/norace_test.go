//go:build !race

package system

// buildFlags builds the program as the tests are built.
var buildFlags []string
