// Package wire joins the packages into a running program: it is the only place that knows every concrete type.
//
// [System] is what the commands work on: the storage of one data folder, and what stands over it. The viewer plane
// reaches storage through the adapters in viewer.go, which translate the errors of storage and ingest into those of
// package origin, and never touches the catalogue. The control plane, which needs it, is opened by each command; a server
// has upkeep open it beside serving, again and again until it succeeds.
package wire
