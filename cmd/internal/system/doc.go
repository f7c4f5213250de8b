// Package system proves the program as its users meet it: the binary as processes of its own, on data folders of its
// own, spoken to by command line, signals and HTTP alone. It holds tests only.
//
// Each test owns a data folder and the processes on it. The binary is built once a run, with the race detector when the
// tests have it; clips are made by ffmpeg, once a run. What is looked at behind the program's back is what an operator
// could look at too: the files of the data folder, the catalogue (read only), and /proc.
//
// Nothing waits for time to pass: tests wait for a condition, and give up after a bound that no working program reaches.
package system
