// The players that the page can choose from, and what they have in common.

/**
 * A video rendition as a player sees it.
 * @typedef {{width: number, height: number, bitrate: number, codecs: string}} Level  bitrate in bits per second
 */

/**
 * One audio track as a player sees it.
 * @typedef {{language: string, label: string}} AudioTrack
 */

/**
 * A player that plays one manifest in one video element. Indexes count from 0 in the order of the lists; -1 is none, or
 * automatic choice. Lists are empty until the manifest is read.
 * @typedef {object} Player
 * @property {() => Level[]} levels  video renditions by rising bit rate; none for audio alone
 * @property {() => number} currentLevel  the rendition that plays
 * @property {() => number} selectedLevel
 * @property {(index: number) => void} selectLevel  at once, dropping what is buffered of the others
 * @property {() => AudioTrack[]} audioTracks
 * @property {() => number} currentAudioTrack
 * @property {(index: number) => void} selectAudioTrack
 * @property {() => number} throughput  bits per second as the player estimates them, NaN before it does
 * @property {() => void | Promise<void>} destroy
 */

/**
 * What a player tells the page.
 * @typedef {object} Report
 * @property {() => void} ready  the manifest is read: levels and tracks are known
 * @property {() => void} ended  the end is reached; needed where the media element may not say so
 * @property {(text: string) => void} event
 * @property {(fatal: boolean, text: string) => void} error
 */

/**
 * Starts to load; playback is left to the video element.
 * @typedef {(video: HTMLVideoElement, url: string, report: Report) => Player} Start
 */

/**
 * @typedef {object} PlayerChoice
 * @property {string} id  in the address of the page and for tests
 * @property {string} label
 * @property {'hls' | 'dash'} protocol
 * @property {() => boolean} supported
 * @property {() => Promise<{start: Start}>} load
 */

const hasMediaSource = () => 'MediaSource' in window || 'ManagedMediaSource' in window;
const playsHls = () => document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== '';

/** @type {PlayerChoice[]} */
export const players = [
  { id: 'hls.js', label: 'hls.js', protocol: 'hls', supported: hasMediaSource, load: () => import('./hls.js') },
  { id: 'dash.js', label: 'dash.js', protocol: 'dash', supported: hasMediaSource, load: () => import('./dash.js') },
  { id: 'shaka-hls', label: 'Shaka', protocol: 'hls', supported: hasMediaSource, load: () => import('./shaka.js') },
  { id: 'shaka-dash', label: 'Shaka', protocol: 'dash', supported: hasMediaSource, load: () => import('./shaka.js') },
  { id: 'native', label: 'Browser', protocol: 'hls', supported: playsHls, load: () => import('./native.js') },
];

/** Returns the player with that id when this browser can run it, else the first that it can run. */
export function choosePlayer(id) {
  const usable = players.filter((player) => player.supported());
  return usable.find((player) => player.id === id) ?? usable[0];
}
