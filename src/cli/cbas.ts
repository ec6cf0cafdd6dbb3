import { begin } from './begin.ts';

begin();
const { runProgram } = await import('./program.ts');
await runProgram(process.argv);
