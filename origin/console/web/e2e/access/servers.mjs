// Servers that a test starts on ports of its own, and ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** A running program. */
export class Server {
  /** @param {string} log  file for what it says on stderr  @param {'pipe' | 'ignore'} stdout */
  constructor(program, args, log, stdout = 'ignore') {
    this.child = spawn(program, args, { stdio: ['ignore', stdout, openSync(log, 'a')] });
    this.ended = once(this.child, 'exit').then(([code, signal]) => {
      running.delete(this.child);
      return code ?? signal;
    });
    running.add(this.child);
  }

  /** Ends the program and waits for that. */
  async stop() {
    this.child.kill('SIGTERM');
    const code = await this.ended;
    if (code !== 0) throw new Error(`${this.child.spawnfile} ended with ${code}`);
  }
}

/** Returns the URL of the control listener that headwater serve prints when it accepts. */
export async function controlURL(server) {
  for await (const line of createInterface({ input: server.child.stdout })) {
    const [name, url] = line.split(' ');
    if (name === 'control') return url;
  }
  throw new Error('headwater serve ended before it was ready');
}

/** Returns a port of 127.0.0.1 that nobody listens on, for a program that cannot choose one itself. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

const patience = 60_000; // milliseconds; a bound for what never comes

/** Waits until holds returns something true, and returns that. */
export async function eventually(what, holds) {
  for (const deadline = Date.now() + patience; Date.now() < deadline; await pause(50)) {
    const result = await holds();
    if (result) return result;
  }
  throw new Error(`waited for: ${what}`);
}
