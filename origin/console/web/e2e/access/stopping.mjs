// Viewers of a film, from whom watching is taken while they watch.
import { run } from '../programs.mjs';
import { eventually } from './servers.mjs';
import { browserPlayers, openViewer, viewerOf } from './viewer.mjs';

const rate = 4; // of playback: who watches fast asks often

/** The names of the viewers: a player in a browser each, and ffmpeg. */
export const audience = [...browserPlayers, 'ffmpeg'];

/** Begins to watch URLs on a page of the site. */
export async function watchFilm({ browser, place, site }, { urls, ...options }) {
  const watch = await openViewer(browser, { ...options, page: site.page(options.name, urls), front: place.front });
  await watch.playOn(rate);
  return watch;
}

/** Begins to watch with ffmpeg. The promise that is returned with it is for its end. */
export function watchInFFmpeg(name, url) {
  const args = ['-nostdin', '-v', 'warning', '-readrate', `${rate}`, '-user_agent', `viewer=${name}`, '-i', url, '-f', 'null', '-'];
  return { ended: run('ffmpeg', args) };
}

/** Waits until viewers are in the middle of it: each has got some of the film. */
export function inTheMiddle(front, names) {
  const least = 3; // answers, so that there are segments among them
  return eventually(`${names} watch`, async () => {
    const answered = (await front.requests()).filter(({ status }) => status === 200 || status === 206).map(viewerOf);
    return names.every((name) => answered.filter((other) => other === name).length >= least);
  });
}

/** Waits until a player in a browser has given up, and returns what it complained of. */
export async function stopped(watch) {
  await watch.until('the player gives up', () => window.headwater.state === 'failed');
  const fatal = (await watch.ask('errors')).filter((error) => error.fatal);
  return fatal[0].text.replace(/https?:\S+/, '…');
}

/** Waits until ffmpeg has ended, which must be because it was refused. */
export async function ffmpegStopped({ ended }) {
  const { stderr } = await ended;
  if (!/403 Forbidden/.test(stderr)) throw new Error(`ffmpeg was not refused: ${stderr.slice(-1000)}`);
}

const graceSeconds = 5; // that a revocation may take to be known everywhere

/** Demands that a viewer was refused, and got nothing that he asked for later than instant (milliseconds) and the grace. */
export function assertRefused(requests, name, instant) {
  const own = requests.filter((request) => viewerOf(request) === name);
  const refused = own.find(({ status }) => status === 403);
  if (!refused) throw new Error(`${name} was never refused`);
  const got = own.filter(({ began, status }) => began > instant + 1000 * graceSeconds && status < 400);
  if (got.length > 0) throw new Error(`${name} got ${got.length} answers more than ${graceSeconds} s later: ${got[0].media}`);
  return `refused ${((refused.began - instant) / 1000).toFixed(1)} s after it`;
}
