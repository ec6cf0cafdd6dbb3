import { jobSchema } from '../../engine/protocol/job-document.ts';
import { EXIT } from '../exit.ts';
import { printJson } from '../output.ts';

/** The job document's JSON Schema as it is published in docs/job.schema.json. */
export function schemaText(): string {
  return `${JSON.stringify(jobSchema(), null, 2)}\n`;
}

/** `cbas schema` */
export async function schema(): Promise<number> {
  printJson(jobSchema(), 2);
  return EXIT.done;
}
