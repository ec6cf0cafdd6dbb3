import { JOB } from '../../src/engine/model/job-columns.ts';
import { ChurningEngine, TICK_MS } from './churn.ts';

/**
 * The rival: the same data and ticks without any framework. Rows are strings, compared with those on the screen; what differs is written
 * at its place. It has one list, a cursor, j and k, and nothing else.
 */
const engine = new ChurningEngine();
const { columns = 200, rows = 50 } = process.stdout;
const HEAD_ROWS = 6;
const page = rows - HEAD_ROWS - 2;
let [cursor, top] = [0, 0];
let shown: string[] = [];

function paint(): void {
  const { jobs } = engine.current;
  const [name, state, cost] = [jobs.column(JOB.name), jobs.column(JOB.state), jobs.column(JOB.costUsd)];
  const lines = Array.from({ length: rows }, () => '');
  lines[0] = ` cbas  ${jobs.length} jobs`;
  for (let row = 0; row < page; row++) {
    const at = top + row;
    const mark = at === cursor ? '▸' : ' ';
    const text = ` ${mark} ${state(at).toLowerCase().padEnd(10)}  ${name(at).padEnd(24)}  ${cost(at).toFixed(3).padStart(8)}`;
    lines[HEAD_ROWS + row] = at === cursor ? `\u001b[7m${text.padEnd(columns)}\u001b[0m` : text;
  }
  let out = '';
  for (const [row, line] of lines.entries()) if (line !== shown[row]) out += `\u001b[${row + 1};1H${line}\u001b[K`;
  shown = lines;
  if (out !== '') process.stdout.write(`\u001b[?2026h${out}\u001b[?2026l`);
}

process.stdin.setRawMode(true);
process.stdin.on('data', (bytes: Buffer) => {
  for (const key of bytes.toString()) {
    if (key === 'q') process.exit(0);
    if (key === 'j') cursor = Math.min(engine.current.jobs.length - 1, cursor + 1);
    if (key === 'k') cursor = Math.max(0, cursor - 1);
    if (cursor >= top + page) top = cursor - page + 1;
    if (cursor < top) top = cursor;
  }
  paint();
});
process.stdout.write('\u001b[?1049h\u001b[?25l');
paint();
if (process.argv[2] === 'ticks')
  setInterval(() => {
    engine.tick();
    paint();
  }, TICK_MS);
