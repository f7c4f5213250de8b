// Package repolint holds the rules of this repository that no general linter knows, and the test that applies them to it:
// which folder may import what, what stands at the top, how large files and functions may grow.
//
// A rule is a pure function of a file, so that the tests can show each one failing on a planted violation. A violation
// says why the rule exists.
package repolint
