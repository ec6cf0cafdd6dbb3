// Pi by Monte Carlo: the share of random points of a square that fall into its circle.
//
// Shows the `app` checkpoint contract. All that the computation is, is four numbers of chance and two counts; they are
// written to a new file and renamed into place, and READY after them says that a whole state lies there. Asked by
// SIGUSR2, the program saves; started again, it goes on where the state says. So the number of samples is exact
// whatever happens to the machines.
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as breathe, setTimeout as wait } from 'node:timers/promises';

const samples = Number(process.env.SAMPLES ?? 50_000_000);
/** Samples a second at most: who only wants to watch keeps the machine for other things. Without it, as fast as it goes. */
const rate = Number(process.env.RATE ?? Infinity);
const seed = Number(process.argv[process.argv.indexOf('--seed') + 1] ?? 1);
const checkpointDir = process.env.CBAS_CHECKPOINT_DIR ?? '.';
/** Between two looks at signals and progress: some milliseconds of work. */
const SLICE = 500_000;

const stateFile = path.join(checkpointDir, 'state.json');

function write(file, text) {
  fs.writeFileSync(`${file}.tmp`, text);
  fs.renameSync(`${file}.tmp`, file);
}

/** sfc32 by Chris Doty-Humphrey: small, fast, and its whole state is four integers. */
function begin() {
  const state = { a: 0, b: seed | 0, c: 0x9e3779b9 | 0, d: 1, done: 0, inside: 0 };
  for (let i = 0; i < 20; i++) draw(state);
  return state;
}

function draw(state) {
  const t = (((state.a + state.b) | 0) + state.d) | 0;
  state.d = (state.d + 1) | 0;
  state.a = state.b ^ (state.b >>> 9);
  state.b = (state.c + (state.c << 3)) | 0;
  state.c = (((state.c << 21) | (state.c >>> 11)) + t) | 0;
  return (t >>> 0) / 4294967296;
}

function slice(state, count) {
  let inside = 0;
  for (let i = 0; i < count; i++) {
    const x = draw(state);
    const y = draw(state);
    if (x * x + y * y <= 1) inside += 1;
  }
  state.inside += inside;
  state.done += count;
}

const state = fs.existsSync(stateFile) ? JSON.parse(fs.readFileSync(stateFile, 'utf8')) : begin();
if (state.done > 0) console.log(`goes on at ${state.done} of ${samples} samples`);

let asked = false;
process.on('SIGUSR2', () => (asked = true));

const begun = { at: performance.now(), done: state.done };

while (state.done < samples) {
  slice(state, Math.min(SLICE, samples - state.done));
  if (process.env.CBAS_PROGRESS_FILE)
    fs.writeFileSync(process.env.CBAS_PROGRESS_FILE, String((100 * state.done) / samples));
  if (asked) {
    asked = false;
    write(stateFile, JSON.stringify(state));
    write(path.join(checkpointDir, 'READY'), `${state.done}\n`);
  }
  const early = begun.at + ((state.done - begun.done) / rate) * 1000 - performance.now();
  await (early > 0 ? wait(early) : breathe());
}

// A point counts 4 when it lies inside and 0 when not: the mean of all is pi, and the sums of many jobs can be added.
const estimate = { n: state.done, sum: 4 * state.inside, sumSq: 16 * state.inside };
fs.mkdirSync('out', { recursive: true });
fs.writeFileSync('out/estimate.json', `${JSON.stringify(estimate)}\n`);
console.log(`pi is about ${estimate.sum / estimate.n} from ${estimate.n} samples`);
