// nginx in front of an origin, configured by what the guide of package auth says.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { pin } from './installation.mjs';
import { eventually, Server } from './servers.mjs';

const guide = new URL('../../../../../auth/README.md', import.meta.url);
const program = process.env.NGINX ?? '/usr/sbin/nginx';

/** A running nginx, and what it has logged. */
class Nginx {
  #log;
  #server;

  constructor(url, server, log) {
    this.url = url;
    this.#server = server;
    this.#log = log;
  }

  stop() {
    return this.#server.stop();
  }

  /**
   * Returns all requests that it has answered.
   * @returns {Promise<{began: number, method: string, status: number, cache: string, uri: string, media: string, agent: string}[]>}
   *   began is in milliseconds of Unix time, media what the cache is asked for
   */
  async requests() {
    const lines = (await readFile(this.#log, 'utf8')).split('\n').slice(0, -1);
    return lines.map((line) => {
      const { ended, took, ...request } = JSON.parse(line);
      return { ...request, began: 1000 * (ended - took) };
    });
  }
}

/** Starts nginx in front of an installation. @param {import('./installation.mjs').Installation} place */
export async function startNginx(place) {
  const folder = join(place.scratch, 'nginx');
  await mkdir(folder);
  await writeFile(join(folder, 'nginx.conf'), await configuration(folder, place));
  const server = new Server(program, ['-p', folder, '-c', 'nginx.conf'], join(folder, 'errors'));
  await eventually('nginx answers', () => fetch(place.front).then(() => true, () => false));
  return new Nginx(place.front, server, join(folder, 'access.log'));
}

async function configuration(folder, place) {
  const user = process.getuid() === 0 ? `user ${userInfo().username};` : '';
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((use) => `${use}_temp_path ${use};`).join(' ');
  return `${user}
daemon off;
pid nginx.pid;
error_log stderr;
events {}
http {
  ${scratch}
  log_format tests escape=json '{"ended":$msec,"took":$request_time,"method":"$request_method","status":$status,'
    '"cache":"$upstream_cache_status","uri":"$request_uri","media":"$media","agent":"$http_user_agent"}';
  access_log access.log tests;
  ${await fromGuide({
    'server 10.0.0.5:8080;': `server ${place.viewer};`,
    '/var/cache/nginx/media': join(folder, 'media'),
    'listen 80;': `listen 127.0.0.1:${place.port};`,
    'a line of viewer.pin_file': pin,
  })}
}
`;
}

// fromGuide returns the one nginx configuration of the guide, with the places and secrets of this machine.
async function fromGuide(replacements) {
  const found = [...(await readFile(guide, 'utf8')).matchAll(/^```nginx\n([^]*?)^```$/gm)];
  if (found.length !== 1) throw new Error(`${guide.pathname} has ${found.length} nginx configurations`);
  return Object.entries(replacements).reduce((result, [placeholder, value]) => {
    const [before, after, ...more] = result.split(placeholder);
    if (after === undefined || more.length > 0) throw new Error(`${guide.pathname} has not exactly one ${placeholder}`);
    return before + value + after;
  }, found[0][1]);
}
