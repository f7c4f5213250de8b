// A viewer in a browser of its own, who watches what some URLs name.
import { WatchPage } from '../watchpage.mjs';

/** Players of the watch page. */
export const browserPlayers = ['hls.js', 'dash.js', 'shaka-hls', 'shaka-dash'];

/**
 * Opens a page with a player in a fresh browser context, whose name stands in its User-Agent and so in access logs.
 * @param {{name: string, page: string, front: string, asset: string, player: string}} options  page and front are the base
 *   URLs of the page and the media
 * @returns {Promise<WatchPage>}
 */
export async function openViewer(browser, { name, page, front, asset, player }) {
  const context = await browser.newContext({ userAgent: `Chromium viewer=${name}` });
  const watch = new WatchPage(await context.newPage(), [page, front].map((url) => new URL(url).origin));
  await watch.open(page, asset, player);
  return watch;
}

/** Tells who has asked, by the User-Agent. */
export function viewerOf({ agent }) {
  return /viewer=(\S+)/.exec(agent)?.[1] ?? '';
}
