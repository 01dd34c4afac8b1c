// After the build: compresses every file beside itself (.br, .gz), and fails when the JavaScript that a first screen needs
// is above its budget. Counted are an entry's module and everything it imports statically, as the server sends it (brotli).
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { promisify } from 'node:util';

const DIST = new URL('../dist/', import.meta.url).pathname;
/** Entry → at most so many KB. `screens`: pages that somebody's first screen is, so they count too. */
const BUDGETS = {
  'shop.html': { kb: 150, screens: ['src/shop/'] },
  'index.html': { kb: 250, screens: ['src/home/HomePage.tsx'] },
};
const WORTH_BYTES = 256;

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);
const sizes = new Map();

for (const entry of await readdir(DIST, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || !/\.(html|js|css|svg|json)$/.test(entry.name) || path.includes('.vite')) continue;
  const bytes = await readFile(path);
  const small = await brotli(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  const zipped = await zip(bytes, { level: 9 });
  sizes.set(path.slice(DIST.length), { brotli: small.length, gzip: zipped.length });
  if (bytes.length < WORTH_BYTES) continue;
  await writeFile(`${path}.br`, small);
  await writeFile(`${path}.gz`, zipped);
}

const manifest = JSON.parse(await readFile(join(DIST, '.vite/manifest.json'), 'utf8'));
let isOver = false;
for (const [entry, { kb, screens }] of Object.entries(BUDGETS)) {
  const files = new Set();
  const seen = new Set();
  const take = (key) => {
    const chunk = manifest[key];
    if (chunk === undefined || seen.has(key)) return;
    seen.add(key);
    if (chunk.file.endsWith('.js')) files.add(chunk.file);
    for (const each of chunk.imports ?? []) take(each);
    for (const each of chunk.dynamicImports ?? []) if (screens.some((screen) => each.startsWith(screen))) take(each);
  };
  take(entry);
  const sum = (how) => [...files].reduce((total, file) => total + (sizes.get(file)?.[how] ?? 0), 0) / 1000;
  const verdict = sum('brotli') > kb ? 'TOO MUCH' : 'ok';
  if (verdict !== 'ok') isOver = true;
  console.log(
    `${entry}: ${sum('brotli').toFixed(1)} KB brotli (${sum('gzip').toFixed(1)} gzip) of ${kb} KB: ${verdict}`,
  );
}
if (isOver) process.exitCode = 1;
