// Running other programs.
import { spawn } from 'node:child_process';

const patience = 1000 * Number(process.env.PATIENCE ?? 120); // milliseconds; ends a program that hangs

/**
 * Runs a program to its end. It never rejects for what the program does; code is null when a signal ended it.
 * @returns {Promise<{code: number | null, stdout: string, stderr: string}>}
 */
export function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: patience, killSignal: 'SIGKILL' });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text) => { output[name] += text; });
    }
    child.on('error', (error) => reject(new Error(`${program}: ${error.message}`)));
    child.on('close', (code) => resolve({ code, ...output }));
  });
}

/** Runs a program that must succeed and returns what it printed on stdout. */
export async function runWell(program, args) {
  const { code, stdout, stderr } = await run(program, args);
  if (code !== 0) throw new Error(`${program} ended with ${code}\n${stderr.trim().slice(-2000)}`);
  return stdout;
}
