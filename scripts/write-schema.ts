// Writes docs/job.schema.json from the job document's own description. Run it after a change: node scripts/write-schema.ts
import fs from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { schemaText } from '../src/cli/commands/schema.ts';

const file = path.resolve(import.meta.dirname, '..', 'docs', 'job.schema.json');
fs.writeFileSync(file, await format(schemaText(), { ...(await resolveConfig(file)), filepath: file }));
