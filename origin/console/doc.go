// Package console serves the watch page: a page of the control listener that plays an asset with a player of the
// viewer's choice and shows what the player does.
//
// The page and its scripts are built from the npm project in web (make web) into web/dist and embedded in the binary;
// nothing is loaded from outside. Without that build the package still compiles, and the page says how to build it.
// Manifests and segments come from the viewer listener, which is another origin: the Content-Security-Policy of the page
// names it and nothing else.
//
// Non-goals: management of assets, viewer traffic. The package keeps no state between requests but its embedded files.
package console
