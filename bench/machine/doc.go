// Package machine tells what a load test ran on and whether it held it back: the processor, the kernel, the processor time
// of this process, the idle time of all cores, and how late its timers are. It reads /proc and needs Linux.
package machine
