// Package sqlite keeps the catalogue in one SQLite file, the embedded default.
//
// Several processes of one machine may open the file at once (WAL). Each has one connection that writes, because SQLite
// has one writer at a time anyway and waiting in Go keeps to the context, and a few that read without waiting for it.
// Commits are synchronous=FULL: in WAL mode NORMAL may lose the last transactions when power fails, and a publish that
// was acknowledged must not be lost. There are few commits, so that the price does not matter.
//
// Beside the file lie two lock files, held only for moments: one for migration and one for delivery
// ([Catalog.LockDelivery]). The kernel frees them when a process ends. All of it must lie on a local disk.
package sqlite
