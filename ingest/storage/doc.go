// Package storage is the port to where objects lie: track files, presentation indexes, records and the change feed.
//
// A [Store] keeps immutable byte strings under keys. It is small enough for an object store of the cloud: objects are
// put whole, replaced whole, read by range and listed by prefix; there is no rename, no append and no lock. What a local
// disk can do better is offered as a capability that callers test for: [FileImporter] takes a file over instead of
// copying it, [Filer] hands out an open file for sendfile.
//
// Backends: local (files below a folder) and mem (for tests). Both pass the one suite in storagetest. A backend knows
// nothing of what the bytes mean; the layout of keys belongs to package ingest.
//
// Non-goals: access control, caching, versions of an object, transactions over several objects.
package storage
