import { expect } from 'vitest';
import type { Command } from '../../src/engine/model/command.ts';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { DIALOG_DEAF_MS } from '../../src/ui/plan-keys.ts';
import { listOf, selectedId } from '../../src/ui/screens/index.ts';
import { screenKey, type ScreenId } from '../../src/ui/screens.ts';
import { type TestConsole, type TestOptions, withConsole } from './console.ts';

/** What can be said in a story; each sentence is done when those before it are, and the story is awaited as a whole. */
export interface Story extends PromiseLike<void> {
  overview(): Story;
  jobs(): Story;
  /** The table of workers: the grid has no rows. */
  workers(): Story;
  market(): Story;
  /** Walks the cursor to the row, as an operator does. */
  select(id: string): Story;
  press(...keys: readonly string[]): Story;
  /** A text is on the screen. */
  expectSeen(text: string | RegExp): Story;
  /** A plan is open that names all of these, and that is answered by y. */
  expectPlan(...named: readonly string[]): Story;
  /** Why there is no plan. */
  expectRefusal(sentence: string): Story;
  /** Time in which the plan can be read. */
  read(): Story;
  /** Reads the plan, and answers y: it is carried out as it was shown. */
  confirm(): Story;
  expectProposed(...commands: readonly Command[]): Story;
  expectConfirmed(...commands: readonly Command[]): Story;
  /** The world moves. */
  meanwhile(change: (snapshot: Snapshot) => Snapshot): Story;
}

/** Opens the real console on an emulated terminal and tells the story on it. */
export async function story(options: TestOptions, told: (on: Story) => Story): Promise<void> {
  await withConsole(options, async (console) => {
    await told(storyOn(console));
  });
}

export function storyOn(console: TestConsole): Story {
  const { engine, running, clock } = console;
  let said: Promise<void> = Promise.resolve();
  const then = (step: () => Promise<void> | void): Story => {
    said = said.then(step);
    return on;
  };
  const text = async (): Promise<string> => (await console.lines()).join('\n');
  const selected = (): string => {
    const ui = running.store.getState();
    return selectedId(ui.screen, engine.current, ui);
  };
  const go = (screen: ScreenId): Story =>
    then(async () => {
      await console.press(screenKey(screen));
      expect(running.store.getState().screen).toBe(screen);
    });
  const walkTo = async (id: string): Promise<void> => {
    const ui = running.store.getState();
    expect(
      listOf(ui.screen, engine.current, ui).indexOf(id),
      `${id} is in the list of ${ui.screen}`,
    ).toBeGreaterThanOrEqual(0);
    const list = listOf(ui.screen, engine.current, ui);
    await console.press('g');
    for (let step = 0; step < list.length && selected() !== id; step++) await console.press('j');
    expect(selected()).toBe(id);
  };
  const on: Story = {
    overview: () => go('overview'),
    jobs: () => go('jobs'),
    workers: () => go('workers').press(...(running.store.getState().workersPane === 'grid' ? ['\t'] : [])),
    market: () => go('market'),
    select: (id) => then(() => walkTo(id)),
    press: (...keys) => then(() => console.press(...keys)),
    expectSeen: (wanted) => then(async () => expect(await text()).toMatch(wanted)),
    expectPlan: (...named) =>
      then(async () => {
        const seen = await text();
        for (const name of [...named, 'y  do it']) expect(seen).toContain(name);
      }),
    expectRefusal: (sentence) =>
      then(async () => {
        expect(running.store.getState().dialog).toBeUndefined();
        expect(await text()).toContain(sentence);
      }),
    read: () => then(() => clock.pass(DIALOG_DEAF_MS)),
    confirm: () =>
      then(async () => {
        const { dialog } = running.store.getState();
        const plan = dialog?.kind === 'plan' ? dialog.plan : undefined;
        expect(plan, 'a plan is open').toBeDefined();
        clock.pass(DIALOG_DEAF_MS);
        await console.press('y');
        expect(engine.confirmed.at(-1)).toBe(plan);
      }),
    expectProposed: (...commands) => then(() => expect(engine.proposed).toEqual(commands)),
    expectConfirmed: (...commands) => then(() => expect(engine.confirmed.map(({ command }) => command)).toEqual(commands)), // prettier-ignore
    meanwhile: (change) => then(() => engine.set(change(engine.current))),
    then: (fulfilled, rejected) => said.then(fulfilled, rejected),
  };
  return on;
}
