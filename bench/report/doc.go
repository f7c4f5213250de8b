// Package report is what a load test ends with, and the three forms in which it is shown: text with small plots for a
// terminal, JSON for programs, and one HTML page with charts that needs nothing but itself.
//
// A [Report] is plain data; its JSON field names are an interface that scripts use, described at the fields and in package
// bench. Times are milliseconds, sizes bytes, shares 0 to 1. Texts that come from servers are made printable first.
package report
