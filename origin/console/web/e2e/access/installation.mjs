// An origin on a data folder of its own, and the program's verbs on it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runWell } from '../programs.mjs';
import { controlURL, freePort, Server } from './servers.mjs';

const program = process.env.HEADWATER ?? new URL('../../../../../bin/headwater', import.meta.url).pathname;

/** What the network in front shows to the origin. */
export const pin = 'a-secret-of-the-network-in-front';

/** Installation is a data folder, and a server on it that answers only who shows the pin. */
export class Installation {
  /** Makes the folder and chooses the ports: of the server for viewers, and of what will stand in front of it. */
  static async open() {
    const installation = new Installation();
    installation.scratch = await mkdtemp(join(tmpdir(), 'headwater-access-'));
    installation.port = await freePort();
    installation.viewer = `127.0.0.1:${await freePort()}`;
    installation.front = `http://127.0.0.1:${installation.port}`; // what players know of it
    return installation;
  }

  /** Runs a verb of the program on the folder and returns what it prints. */
  async run(...args) {
    return (await runWell(program, [...args, '--data', join(this.scratch, 'data')])).trim();
  }

  /** Takes policies, projects and the default policy from a YAML text. */
  async setRules(yaml) {
    const file = join(this.scratch, 'rules.yaml');
    await writeFile(file, yaml);
    await this.run('policy', 'set', file);
  }

  /** Starts the server. */
  async serve() {
    const pins = join(this.scratch, 'pins');
    await writeFile(pins, `${pin}\n`, { mode: 0o600 });
    const flags = ['--data', join(this.scratch, 'data'), '--listen', this.viewer, '--control', '127.0.0.1:0', '--public-url', this.front,
      '--viewer-trusted-proxies', '127.0.0.0/8', '--viewer-pin-file', pins];
    this.server = new Server(program, ['serve', ...flags], join(this.scratch, 'log'), 'pipe');
    this.control = await controlURL(this.server);
  }

  /** Mints a PlayAuth. */
  token(asset, ...flags) {
    return this.run('token', asset, '--json', ...flags).then(JSON.parse);
  }

  /** Stops the server and removes the folder. */
  async close() {
    await this.server?.stop();
    await rm(this.scratch, { recursive: true });
  }
}

const manifests = { hls: 'hls/master.m3u8', dash: 'dash/manifest.mpd' };

/** Returns the URLs of the entry manifests of an asset with a query. */
export function entries(base, asset, query) {
  return Object.fromEntries(Object.entries(manifests).map(([protocol, path]) => [protocol, `${base}/v/${asset}/${path}${query}`]));
}
