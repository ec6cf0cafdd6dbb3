import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESET } from '../../src/cli/terminal-guard.ts';
import { Cloud, counterJob } from '../support/cloud.ts';
import { eventually, holds } from '../support/eventually.ts';
import { CBAS, CBAS_CONSOLE, childrenOf, isRunning, sendSignal, World } from '../support/processes.ts';
import { inShell, PtyProgram } from '../support/pty.ts';

/** Several consoles start at once, on two cores. */
const SOON_MS = 40_000;

/** What the console is doing when it is told to go; each is brought about by keys. */
const STATES: Readonly<Record<string, (console: PtyProgram) => Promise<unknown>>> = {
  'the overview is open': async () => undefined,
  'a filter is being typed': async (console) => {
    console.type('2/abc');
    await console.shows(/^ \/abc/m);
  },
  'a dialog is open': async (console) => {
    console.type('2');
    await console.shows(/▸ ○ runnable/);
    console.type('K');
    await console.shows('y  do it');
  },
  'a log is open': async (console) => {
    console.type('2');
    await console.shows(/▸ ○ runnable/);
    console.type('l');
    await console.shows(/stdout/);
  },
};

const SIGNALS = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130, SIGQUIT: 131 } as const;

describe('the console gives its terminal back', () => {
  const world = new World();
  /** An error that nobody catches, when it is asked for: what a defect of ours would be. */
  const crash = path.join(world.folder, 'crash.mjs');
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const cloud = await Cloud.start(world, { name: 'shown', workers: 0 });
    await cloud.submit(counterJob('waits', 3));
    fs.writeFileSync(crash, "process.on('SIGUSR2', () => { throw new Error('a planted defect'); });\n");
    // With the mouse on there is one mode more to switch off.
    env = { CBAS_MOUSE: '1', NODE_OPTIONS: `--import=${crash}` };
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  async function opened(argv: readonly string[]): Promise<PtyProgram> {
    const console = new PtyProgram(world, argv, { env });
    await console.shows('LOCAL shown', SOON_MS);
    return console;
  }

  /** The settings of the line as the next prompt would meet them, the modes, and no process left. */
  async function isGivenBack(console: PtyProgram, pid: number): Promise<void> {
    const settings = await console.shows(/ icanon[^]* echo /, SOON_MS);
    expect(settings).toMatch(/(^| )isig( |$)/m);
    await console.isRestored();
    expect(isRunning(pid)).toBe(false);
  }

  describe.concurrent('told to go', () => {
    for (const [state, enter] of Object.entries(STATES)) {
      for (const [signal, code] of Object.entries(SIGNALS)) {
        it(`by ${signal} while ${state}: exits ${code}`, async () => {
          const console = await opened(inShell(CBAS_CONSOLE));
          const [pid = 0] = childrenOf(console.pid);
          await enter(console);
          sendSignal(pid, signal as NodeJS.Signals);
          await console.shows(`left with ${code}`, SOON_MS);
          await isGivenBack(console, pid);
        });
      }

      it(`by a defect while ${state}: exits 1, and tells the error after the screen is left`, async () => {
        const console = await opened(inShell(CBAS_CONSOLE));
        const [pid = 0] = childrenOf(console.pid);
        await enter(console);
        sendSignal(pid, 'SIGUSR2');
        await console.shows('left with 1', SOON_MS);
        expect(console.screen()).toContain('Error: a planted defect');
        await isGivenBack(console, pid);
      });

      it(`by its terminal, which is gone while ${state}: no orphan is left`, async () => {
        const console = await opened([CBAS_CONSOLE]);
        await enter(console);
        console.close();
        await eventually('it ends', () => holds(!isRunning(console.pid)), { withinMs: SOON_MS });
      });
    }

    it('a terminal whose hangup is not told to it is missed all the same', async () => {
      // In a session of its own the console hears no SIGHUP.
      const console = await opened(['setsid', '--wait', CBAS_CONSOLE]);
      const [pid = 0] = childrenOf(console.pid);
      expect(isRunning(pid)).toBe(true);
      console.close();
      await eventually('it ends', () => holds(!isRunning(pid)), { withinMs: SOON_MS });
    });
  });

  describe.concurrent('to a shell with job control', () => {
    const shell = ['/bin/bash', '--norc', '--noprofile', '-i'];
    /** The shell's own modes would be taken for ours. */
    const quiet = path.join(world.folder, 'inputrc');
    fs.writeFileSync(quiet, 'set enable-bracketed-paste off\n');

    async function atPrompt(): Promise<{ readonly console: PtyProgram; readonly pid: number }> {
      const console = new PtyProgram(world, shell, { env: { ...env, PS1: 'prompt> ', INPUTRC: quiet } });
      await console.shows('prompt>', SOON_MS);
      console.type(`${CBAS_CONSOLE}\r`);
      await console.shows('LOCAL shown', SOON_MS);
      const [pid = 0] = childrenOf(console.pid);
      return { console, pid };
    }

    it('ctrl-z stops it and leaves the terminal as a shell wants it; fg brings the screen back, and keys are keys', async () => {
      const { console } = await atPrompt();
      console.type('\u001a');
      await console.shows('Stopped', SOON_MS);
      await console.isRestored();
      console.type('stty -a\r');
      await console.shows(/ icanon[^]* echo /);
      console.type('fg\r');
      await console.shows(/^ cbas {2}LOCAL shown/m, SOON_MS);
      console.type('3');
      await console.shows('no workers: L launches some');
      expect(console.raw.lastIndexOf('\u001b[?1000h')).toBeGreaterThan(console.raw.lastIndexOf('\u001b[?1000l'));
      console.type('q');
      await console.shows(/prompt>\s*$/, SOON_MS);
      await console.isRestored();
      console.close();
    });

    it('stopped from outside and continued, it paints itself anew and reads keys again', async () => {
      const { console, pid } = await atPrompt();
      sendSignal(pid, 'SIGSTOP');
      await console.shows('Stopped', SOON_MS);
      console.type('clear\rfg\r');
      await console.shows(/^ cbas {2}LOCAL shown/m, SOON_MS);
      console.type('3');
      await console.shows('no workers: L launches some');
      console.type('q');
      await console.shows(/prompt>\s*$/, SOON_MS);
      await console.isRestored();
      console.close();
    });

    for (const [signal, code] of Object.entries(SIGNALS)) {
      it(`by ${signal} while it is stopped: exits ${code} when it is continued, and touches no terminal that is not its own`, async () => {
        const { console, pid } = await atPrompt();
        console.type('\u001a');
        await console.shows('Stopped', SOON_MS);
        sendSignal(pid, signal as NodeJS.Signals);
        console.type('fg; echo "left with $?"; stty -a\r');
        await console.shows(`left with ${code}`, SOON_MS);
        await isGivenBack(console, pid);
        console.close();
      });
    }
  });

  it('a burst of sizes, one column among them, is survived, and the cursor stays in sight', async () => {
    const console = await opened([CBAS_CONSOLE]);
    console.type('2');
    await console.shows(/▸ ○ runnable/);
    for (let step = 0; step < 40; step++) console.resize(1 + step * 4, 1 + step);
    console.resize(1, 1);
    console.resize(80, 24);
    expect(await console.shows(/▸ ○ runnable/)).toMatch(/^ cbas {2}LOCAL shown/m);
    console.signal('SIGTERM');
    expect(await console.exitCode(SOON_MS)).toBe(143);
  });

  it('cbas info asks the terminal for its background, tells the answer, and ends', async () => {
    const info = new PtyProgram(world, [CBAS, 'info'], { columns: 200 });
    // It lies there when it is asked for: how long a busy machine takes to answer is not what is tried here.
    info.type('\u001b]11;rgb:ffff/ffff/ffff\u001b\\');
    expect(await info.exitCode(SOON_MS)).toBe(0);
    expect(info.screen()).toMatch(/^theme +default, for a light background: the terminal says so/m);
    expect(info.screen()).toMatch(/^screen +interactive/m);
  });

  it('reset-term makes a terminal usable that a console left when it was killed outright', async () => {
    const console = new PtyProgram(world, ['/bin/sh', '-c', `${CBAS_CONSOLE}; ${CBAS_CONSOLE} reset-term; stty -a; echo at the end`], { env }); // prettier-ignore
    await console.shows('LOCAL shown', SOON_MS);
    const [pid = 0] = childrenOf(console.pid);
    sendSignal(pid, 'SIGKILL');
    await console.shows('at the end', SOON_MS);
    expect(console.screen()).toMatch(/ icanon/);
    expect(console.screen()).toMatch(/ echo /);
    await console.isRestored();
    expect(console.raw).toContain(RESET);
  });

  describe.concurrent('where no screen can be shown', () => {
    const ESCAPE = /\u001b/;

    for (const [what, more, why] of [
      ['a terminal that cannot draw', { TERM: 'dumb' }, 'TERM=dumb cannot draw'],
      ['an unknown terminal', { TERM: 'unknown' }, 'TERM=unknown cannot draw'],
      ['CI', { CI: 'true' }, 'CI is set'],
    ] as const) {
      it(`${what}: one look in plain lines, the reason on stderr, exit 0`, async () => {
        const console = new PtyProgram(world, ['/bin/sh', '-c', `exec ${CBAS_CONSOLE} 2>'${why}'`], { env: more });
        expect(await console.exitCode(SOON_MS)).toBe(0);
        expect(console.screen()).toContain('LOCAL shown');
        expect(console.raw).not.toMatch(ESCAPE);
        expect(fs.readFileSync(path.join(world.folder, why), 'utf8')).toContain(why);
      }, 60_000);
    }

    it('no TERM at all, and stdin from elsewhere: the same', async () => {
      const command = `unset TERM; ${CBAS_CONSOLE}; TERM=xterm ${CBAS_CONSOLE} < /dev/null; echo "left with $?"`;
      const console = new PtyProgram(world, ['/bin/sh', '-c', command]);
      const screen = await console.shows('left with 0', SOON_MS);
      expect(screen).toContain('TERM is not set');
      expect(screen).toContain('stdin is no terminal');
      expect(console.raw).not.toMatch(ESCAPE);
    });

    it('a pipe: plain lines without colour, with it where somebody insists, and JSON', async () => {
      const plain = world.start([CBAS_CONSOLE]);
      const forced = world.start([CBAS_CONSOLE, '--color', 'always']);
      const json = world.start([CBAS_CONSOLE, '--json'], { NO_COLOR: '1' });
      for (const program of [plain, forced, json]) expect(await program.exitCode(SOON_MS), program.output).toBe(0);
      expect(plain.output).not.toMatch(ESCAPE);
      expect(forced.stdout).toMatch(ESCAPE);
      expect(JSON.parse(json.stdout)).toMatchObject({ deployment: 'shown' });
    });

    it('a reader that has gone: no stack, and the end', async () => {
      const command = `${CBAS} jobs --json | head -c 1 >/dev/null; ${CBAS_CONSOLE} | head -c 1 >/dev/null; echo over`;
      const program = world.start(['/bin/sh', '-c', command]);
      expect(await program.exitCode(SOON_MS)).toBe(0);
      expect(program.stderr).not.toMatch(/Error|EPIPE/);
    });
  });
});

it(':use leaves one deployment and opens the other in the same terminal and process; q then gives the terminal back', async () => {
  await using world = new World();
  const [one, other] = await Promise.all([
    Cloud.start(world, { name: 'one', workers: 0 }),
    Cloud.start(world, { name: 'other', workers: 0 }),
  ]);
  await other.submit(counterJob('over-there', 3));
  const console = new PtyProgram(
    world,
    inShell(`${CBAS} console --deployment ${one.name} --mouse --filter state:failed`),
  );
  await console.shows('LOCAL one', SOON_MS);
  const [pid = 0] = childrenOf(console.pid);
  console.type('2:use other\r');
  expect(await console.shows('LOCAL other', SOON_MS)).not.toContain('LOCAL one');
  await console.shows('over-there', SOON_MS);
  expect(childrenOf(console.pid)).toEqual([pid]);
  console.type(':use one\r');
  await console.shows('LOCAL one', SOON_MS);
  console.type('q');
  await console.shows('left with 0', SOON_MS);
  expect(isRunning(pid)).toBe(false);
  await console.isRestored();
  expect(console.raw).not.toContain('Warning');
});
