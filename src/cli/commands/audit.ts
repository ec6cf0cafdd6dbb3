import type { AuditEntry } from '../../engine/model/audit.ts';
import { readAudit } from '../../engine/run/audit.ts';
import { type AuditLine, auditLines, whatCame, whereFrom, whoDid } from '../../engine/select/audit.ts';
import { age } from '../../ui/format.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { wholeNumber } from '../numbers.ts';
import { iso, note, printJson, printTable } from '../output.ts';
import { openToLook } from '../session.ts';
import { spanOf } from '../span.ts';

export interface AuditOptions extends CommonOptions {
  readonly since: string;
  readonly by?: string;
  readonly limit: string;
}

const LIMIT_MAX = 100_000;

/** `cbas audit`: who did what, from where, and what came of it; newest first. With `--json` every line as it was written. */
export async function audit(options: AuditOptions): Promise<number> {
  const now = Date.now();
  const since = now - spanOf('--since', options.since);
  const limit = wholeNumber('--limit', options.limit, { min: 1, max: LIMIT_MAX });
  const { store } = await openToLook(options);
  const answer = await readAudit(store, { since, limit }, now);
  if (answer.kind === 'failed') throw new CliError(answer.why, EXIT.unavailable);
  const isMeant = ({ by }: Pick<AuditEntry, 'by'>): boolean => options.by === undefined || by === options.by;
  const entries = answer.entries.filter(isMeant);
  if (options.json === true) printJson(entries.map((entry) => ({ ...entry, at: iso(entry.at) })));
  else {
    const lines = auditLines(entries);
    if (lines.length === 0) note(`nobody did anything since ${iso(since)}`);
    else printTable(columns(now), lines);
  }
  if (answer.cut) note(`only the newest ${limit} lines; say --limit to see more`);
  return EXIT.done;
}

function columns(now: number): Parameters<typeof printTable<AuditLine>>[0] {
  return [
    { title: 'ago', text: ({ at }) => age(now - at) },
    { title: 'who', text: whoDid },
    { title: 'from', text: whereFrom },
    { title: 'state', text: ({ state }) => state },
    { title: 'what', text: ({ title }) => title },
    { title: 'reason', text: ({ reason }) => reason },
    { title: 'outcome', text: whatCame },
  ];
}
