// The watch page: plays an asset with the player that the address or the viewer names and shows what it does.
import { connectCopyButtons } from './copy.js';
import { inFormat } from './manifests.js';
import { choosePlayer } from './players.js';
import { Session } from './session.js';
import { connectTestHook } from './testhook.js';
import { connectThemeButton } from './theme.js';
import { View } from './view.js';

const samplePeriod = 500; // milliseconds

const { hls, dash } = document.getElementById('watch').dataset;
const asked = new URL(location.href).searchParams;
const manifests = inFormat({ hls, dash }, asked.get('format'), asked.get('options'));
const session = new Session(document.getElementById('video'), manifests);
const view = new View(session, start);

// start plays with the player of that id and puts it into the address, so that a reload or a link keeps it.
function start(id) {
  const choice = choosePlayer(id);
  const address = new URL(location.href);
  address.searchParams.set('player', choice.id);
  history.replaceState(null, '', address);
  view.clear();
  return session.start(choice);
}

connectCopyButtons();
connectThemeButton(document.getElementById('theme'));
connectTestHook(session, start);
session.addEventListener('change', () => view.show());
setInterval(() => { view.sample(); view.show(); }, samplePeriod);
start(asked.get('player'));
