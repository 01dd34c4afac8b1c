// The demo's retailer, made once for a run of the browser tests: each worker starts its own Backroom on a copy.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where workers find the retailer. */
export const RETAILER = 'BACKROOM_TEST_RETAILER';

// The retailer lives for a week while it is made.
const MADE_MS = 240_000;

/** Makes the retailer, unless the tests run against a Backroom that is there already; gives back what removes it. */
export default function setUp(): (() => void) | undefined {
  if (process.env['BACKROOM_URL'] !== undefined) return undefined;
  const binary = process.env['BACKROOM_BIN'];
  if (binary === undefined)
    throw new Error('BACKROOM_BIN: the path of the binary to test, or BACKROOM_URL of a running one');
  const folder = mkdtempSync(join(tmpdir(), 'backroom-retailer-'));
  const { status, stderr, error } = spawnSync(binary, ['demo', '--seed-only'], { cwd: folder, timeout: MADE_MS });
  if (status !== 0) throw new Error(`no retailer could be made: ${error?.message ?? stderr.toString()}`);
  process.env[RETAILER] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
