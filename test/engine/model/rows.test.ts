import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyRows, type Rows, rowsFrom, upsertRows } from '../../../src/engine/model/rows.ts';

interface Row {
  readonly id: string;
  readonly value: number;
}

const contents = (rows: Rows<Row>): readonly Row[] => [...rows];
const row = fc.record({ id: fc.integer({ min: 0, max: 40 }).map(String), value: fc.nat() });
/** Upserts, each onto one of the snapshots made so far: mostly the newest, now and then an old one. */
const histories = fc.array(fc.record({ onto: fc.nat(), rows: fc.array(row, { maxLength: 12 }) }), { maxLength: 20 });

test('rows equal a Map under any upserts, and no snapshot changes once it is made', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const made: { readonly rows: Rows<Row>; readonly model: ReadonlyMap<string, Row> }[] = [
        { rows: emptyRows<Row>(), model: new Map() },
      ];
      for (const step of steps) {
        const base = made[step.onto % 4 === 0 ? step.onto % made.length : made.length - 1] ?? made[0]!;
        const model = new Map(base.model);
        for (const one of step.rows) model.set(one.id, one);
        made.push({ rows: upsertRows(base.rows, step.rows), model });
      }
      for (const { rows, model } of made) {
        expect(contents(rows)).toEqual([...model.values()]);
        expect(rows.length).toBe(model.size);
        for (let id = 0; id <= 40; id++) {
          expect(rows.get(String(id))).toBe(model.get(String(id)));
          expect(rows.indexOf(String(id))).toBe([...model.keys()].indexOf(String(id)));
        }
      }
    }),
  );
});

test('a change copies the chunk that it lies in and shares the others', () => {
  const before = rowsFrom(Array.from({ length: 5_000 }, (_, at) => ({ id: `j${at}`, value: at })));
  const after = upsertRows(before, [{ id: 'j2500', value: -1 }]);
  const chunks = (rows: Rows<Row>) => (rows as unknown as { chunks: readonly unknown[] }).chunks;
  const copied = chunks(after).filter((chunk, at) => chunk !== chunks(before)[at]);
  expect(chunks(after)).toHaveLength(5);
  expect(copied).toHaveLength(1);
  expect(before.get('j2500')?.value).toBe(2_500);
  expect(after.get('j2500')?.value).toBe(-1);
});

test('a row keeps its position for ever', () => {
  const first = rowsFrom([{ id: 'a', value: 1 }, { id: 'b', value: 2 }]); // prettier-ignore
  const second = upsertRows(first, [{ id: 'c', value: 3 }, { id: 'a', value: 9 }]); // prettier-ignore
  expect(contents(second).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(() => second.at(3)).toThrow('row 3 of 3');
  expect(first.indexOf('c')).toBe(-1);
});
