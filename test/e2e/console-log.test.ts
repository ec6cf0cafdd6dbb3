import { describe, expect, it } from 'vitest';
import { Cloud, shell } from '../support/cloud.ts';
import { CBAS_CONSOLE, World } from '../support/processes.ts';
import { PtyProgram } from '../support/pty.ts';

const SOON_MS = 20_000;
const RUNS_WITHIN_MS = 60_000;

/** Says a line each tenth of a second, for a minute. */
const TALKER = `i=0; while [ $i -lt 600 ]; do i=$((i + 1)); echo "tick $i"; sleep 0.1; done`;

describe('the log of a job', () => {
  it('is followed while the job runs, held while somebody reads, and harmless whatever it says', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'logs', workers: 2 });
    cloud.master();
    const fails = `printf 'first\\n\\033]0;owned\\007\\033[2Jhostile\\n'; echo 'out of memory' >&2; exit 3`;
    const [talks = '', failed = ''] = await cloud.submit(shell('talks', TALKER), shell('fails', fails));
    await cloud.jobIs(failed, ['FAILED'], RUNS_WITHIN_MS);
    await cloud.jobIs(talks, ['RUNNING'], RUNS_WITHIN_MS);

    const console = new PtyProgram(world, [CBAS_CONSOLE]);
    await console.shows('LOCAL logs', SOON_MS);
    console.type('2/name:talks\r');
    await console.shows(/▸ ● running +talks/, SOON_MS);
    console.type('\r');
    await console.shows(/command +\/bin\/sh -c/, SOON_MS);
    await console.shows(/end of stdout[^]*tick \d+/, SOON_MS);
    console.type('l');
    const before = lastTick(await console.shows(/following[^]*tick \d+/, SOON_MS));
    await console.shows(new RegExp(`following[^]*tick ${before + 40}\\b`), SOON_MS);
    console.type('k');
    const held = lastTick(await console.shows('G to the end'));
    console.type('G');
    const after = lastTick(await console.shows('following'));
    expect(after).toBeGreaterThanOrEqual(held);
    console.type('/tick 7\r');
    await console.shows(/▸ tick 7|"tick 7" in line \d+/);
    console.type('\t');
    await console.shows('it has written nothing to stderr', SOON_MS);

    console.type('\u001b');
    await console.shows(/end of stdout/, SOON_MS);
    console.type('\u001b');
    // Beside the detail there is no room for the sort.
    await console.shows(/filter: name:talks .*sort: submitted/);
    console.type('\u001b');
    await console.shows('filter: none');
    console.type('/name:fails\r');
    await console.shows(/▸ ✕ failed +fails/);
    console.type('l');
    await console.shows(/\^\[\]0;owned\^G\^\[\[2Jhostile/, SOON_MS);
    expect(console.raw).not.toContain('\u001b]0;owned');
    console.type('\t');
    await console.shows(/ end\s[^]*out of memory/, SOON_MS);
    console.type('q');
    await console.exitCode(SOON_MS);
    await console.isRestored();
    await cloud.stop();
  });
});

function lastTick(screen: string): number {
  return Math.max(...[...screen.matchAll(/tick (\d+)/g)].map(([, number]) => Number(number)));
}
