// Writes docs/screens/*.svg: frames of the demonstration as it really runs, on a terminal of 120x34. `npm run screens`.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { screenLines } from '../../test/support/screen.ts';
import { svgOf } from './svg.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const FOLDER = path.join(ROOT, 'docs', 'screens');
const SIZE = { cols: 120, rows: 34 };
const WITHIN_MS = 180_000;

interface Scene {
  readonly name: string;
  readonly title: string;
  /** Typed one after the other, each read by itself. */
  readonly keys: readonly string[];
  /** What must be on the screen before the picture is taken. */
  readonly shows: RegExp;
  /** Typed afterwards, to leave what was opened. */
  readonly leave: readonly string[];
}

const SCENES: readonly Scene[] = [
  {
    name: 'overview',
    title: 'Overview: who needs you, what runs, what it costs, and every pool',
    keys: ['1'],
    shows: /takes \d+ workers? back/,
    leave: [],
  },
  {
    name: 'jobs',
    title: 'Jobs: each with its progress, its work at risk, and why it is where it is',
    keys: ['2'],
    shows: /running .*\d+%/,
    leave: [],
  },
  {
    name: 'workers',
    title: 'Workers: one cell each, and a sentence about the one under the cursor',
    keys: ['3'],
    shows: /busy/,
    leave: [],
  },
  {
    name: 'tuner',
    title: 'Tuning a bid: what each bid would do, before it is made',
    keys: ['4', 'B'],
    shows: /a job like[^]*safe /,
    leave: ['\u001b'],
  },
  {
    name: 'plan',
    title: 'A plan before an act: what would be called, lost and saved',
    keys: ['3', 'K'],
    shows: /Cancel/,
    leave: ['\u001b'],
  },
];

const state = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-screens-'));
const terminal = new xterm.Terminal({ ...SIZE, allowProposedApi: true, scrollback: 0 });
const child = pty.spawn(path.join(ROOT, 'bin', 'cbas'), ['demo'], {
  ...SIZE,
  cwd: state,
  name: 'xterm-256color',
  env: {
    PATH: process.env['PATH'] ?? '',
    HOME: state,
    XDG_STATE_HOME: state,
    XDG_CONFIG_HOME: state,
    XDG_CACHE_HOME: state,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    CBAS_OPERATOR: 'ana',
  },
});
child.onData((text) => terminal.write(text));
const ended = new Promise<void>((resolve) => child.onExit(() => resolve()));

async function shows(what: RegExp): Promise<void> {
  const until = performance.now() + WITHIN_MS;
  while (!what.test(screenLines(terminal).join('\n'))) {
    if (performance.now() > until)
      throw new Error(`${String(what)} was never shown; the screen was:\n${screenLines(terminal).join('\n')}`);
    await pause(100);
  }
}

async function type(keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    child.write(key);
    await pause(500);
  }
}

try {
  fs.mkdirSync(FOLDER, { recursive: true });
  for (const { name, title, keys, shows: wanted, leave } of SCENES) {
    await type(keys);
    await shows(wanted);
    await pause(300);
    fs.writeFileSync(path.join(FOLDER, `${name}.svg`), svgOf(terminal, title));
    process.stderr.write(`docs/screens/${name}.svg\n`);
    await type(leave);
  }
} finally {
  child.write('q');
  await Promise.race([ended, pause(20_000).then(() => child.kill('SIGTERM'))]);
  await ended;
  fs.rmSync(state, { recursive: true, force: true });
}
process.exit(0);
