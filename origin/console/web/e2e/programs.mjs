// Running other programs, among them players without a browser.
import { spawn } from 'node:child_process';

const patience = 1000 * Number(process.env.PATIENCE ?? 120); // milliseconds; ends a program that hangs

/**
 * Runs a program to its end, with variables beside those of this process. It never rejects for what the program does; code is null when a signal ended it.
 * @returns {Promise<{code: number | null, stdout: string, stderr: string}>}
 */
export function run(program, args, environment = {}) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: patience, killSignal: 'SIGKILL' });
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

// GStreamer (1.22, adaptivedemux2) gives up with this message when it has read a stream to its end, all answers whole, before
// the stream's pad is there, which happens to short ones on a busy machine. It is asked again then, this many times in all.
const tooSoon = "Can't push EOS on non-exposed pad";
const attempts = 3;

/** Plays with GStreamer's playbin as fast as it decodes. */
export async function playGStreamer(url) {
  const sinks = ['video', 'audio'].map((kind) => `${kind}-sink=fakesink sync=false`);
  const environment = { GST_DEBUG: 'adaptivedemux2:1', GST_DEBUG_NO_COLOR: '1' };
  let result;
  for (let i = 0; i < attempts; i++) {
    result = await run('gst-launch-1.0', ['playbin3', `uri=${url}`, ...sinks], environment);
    if (!result.stderr.includes(tooSoon)) break;
  }
  const { code, stdout, stderr } = result;
  const complaints = `${stdout}\n${stderr}`.match(/^(ERROR|WARNING): .*$/gm) ?? [];
  if (code !== 0 || !stdout.includes('Got EOS') || complaints.length > 0) {
    throw new Error(`gst-launch-1.0 ended with ${code}\n${complaints.join('\n') || stdout.slice(-1000)}`);
  }
}

/** Decodes every stream of a manifest: all renditions, not only one. ffmpeg must have nothing to say. */
export async function playFFmpeg(url, ...options) {
  const args = ['-nostdin', '-v', 'warning', '-xerror', ...options, '-i', url, '-map', '0:v?', '-map', '0:a?', '-f', 'null', '-'];
  const { code, stderr } = await run('ffmpeg', args);
  if (code !== 0 || stderr.trim() !== '') throw new Error(`ffmpeg ended with ${code}\n${stderr.trim().slice(-2000)}`);
}
