// Numbers for people.

/** Bits per second, such as "4.9 Mb/s". */
export function formatBitrate(bitsPerSecond) {
  if (!Number.isFinite(bitsPerSecond)) return '–';
  if (bitsPerSecond < 1e6) return `${Math.round(bitsPerSecond / 1e3)} kb/s`;
  return `${(bitsPerSecond / 1e6).toFixed(bitsPerSecond < 1e7 ? 1 : 0)} Mb/s`;
}

/** Seconds as h:mm:ss or m:ss. */
export function formatTime(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** The height by which people call a rendition, such as "1080p": the shorter side, so that portrait counts alike. */
export function formatLevel({ width, height }) {
  return `${Math.min(width || height, height)}p`;
}

/** The name of an audio track: its label, else its language in the reader's own. */
export function formatAudioTrack({ language, label }, index) {
  const name = language && language !== 'und' ? languageName(language) : '';
  return [...new Set([label, name].filter(Boolean))].join(' · ') || `Track ${index + 1}`;
}

function languageName(tag) {
  try {
    return new Intl.DisplayNames(undefined, { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag; // not a well-formed BCP 47 tag
  }
}
