import { begin } from './begin.ts';

begin();
const { runConsole } = await import('./commands/console.ts');
await runConsole(process.argv.slice(2));
