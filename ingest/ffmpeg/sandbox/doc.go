// Package sandbox runs a program that reads untrusted bytes, such as ffmpeg, so that little is lost when those bytes
// take it over.
//
// [Command] starts our own executable a second time. [Main], which must be the first call of every main and TestMain,
// recognises that and turns the process into the contained program, layer by layer:
//
//   - Landlock: read the program, the system's libraries, one source file; write nothing, connect nowhere.
//   - Another user, without groups, when we are root.
//   - A network namespace without interfaces, entered when the process is created.
//   - No new privileges, no core dumps, limits of memory, processor time, descriptors; no file can grow.
//   - An empty environment, the root directory as working directory, and death together with the parent.
//
// Layers that the kernel or our own privileges do not allow are left out; [Detect] tries once and says which are
// there. Limits, the empty environment and no new privileges always are. A second executable stage is needed because
// Go cannot run code between fork and exec, and because these restrictions cannot be lifted again.
//
// The package works on Linux only. It does not bound wall time or output; callers kill the process group (-pid).
package sandbox
