import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const SRC = path.resolve(import.meta.dirname, '../src');

/** Modules whose code is needed when this one is loaded; what is there for its types alone is not, nor what is loaded later. */
function neededBy(file: string): readonly string[] {
  const imports = fs
    .readFileSync(file, 'utf8')
    .matchAll(/^(?:import|export)\s+(?!type\b)([^;]*?)\bfrom\s+'(\.[^']+)'/gm);
  return [...imports].flatMap(([, names = '', from = '']) => {
    const named = /^\{([^]*)\}\s*$/.exec(names.trim())?.[1];
    const isForTypes = named?.split(',').every((name) => /^\s*(?:type\s|$)/.test(name)) ?? false;
    return isForTypes ? [] : [path.resolve(path.dirname(file), from)];
  });
}

test('no module needs itself to be loaded, by whatever way around', () => {
  const files = fs
    .readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => path.join(SRC, name));
  const needs = new Map(files.map((file) => [file, neededBy(file)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) {
      const names = [...way.slice(way.indexOf(file)), file].map((one) => path.relative(SRC, one));
      circles.push(names.join(' -> '));
    }
    if (done.has(file) || way.includes(file)) return;
    for (const next of needs.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  expect(files.length).toBeGreaterThan(300);
  expect([...needs.values()].flat().length).toBeGreaterThan(1_000);
  expect(circles).toEqual([]);
});
