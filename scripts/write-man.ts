// Writes docs/man/*.1 from the programs' own commands and settings. Run it after a change: node scripts/write-man.ts
import fs from 'node:fs';
import path from 'node:path';
import { cbasPage, consolePage } from '../src/cli/man.ts';
import { programOf } from '../src/cli/program.ts';

const folder = path.resolve(import.meta.dirname, '..', 'docs', 'man');
fs.mkdirSync(folder, { recursive: true });
fs.writeFileSync(path.join(folder, 'cbas.1'), cbasPage(programOf()));
fs.writeFileSync(path.join(folder, 'cbas-console.1'), consolePage());
