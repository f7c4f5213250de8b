// The manifests of an asset in the format and with the options that an address may name by the parameters of these names.

const usual = { hls: ['hls/master.m3u8'], dash: ['dash/manifest.mpd'] };

// Entry manifests below an asset and the options that make the format, by format; of a protocol that a format does not name
// it has the usual one.
const formats = {
  ts: { hls: ['hls-ts/master.m3u8'] },
  'ts-separate': { hls: ['hls-ts/master.m3u8', 'audio=separate'] },
  byterange: { hls: ['hls-byterange/master.m3u8'] },
  ondemand: { dash: ['dash-ondemand/manifest.mpd'] },
  duration: { dash: ['dash/manifest.mpd', 'template=duration'] },
  download: { hls: ['download.mp4'] }, // for the browser's own player
};

/**
 * Returns the URLs of both manifests in a format.
 * @param {{hls: string, dash: string}} urls
 * @param {string | null} format
 * @param {string | null} options  key=value joined by commas, beside what makes the format
 */
export function inFormat(urls, format, options) {
  const { hls, dash } = { ...usual, ...formats[format] };
  const place = (url, [ordinary], [manifest, ...own]) => {
    const element = [...(options ?? '').split(','), ...own].filter(Boolean).sort().join(',');
    return url.replace(`/${ordinary}`, `/${element ? `${element}/` : ''}${manifest}`);
  };
  return { hls: place(urls.hls, usual.hls, hls), dash: place(urls.dash, usual.dash, dash) };
}
