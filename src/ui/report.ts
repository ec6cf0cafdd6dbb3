import type { AuditAnswer } from '../engine/model/audit.ts';
import type { Notable, Snapshot } from '../engine/model/snapshot.ts';
import type { EpochMs } from '../engine/model/units.ts';
import { auditLines, whatCame, whereFrom, whoDid } from '../engine/select/audit.ts';
import { needsOf } from '../engine/select/needs.ts';
import { describeFault } from '../engine/model/fault.ts';
import { markdownText } from './export-rows.ts';

/** What a report is made of. */
export interface Reported {
  readonly snapshot: Snapshot;
  readonly now: EpochMs;
  readonly audit: AuditAnswer;
  /** The screen as it stood, row by row, without colours. */
  readonly screen: readonly string[];
}

/** How far back a report goes where nothing older is known of. */
export const REPORT_ACTS_MAX = 500;

/** What happened, as a Markdown page for those who ask afterwards: what needs somebody, what happened when, who did what, and the screen. */
export function reportText({ snapshot, now, audit, screen }: Reported): string {
  const { deployment } = snapshot;
  const where = deployment === undefined ? 'not connected' : `${deployment.name}, ${deployment.mode === 'local' ? 'local' : deployment.accountId} ${deployment.region}, as ${deployment.identity}`; // prettier-ignore
  return [
    '# CBAS: what happened',
    '',
    `Written ${moment(now)} of ${markdownText(where)}. All times are UTC.`,
    '',
    '## What needs somebody',
    '',
    ...listed(needsOf(snapshot, now).map(({ since, sentence }) => `${since === 0 ? '' : `since ${moment(since)}: `}${markdownText(sentence)}`)), // prettier-ignore
    '',
    '## What happened',
    '',
    ...listed(snapshot.notables.toSorted(byBegin).map(happened)),
    '',
    '## Who did what',
    '',
    ...acts(audit),
    '',
    '## What did not answer',
    '',
    ...listed(
      Object.entries(snapshot.sources).flatMap(
        ([source, { fault, failures, observedAt }]) =>
        fault === undefined ? [] : [`${source}: ${markdownText(describeFault(fault))}, ${failures} times; last heard ${moment(observedAt)}`], // prettier-ignore
      ),
    ),
    '',
    '## The screen',
    '',
    '```',
    ...screen.map((line) => line.replaceAll('```', '~~~')),
    '```',
    '',
  ].join('\n');
}

function listed(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['Nothing.'] : lines.map((line) => `- ${line}`);
}

function byBegin(a: Notable, b: Notable): number {
  return (a.since ?? a.at) - (b.since ?? b.at);
}

function happened({ since, at, sentence, lostMs = 0 }: Notable): string {
  const until = since === undefined || since === at ? '' : ` to ${moment(at)}`;
  const lost = lostMs === 0 ? '' : ` (${Math.round(lostMs / 1_000)} s of work lost)`;
  return `${moment(since ?? at)}${until}: ${markdownText(sentence)}${lost}`;
}

function acts(audit: AuditAnswer): readonly string[] {
  if (audit.kind === 'failed') return [`The audit could not be read: ${markdownText(audit.why)}`];
  const lines = auditLines(audit.entries).toReversed();
  return listed(
    lines.map((line) => {
      const from = whereFrom(line);
      const came = whatCame(line);
      return markdownText(`${moment(line.at)} ${whoDid(line)}${from === '' ? '' : ` (${from})`}: ${line.title}: ${line.state}${came === '' ? '' : `, ${came}`}`); // prettier-ignore
    }),
  );
}

/** "2026-11-22 03:14:07". */
function moment(at: EpochMs): string {
  return at === 0 ? 'never' : new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
