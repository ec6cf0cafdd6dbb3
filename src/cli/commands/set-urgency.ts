import type { JobNeeds, JobRow } from '../../engine/model/job.ts';
import { decodeJobDocument } from '../../engine/protocol/job-document.ts';
import { parseDeadline } from '../../ui/deadline-words.ts';
import { act, type ActOptions } from '../act.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Look } from '../look.ts';
import { wholeNumber } from '../numbers.ts';
import { PRIORITY_MAX, PRIORITY_MIN } from '../../engine/decide/plan-urgency.ts';
import { named } from './act-on-jobs.ts';

export interface UrgencyOptions extends ActOptions {
  readonly priority?: string;
  readonly deadline?: string;
}

/** `cbas set`: another priority, another deadline, or both. */
export async function setUrgency(asked: readonly string[], options: UrgencyOptions): Promise<number> {
  const { priority, deadline } = options;
  if (priority === undefined && deadline === undefined)
    throw new CliError('say --priority, --deadline, or both', EXIT.usage);
  const deadlineAt = deadline === undefined ? undefined : parseDeadline(deadline, Date.now());
  if (Number.isNaN(deadlineAt))
    throw new CliError(`--deadline ${deadline ?? ''}: expected 90m, 4h, 2d, 2026-12-01T12:00Z, or none`, EXIT.usage);
  const range = { min: PRIORITY_MIN, max: PRIORITY_MAX };
  const number = priority === undefined ? undefined : wholeNumber('--priority', priority, range);
  return act({
    options,
    sources: ['jobs', 'workers'],
    command: async (look) => {
      const rows = named(asked, look.snapshot);
      const needs = (deadlineAt ?? 0) === 0 ? {} : await needsOf(rows, look);
      return { kind: 'jobs.set', jobIds: rows.map(({ id }) => id), priority: number, deadlineAt, needs };
    },
  });
}

/** Of jobs that had no deadline yet: what their documents say. */
async function needsOf(rows: readonly JobRow[], look: Look): Promise<Readonly<Record<string, JobNeeds>>> {
  const found: Record<string, JobNeeds> = {};
  for (const { id } of rows.filter((row) => row.needs === undefined)) {
    const decoded = decodeJobDocument((await look.item(id))?.['document'] ?? null);
    if (decoded.ok) found[id] = decoded.value.needs as JobNeeds;
  }
  return found;
}
