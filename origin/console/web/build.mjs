// Bundles the watch page into dist, which the Go package console embeds. Each player is a chunk of its own, loaded when
// it is chosen; names of chunks hold a hash of their content, so that the server may let browsers keep them for ever.
import { build } from 'esbuild';
import { copyFile, readFile, readdir, rm, writeFile } from 'node:fs/promises';

const dist = new URL('dist/', import.meta.url);
const committed = new Set(['.gitignore', 'unbuilt.html']);
const players = {
  'hls.js': ['LICENSE'],
  dashjs: ['LICENSE.md', 'dist/modern/esm/dash.all.min.js.LICENSE.txt'],
  'shaka-player': ['LICENSE'],
};

async function clean() {
  for (const name of await readdir(dist)) {
    if (!committed.has(name)) await rm(new URL(name, dist));
  }
}

// writeLicences puts what the players' licences ask to be passed on beside their code.
async function writeLicences() {
  const parts = [];
  for (const [player, files] of Object.entries(players)) {
    const home = new URL(`node_modules/${player}/`, import.meta.url);
    const { version, license } = JSON.parse(await readFile(new URL('package.json', home), 'utf8'));
    const texts = await Promise.all(files.map((file) => readFile(new URL(file, home), 'utf8')));
    parts.push([`${player} ${version} (${license})`, ...texts].join('\n\n'));
  }
  await writeFile(new URL('licences.txt', dist), parts.join(`\n${'='.repeat(80)}\n\n`));
}

await clean();
await build({
  entryPoints: ['src/watch.js', 'src/watch.css'],
  absWorkingDir: new URL('.', import.meta.url).pathname,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  chunkNames: 'chunk-[name]-[hash]',
  logLevel: 'warning',
});
await copyFile(new URL('src/icon.svg', import.meta.url), new URL('icon.svg', dist));
await writeLicences();
