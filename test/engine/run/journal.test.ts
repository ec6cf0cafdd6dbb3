import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineEvent } from '../../../src/engine/model/event.ts';
import { openJournal, readJournal } from '../../../src/engine/run/journal.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-journal-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const EVENTS: readonly EngineEvent[] = [
  { kind: 'engine.started', at: 1, process: 'p' },
  { kind: 'leader.deposed', at: 2, id: 'm', why: 'a "quote"\nand a line' },
  { kind: 'poll.answered', at: 3, source: 'jobs' },
];

function write(keep: 'everything' | 'acts', ...batches: readonly (readonly EngineEvent[])[]): string {
  const faults: Error[] = [];
  const journal = openJournal({ folder, process: 'p', keep, onFault: (error) => faults.push(error) });
  for (const batch of batches) journal.append(batch);
  journal.close();
  expect(faults).toEqual([]);
  return fs.readFileSync(path.join(folder, 'p.0.jsonl'), 'utf8');
}

test('what is written reads back, batch by batch; a console keeps its acts only', () => {
  expect(readJournal(write('everything', EVENTS.slice(0, 1), [], EVENTS.slice(1)))).toEqual({
    events: EVENTS,
    damaged: [],
  });
  const act: EngineEvent = { kind: 'plan.confirmed', at: 4, planId: 'p-1', by: 'ana' };
  fs.rmSync(path.join(folder, 'p.0.jsonl'));
  expect(readJournal(write('acts', EVENTS, [act])).events).toEqual([act]);
});

test('a console that did nothing leaves no file, and old journals make room for new ones', () => {
  const idle = openJournal({ folder, process: 'idle', keep: 'acts', onFault: (error) => { throw error; } }); // prettier-ignore
  idle.append(EVENTS);
  idle.close();
  expect(fs.readdirSync(folder)).toEqual([]);
  for (let number = 0; number < 210; number++) {
    const file = path.join(folder, `old-${number}.0.jsonl`);
    fs.writeFileSync(file, '');
    fs.utimesSync(file, number, number);
  }
  write('everything', EVENTS);
  const left = fs.readdirSync(folder);
  expect(left).toHaveLength(201);
  expect(left).toContain('old-209.0.jsonl');
  expect(left).not.toContain('old-9.0.jsonl');
});

test('a torn last line is a write that the process did not live to finish', () => {
  const text = write('everything', EVENTS);
  for (let cut = 1; cut < 20; cut++) {
    expect(readJournal(text.slice(0, -cut))).toEqual({ events: cut === 1 ? EVENTS : EVENTS.slice(0, 2), damaged: [] });
  }
  expect(readJournal('')).toEqual({ events: [], damaged: [] });
});

test('a damaged middle is told by its line, and the rest is read', () => {
  const lines = write('everything', EVENTS).split('\n');
  const text = [lines[0], '{"kind":', lines[2], '[1]', '"x"', lines[3], ''].join('\n');
  expect(readJournal(text)).toEqual({ events: EVENTS.slice(1), damaged: [2, 4, 5] });
  expect(readJournal([lines[0], 'null', lines[1], ''].join('\n')).damaged).toEqual([2]);
});

test('a full file is closed and the next begun; the oldest beyond four go', () => {
  const journal = openJournal({ folder, process: 'p', keep: 'everything', onFault: (error) => { throw error; } }); // prettier-ignore
  const large: EngineEvent = { kind: 'engine.started', at: 1, process: 'x'.repeat(33 * 1024 * 1024) };
  for (let times = 0; times < 10; times++) journal.append([large]);
  journal.close();
  expect(fs.readdirSync(folder).sort()).toEqual(['p.1.jsonl', 'p.2.jsonl', 'p.3.jsonl', 'p.4.jsonl']);
});

test('a disk that refuses is told once, and the process goes on', () => {
  const faults: Error[] = [];
  const file = path.join(folder, 'not-a-folder');
  fs.writeFileSync(file, '');
  const journal = openJournal({
    folder: file,
    process: 'p',
    keep: 'everything',
    onFault: (error) => faults.push(error),
  });
  journal.append(EVENTS);
  journal.append(EVENTS);
  journal.close();
  expect(faults).toHaveLength(1);
});
