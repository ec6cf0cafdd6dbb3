import { begin } from './begin.ts';
import { VERSION } from './version.ts';

begin();
// Asked by scripts and installers, often: it needs nothing else.
if (process.argv.length === 3 && ['-V', '--version'].includes(process.argv[2] ?? '')) {
  process.stdout.write(`${VERSION}\n`);
} else {
  const { runProgram } = await import('./program.ts');
  await runProgram(process.argv);
}
