import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CBAS, childrenOf, World } from '../support/processes.ts';
import { inShell, PtyProgram } from '../support/pty.ts';

const JOBS = 10;
const SAMPLES = 80_000_000;

describe('the demo on a terminal', () => {
  const world = new World();
  let demo: PtyProgram;

  beforeAll(() => {
    // Its jobs take seconds: a kill that waits for its operator (told in acts.test.ts) would mostly come too late.
    demo = new PtyProgram(world, inShell(`CBAS_UNDO_FOR=0 ${CBAS} demo --jobs ${JOBS}`));
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  it('opens the console, and jobs run in it', async () => {
    await demo.shows('1 Overview');
    await demo.shows('LOCAL demo', 30_000);
    demo.type('2');
    await demo.shows(/● running +pi-0\d\d/, 30_000);
    expect(childrenOf(demo.pid)).toHaveLength(1);
  });

  it('a checkpoint of a running job is asked for by a plan, and taken', async () => {
    demo.type('/state:running\r');
    await demo.shows(/▸ ● running +pi-0\d\d/, 30_000);
    demo.type('C');
    await demo.shows(/C {2}checkpoint job pi-0\d\d/);
    await confirm(demo, /checkpoint job pi-0\d\d now: (done|changed)/);
  });

  it('a running job is killed by a plan that says what it loses', async () => {
    const killed = (await tryToKill(demo)) ?? (await tryToKill(demo)) ?? (await tryToKill(demo));
    expect(killed, demo.screen()).toBeDefined();
    demo.type('\u001b');
    await demo.shows(/filter: none/);
    await demo.shows(new RegExp(`killed +${killed}`));
  });

  it('workers are launched by a plan', async () => {
    demo.type('L');
    await demo.shows('launch workers');
    demo.type('\r');
    await demo.shows(/launch 1 worker in the cheapest pool/);
    await confirm(demo, /launch 1 worker.*: (asked of the leader|done)/);
  });

  it('shrinks to one sentence when there is no room, and comes back', async () => {
    demo.resize(20, 5);
    await demo.shows(/cbas needs/);
    for (let step = 0; step < 30; step++) demo.resize(20 + step * 4, 5 + step);
    demo.resize(120, 40);
    await demo.shows(/why {2,}/);
  });

  it('workers are taken back, and their jobs go on from a checkpoint', async () => {
    demo.type('1');
    await demo.shows(/takes? \d+ workers? back|▲|took \d+ workers? back/, 60_000);
    await demo.shows(/go(es)? on from a checkpoint|saved in time/, 60_000);
  });

  it('at the end the book holds exactly the samples of the jobs that were not killed', async () => {
    await demo.shows(new RegExp(`0 running {3}0 runnable.* ${JOBS - 1} done`), 90_000);
    demo.type('8');
    const samples = ((JOBS - 1) * SAMPLES).toLocaleString('en-US');
    await demo.shows(new RegExp(`pi +mean 3\\.14.* ${samples} samples +${JOBS - 1} records`));
  });

  it('q gives the terminal back and ends every process', async () => {
    demo.type('q');
    await demo.shows('left with 0', 30_000);
    await demo.isRestored();
    const settings = await demo.shows('icanon');
    expect(settings).toMatch(/(^| )icanon/);
    expect(settings).toMatch(/(^| )echo( |$)/m);
    expect(settings).toMatch(/(^| )isig( |$)/m);
    await world.assertNothingLeft();
  });
});

/** The job's name; undefined when it moved on while the plan was read: then the plan is refused, and one looks again. */
async function tryToKill(program: PtyProgram): Promise<string | undefined> {
  await program.shows(/▸ ● running +pi-0\d\d/, 30_000);
  program.type('K');
  const plan = await program.shows(/K {2}kill job pi-0\d\d/);
  expect(plan).toMatch(/loses/);
  const name = /K {2}kill job (pi-0\d\d)/.exec(plan)?.[1] ?? '';
  const told = await confirm(program, new RegExp(`kill job ${name}: (done|changed)`));
  return told.includes(`kill job ${name}: done`) ? name : undefined;
}

/** A plan answers to `y` only once it can have been read. */
async function confirm(program: PtyProgram, outcome: RegExp): Promise<string> {
  await program.shows('y  do it');
  await program.typeUntil('y', (screen) => !screen.includes('y  do it'));
  return program.shows(outcome);
}
