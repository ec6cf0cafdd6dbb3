import os from 'node:os';
import { decideBench } from './decide.ts';
import { findBench } from './find.ts';
import { freshBench } from './fresh.ts';
import { interruptionsBench } from './interruptions/interruptions.ts';
import { keysBench } from './keys.ts';
import { scaleBench } from './scale.ts';
import { startBench } from './start.ts';
import { whatifBench } from './whatif.ts';

/** `npm run bench -- NAME`: one JSON line on stdout, progress on stderr. */
const BENCHES: Readonly<Record<string, (say: (line: string) => void) => Promise<object>>> = {
  start: startBench,
  fresh: freshBench,
  find: findBench,
  whatif: whatifBench,
  decide: decideBench,
  interruptions: interruptionsBench,
  keys: keysBench,
  scale: scaleBench,
};

const [name = ''] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  process.stderr.write(`bench: there is no "${name}"; there are: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
const figures = await bench((line) => void process.stderr.write(`${line}\n`));
const line = {
  bench: name,
  at: new Date().toISOString(),
  node: process.versions.node,
  cores: os.availableParallelism(),
  ...figures,
};
process.stdout.write(`${JSON.stringify(line)}\n`);
