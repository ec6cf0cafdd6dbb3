import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import { seededRng, type Rng } from '../../src/engine/model/rng.ts';
import { KEYMAP } from '../../src/ui/keymap.ts';
import { listOf, selectedId } from '../../src/ui/screens/index.ts';
import { isTooSmall } from '../../src/ui/frame.ts';
import { churned } from './churn.ts';
import { type Size, type TestConsole, withConsole } from './console.ts';
import { dangersIn } from './hostile.ts';
import { busySnapshot, faultSnapshot, jobId, NOW, troubledSnapshot } from './snapshots.ts';
import { logAnswer } from './logs.ts';

export interface MonkeyOptions {
  readonly seed: number;
  /** Asked before each action. */
  goesOn(actions: number): boolean;
}

export interface MonkeyReport {
  readonly actions: number;
  /** Consoles that were opened: whoever presses keys at random also leaves. */
  readonly sessions: number;
  readonly churns: number;
  readonly resizes: number;
  readonly plansShown: number;
  readonly confirmed: number;
  /** Each names its seed and action, so that it can be done again. */
  readonly violations: readonly string[];
}

const NAMED: Readonly<Record<string, string>> = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  pageup: '\u001b[5~',
  pagedown: '\u001b[6~',
  enter: '\r',
  esc: '\u001b',
  tab: '\t',
  'shift-tab': '\u001b[Z',
  space: ' ',
  backspace: '\u007f',
  delete: '\u001b[3~',
};
/** Every key that means something somewhere, some that mean nothing, and, more often, those that walk and answer. */
const KEYS: readonly string[] = [
  ...KEYMAP.flatMap(({ keys }) => keys).filter((key) => key !== 'q' && key !== 'ctrl-c'),
  ...'abcxz059!"%&/()=?.,;:<>|~^'.split(''),
  ...Array.from({ length: 40 }, (_, at) => ['j', 'k', 'down', 'up', '2', 'esc', 'K', 'y'][at % 8] ?? 'j'),
];
const SIZES: readonly Size[] = [[80, 24], [200, 50], [60, 15], [120, 40], [300, 100], [1, 1], [20, 5], [61, 16], [119, 19]].map(([columns = 1, rows = 1]) => ({ columns, rows })); // prettier-ignore
const PASTES = [
  'pi-00',
  'state:failed',
  'age>10m',
  '[',
  '漢字 ⚠️ e\u0301',
  '\u001b]0;owned\u0007',
  'K\ry\ry',
  '99999',
  '\u0000\u001b[2J',
];
const SESSION_MAX = 3_000;
const VIOLATIONS_MAX = 20;
/** Every so often all is painted anew: it must look as what was painted piece by piece. */
const COMPARE_EVERY = 25;
/** Longer than any terminal's reader waits for the rest of a sequence, on a busy machine too. */
const ESCAPE_MS = 250;

/** Presses, pastes, resizes and lets time and the world go by at random, and looks after each action whether all still holds. */
export async function runMonkey({ seed, goesOn }: MonkeyOptions): Promise<MonkeyReport> {
  const rng = seededRng(seed);
  const report = { actions: 0, sessions: 0, churns: 0, resizes: 0, plansShown: 0, confirmed: 0 };
  const violations: string[] = [];
  const onRejection = (error: unknown): void => void violations.push(`seed ${seed}, action ${report.actions}: rejection that nobody handles: ${String(error)}`); // prettier-ignore
  process.on('unhandledRejection', onRejection);
  try {
    while (goesOn(report.actions) && violations.length < VIOLATIONS_MAX) {
      report.sessions++;
      const snapshot = [busySnapshot(), troubledSnapshot(), faultSnapshot()][rng.below(3)] ?? busySnapshot();
      const size = SIZES[rng.below(2)] ?? { columns: 80, rows: 24 };
      await withConsole({ snapshot, size, hasMouse: true }, async (console) => {
        const monkey = new Monkey(console, rng, { size, told: (what) => void violations.push(`seed ${seed}, action ${report.actions}: ${what}`) }); // prettier-ignore
        // What was written before the first action is of the size that it began with.
        await console.takeRaw();
        while (goesOn(report.actions) && !monkey.hasLeft && monkey.actions < SESSION_MAX) {
          if (violations.length >= VIOLATIONS_MAX) break;
          report.actions++;
          await monkey.act();
        }
        report.churns += monkey.churns;
        report.resizes += monkey.resizes;
        report.plansShown += monkey.plansShown;
        report.confirmed += monkey.confirmed;
      });
    }
  } finally {
    process.off('unhandledRejection', onRejection);
  }
  return { ...report, violations };
}

class Monkey {
  readonly #console: TestConsole;
  readonly #rng: Rng;
  readonly #told: (what: string) => void;
  /** When a plan was first on the screen, by its id. */
  readonly #seenAt = new Map<string, number>();
  #size: Size;
  #escapedMs = -Infinity;
  /** The terminal is the console's, and not given back or lent. */
  #isOurs = true;
  #last = '';
  hasLeft = false;
  actions = 0;
  churns = 0;
  resizes = 0;
  plansShown = 0;
  confirmed = 0;

  constructor(
    console: TestConsole,
    rng: Rng,
    { size, told }: { readonly size: Size; readonly told: (what: string) => void },
  ) {
    this.#console = console;
    this.#rng = rng;
    this.#size = size;
    this.#told = (what) => told(`${what} (after ${this.#last})`);
    void console.running.waitUntilExit().then(() => (this.hasLeft = true));
    const log = logAnswer('one\ntwo \u001b[31mred\u001b[0m\nthree', { epoch: 1 });
    for (const number of [0, 12, 13, 16]) console.engine.logs.set(`${jobId(number)} newest stdout`, log);
  }

  async act(): Promise<void> {
    this.actions++;
    const { engine, running } = this.#console;
    const before = engine.confirmed.length;
    await this.#do();
    for (const plan of engine.confirmed.slice(before)) this.#confirmed(plan.id, this.#console.clock.mono);
    await this.#console.lines();
    if (this.hasLeft) return;
    await this.#looksRight();
    const { dialog } = running.store.getState();
    if (dialog?.kind !== 'plan' || isTooSmall(this.#size)) this.#seenAt.clear();
    else if (!this.#seenAt.has(dialog.plan.id)) {
      this.plansShown++;
      this.#seenAt.set(dialog.plan.id, this.#console.clock.mono);
    }
    engine.proposed.length = engine.confirmed.length = engine.logsAsked.length = engine.factsAsked.length = 0;
  }

  #confirmed(planId: string, at: number): void {
    this.confirmed++;
    const seenAt = this.#seenAt.get(planId);
    if (seenAt === undefined) this.#told(`${planId} was confirmed and never shown`);
    else if (at - seenAt < DIALOG_DEAF_MS) this.#told(`${planId} was confirmed ${at - seenAt} ms after it was shown`);
  }

  async #do(): Promise<void> {
    const kind = this.#rng.below(100);
    if (kind < 50) return this.#press([this.#key()]);
    if (kind < 55) return this.#answer();
    if (kind < 62) return this.#press(Array.from({ length: 2 + this.#rng.below(6) }, () => this.#key()));
    if (kind < 78) return this.#churn();
    if (kind < 88) return this.#pass();
    if (kind < 91) return this.#paste();
    if (kind < 95) return this.#resize();
    if (kind < 98) return this.#click();
    this.#last = 'another answer of the engine';
    this.#console.engine.refusal = this.#rng.below(4) === 0 ? 'not now' : undefined;
  }

  #key(): string {
    if (this.#rng.below(400) === 0) return 'q';
    const name = KEYS[this.#rng.below(KEYS.length)] ?? 'j';
    const control = /^ctrl-([a-z])$/.exec(name)?.[1];
    return control === undefined ? (NAMED[name] ?? name) : String.fromCharCode(control.charCodeAt(0) - 96);
  }

  async #press(keys: readonly string[]): Promise<void> {
    if (keys.join('').endsWith('\u001b')) this.#escapedMs = performance.now();
    this.#last = `keys ${JSON.stringify(keys.join(''))}`;
    await this.#console.press(keys.join(''));
  }

  /** A plan is asked for, and answered: at once, too soon, or after it could be read. */
  async #answer(): Promise<void> {
    const acts = KEYMAP.filter(({ act }) => act).flatMap(({ keys }) => keys);
    const key = acts[this.#rng.below(acts.length)] ?? 'K';
    if (this.#rng.below(2) === 0) {
      // Out of whatever is open, to the jobs or the workers.
      for (const one of ['\u001b', '\u001b', this.#rng.below(2) === 0 ? '2' : '3', key]) await this.#press([one]);
      return;
    }
    this.#last = `y after some time`;
    this.#console.clock.pass([0, DIALOG_DEAF_MS - 1, DIALOG_DEAF_MS][this.#rng.below(3)] ?? 0);
    await this.#console.press('y');
  }

  async #paste(): Promise<void> {
    const text = PASTES[this.#rng.below(PASTES.length)] ?? '';
    this.#last = `paste ${JSON.stringify(text)}`;
    await this.#console.press(this.#rng.below(2) === 0 ? text : `\u001b[200~${text}\u001b[201~`);
  }

  async #click(): Promise<void> {
    const [column, row] = [1 + this.#rng.below(this.#size.columns), 1 + this.#rng.below(this.#size.rows)];
    this.#last = `mouse at ${column};${row}`;
    await this.#console.press(`\u001b[<${[0, 64, 65][this.#rng.below(3)]};${column};${row}M`);
  }

  async #resize(): Promise<void> {
    this.resizes++;
    const known = SIZES[this.#rng.below(SIZES.length)] ?? { columns: 80, rows: 24 };
    this.#size = this.#rng.below(3) > 0 ? known : { columns: 1 + this.#rng.below(220), rows: 1 + this.#rng.below(70) };
    this.#last = `size ${this.#size.columns}x${this.#size.rows}`;
    // What is still on its way is of the size before.
    await this.#console.lines();
    await this.#take();
    await this.#console.resize(this.#size);
  }

  async #pass(): Promise<void> {
    const ms = [10, 100, DIALOG_DEAF_MS, 1_000, 60_000][this.#rng.below(5)] ?? 1_000;
    this.#last = `${ms} ms`;
    this.#console.clock.pass(ms);
  }

  /** The world moves and nobody presses a key: the cursor stays with its row. */
  async #churn(): Promise<void> {
    this.churns++;
    const { engine, running, clock } = this.#console;
    const ui = running.store.getState();
    const { screen } = ui;
    const id = selectedId(screen, engine.current, ui);
    const wasMoved = ui.cursors[screen].id !== '';
    engine.set(churned(engine.current, this.#rng, { at: Math.max(clock.at, NOW), rows: 1 + this.#rng.below(40) }));
    await this.#console.lines();
    this.#last = `churn on ${screen}`;
    const now = running.store.getState();
    const isStillThere = listOf(screen, engine.current, now).indexOf(id) >= 0;
    const follows = selectedId(screen, engine.current, now);
    // It leads back to another row, and may have become a key just now.
    if (this.#isEscapePending()) return;
    if (wasMoved && isStillThere && id === ui.cursors[screen].id && follows !== id)
      this.#told(`the cursor left ${id} for ${follows} on ${screen}`);
  }

  async #looksRight(): Promise<void> {
    const raw = await this.#take();
    if (!this.#isOurs) return;
    if (/\u001b\[[23]J/.test(raw)) this.#told('the screen was cleared');
    const dangers = dangersIn(raw, 'no hostile text');
    if (dangers.length > 0) this.#told(`an escape that is not ours: ${dangers.join(' ')}`);
    const lines = await this.#console.lines();
    // It may have ended while it was looked at.
    if (this.hasLeft) return;
    const { columns, rows } = this.#size;
    if (lines.length !== rows) this.#told(`${lines.length} lines on ${rows} rows`);
    // A frame that is taller or wider scrolls the first line away.
    if (!isTooSmall(this.#size) && !lines[0]?.startsWith(' cbas')) this.#told(`line 1 of ${columns}x${rows} is ${JSON.stringify(lines[0])}`); // prettier-ignore
    const stamp = raw.matchAll(/\u001b\[(\d+)(?:;(\d+))?H/g);
    for (const [, row = '1', column = '1'] of stamp)
      if (Number(row) > rows || Number(column) > columns)
        this.#told(`written at ${row};${column} of ${columns}x${rows}`);
    // A lone escape byte becomes a key after a moment of the real clock, which may be between the two looks.
    if (this.actions % COMPARE_EVERY !== 0 || this.#isEscapePending()) return;
    const before = await this.#console.cells();
    await this.#console.press('\u000c');
    const after = await this.#console.cells();
    const differs = before.findIndex((row, at) => row !== after[at]);
    await this.#take();
    // Another program may have got it meanwhile.
    if (differs >= 0 && this.#isOurs)
      this.#told(`row ${differs + 1} is not what a whole paint makes of it: ${lines[differs]}`);
  }

  #isEscapePending(): boolean {
    return performance.now() - this.#escapedMs < ESCAPE_MS;
  }

  /** What was written since the last time. */
  async #take(): Promise<string> {
    const raw = await this.#console.takeRaw();
    // Given back, for good or to another program: that the console hears of the end takes a little longer.
    const [given, taken] = [raw.lastIndexOf('\u001b[?1049l'), raw.lastIndexOf('\u001b[?1049h')];
    if (given !== taken) this.#isOurs = taken > given;
    return raw;
  }
}
