// Everything that a check of who may watch needs: an installation, what stands in front of it, a web site and a browser.
import { launchBrowser } from '../browser.mjs';
import { Tally } from '../tally.mjs';
import { Installation } from './installation.mjs';
import { Site } from './site.mjs';

/**
 * @typedef {{place: Installation, front: {url: string, requests: () => Promise<object[]>, stop: () => Promise<void>},
 *   site: Site, browser: import('playwright-core').Browser}} Stage
 */

/**
 * Makes an installation, has prepare fill it, serves it behind a front, has act check it, and ends everything.
 * @param {(place: Installation) => Promise<object>} prepare  what it returns is for act
 * @param {(place: Installation) => Promise<object>} startFront
 * @param {(tally: Tally, stage: Stage, prepared: object) => Promise<void>} act
 */
export async function onStage(prepare, startFront, act) {
  const ends = [];
  try {
    const place = await Installation.open();
    ends.push(() => place.close());
    const prepared = await prepare(place);
    await place.serve();
    const front = await startFront(place);
    ends.push(() => front.stop());
    const site = await Site.start(place.control);
    ends.push(() => site.stop());
    const browser = await launchBrowser();
    ends.push(() => browser.close());
    const tally = new Tally();
    await act(tally, { place, front, site, browser }, prepared);
    tally.close();
  } finally {
    await endAll(ends.reverse());
  }
}

// endAll ends everything, whatever does not end well.
async function endAll(ends) {
  for (const end of ends) {
    await end().catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
  }
}
