// dash.js behind the Player contract of players.js.
import { Debug, MediaPlayer } from 'dashjs';

/** @type {import("./players.js").Start} */
export function start(video, url, report) {
  const player = MediaPlayer().create();
  let rendered = '';
  player.updateSettings({ debug: { logLevel: Debug.LOG_LEVEL_NONE } });
  player.on(MediaPlayer.events.STREAM_INITIALIZED, report.ready);
  player.on(MediaPlayer.events.QUALITY_CHANGE_RENDERED, ({ mediaType, newRepresentation }) => {
    if (mediaType === 'video') rendered = newRepresentation.id;
    report.event(`plays ${mediaType} representation ${newRepresentation.id}`);
  });
  player.on(MediaPlayer.events.PLAYBACK_ENDED, ({ isLast }) => { if (isLast !== false) report.ended(); });
  player.on(MediaPlayer.events.ERROR, ({ error }) => report.error(true, describe(error)));
  player.on(MediaPlayer.events.PLAYBACK_ERROR, ({ error }) => report.error(true, describe(error)));
  player.initialize(video, url, false);

  const representations = () => (player.isReady() && player.getActiveStream() ? player.getRepresentationsByType('video') : []);
  const tracks = () => (player.isReady() && player.getActiveStream() ? player.getTracksFor('audio') : []);
  const chooseAutomatically = (auto) => player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: auto } } } });
  let selected = -1;
  return {
    levels: () => representations().map(({ width, height, bandwidth, codecs }) => ({
      width, height, bitrate: bandwidth, codecs: codecs ?? '',
    })),
    currentLevel: () => representations().findIndex(({ id }) => id === rendered),
    selectedLevel: () => selected,
    selectLevel: (index) => {
      selected = index;
      chooseAutomatically(index < 0);
      if (index >= 0) player.setRepresentationForTypeById('video', representations()[index].id, true);
    },
    audioTracks: () => tracks().map(({ lang, labels }) => ({ language: lang ?? '', label: labels?.[0]?.text ?? '' })),
    currentAudioTrack: () => {
      const current = tracks().length > 0 && player.getCurrentTrackFor('audio');
      return tracks().findIndex((track) => current && track.index === current.index);
    },
    selectAudioTrack: (index) => player.setCurrentTrack(tracks()[index]),
    throughput: () => {
      const kilobits = player.isReady() ? player.getAverageThroughput(representations().length > 0 ? 'video' : 'audio') : NaN;
      return kilobits > 0 ? kilobits * 1000 : NaN;
    },
    destroy: () => player.destroy(),
  };
}

function describe(error) {
  return [error?.code && `error ${error.code}`, error?.message ?? String(error)].filter(Boolean).join(' · ');
}
