// Counts to a number, a step every fifth of a second, and adds up a number of chance at each: what it ends with is known
// beforehand, and a step that is lost, or counted twice, or taken from another counter's state, shows in the sum.
//
// `--asked`: it saves when SIGUSR2 asks it to; otherwise after every step, at its own pace.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';

const STEP_MS = 200;

const argument = (name) => Number(process.argv[process.argv.indexOf(`--${name}`) + 1]);
const steps = argument('steps');
const seed = argument('seed');
const saysWhen = process.argv.includes('--asked');
const folder = process.env.CBAS_CHECKPOINT_DIR ?? '.';
const stateFile = path.join(folder, 'state.json');

function write(file, text) {
  fs.writeFileSync(`${file}.tmp`, text);
  fs.renameSync(`${file}.tmp`, file);
}

const state = fs.existsSync(stateFile)
  ? JSON.parse(fs.readFileSync(stateFile, 'utf8'))
  : { steps: 0, last: seed, sum: 0 };
console.log(`begins at ${state.steps}`);

function save() {
  write(stateFile, JSON.stringify(state));
  write(path.join(folder, 'READY'), `${state.steps}\n`);
}
if (saysWhen) process.on('SIGUSR2', save);

while (state.steps < steps) {
  // One synchronous step: a signal is handled between two of them, never in one.
  state.last = (Math.imul(state.last, 1664525) + 1013904223) >>> 0;
  state.sum += state.last;
  state.steps += 1;
  if (!saysWhen) save();
  await rest(STEP_MS);
}

fs.mkdirSync('out', { recursive: true });
fs.writeFileSync('out/count.json', JSON.stringify(state));
