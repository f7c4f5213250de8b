// Package wire joins the packages into a running program: it is the only place that knows every concrete type.
//
// [System] is what the commands work on: the catalogue, the storage and the scratch folder of one data folder, and the
// servers over them. The viewer plane reaches storage through the adapters in viewer.go, which translate the errors of
// storage and ingest into those of package origin, and never touches the catalogue.
package wire
