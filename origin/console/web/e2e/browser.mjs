// A headless Chromium for player tests.
import { chromium } from 'playwright-core';

/** Starts the browser at CHROMIUM (Debian's by default). Playback needs no gesture and makes no noise. */
export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox', // the tests run as root in containers
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--mute-audio',
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
}
