import type { CheckpointPointer } from '../../engine/model/checkpoint.ts';
import { isTerminal, type JobRow } from '../../engine/model/job.ts';
import type { FactsAnswer } from '../../engine/model/job-facts.ts';
import { jobCost } from '../../engine/select/job-cost.ts';
import { type JobLine, jobLine, ranMs } from '../../engine/select/jobs.ts';
import { lossesSentence } from '../../engine/select/losses.ts';
import { unfitJob } from '../../engine/select/notice-fit.ts';
import { waitingOf } from '../../engine/select/reason.ts';
import { generationWords, paceWords, withoutNumbers } from '../checkpoint-words.ts';
import { paintFields, type RankedField } from '../components/fields.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { JOB_LOOKS, jobState } from '../job-words.ts';
import { BLANK, type Painted, paintEnds, paintLine, span, spansWidth } from '../line.ts';
import { drawLastLines, resultFields, specFields } from './job-facts.ts';
import { jobLinks } from './job-why.ts';

/** A shorter piece of an id tells nothing. */
const ID_COLUMNS_LEAST = 11;

/** Everything known of the job under the cursor: why it is where it is first, the end of its log last. */
export function drawJobDetail(frame: Frame, id: string, height: number): readonly Painted[] {
  const { snapshot, ui, theme, width, now } = frame;
  const row = snapshot.jobs.get(id);
  if (row === undefined) return [paintLine(theme, width, [span(' no job under the cursor', 'dim')])];
  const line = jobLine(snapshot, row, waitingOf(snapshot, now));
  const answer = ui.facts?.jobId === id ? ui.facts.answer : undefined;
  const groups = [
    reasonFields(row, line, now),
    runFields(frame, row, line),
    moneyFields(frame, row, line),
    specFields(row, answer),
    [...originFields(row, now), ...resultFields(row, answer)],
    linkFields(frame, id),
  ];
  const look = JOB_LOOKS[row.state];
  const left = [span(` ${row.name}`, 'strong'), span('  '), span(jobState(theme.glyphs, row.state), look.tone)];
  const idColumns = Math.max(ID_COLUMNS_LEAST, width - spansWidth(left) - 2);
  const title = paintEnds(theme, width, {
    left,
    right: [span(`${format.shortId(row.id, idColumns, theme.glyphs.ellipsis)} `, 'dim')],
  });
  return [title, ...fitted(frame, groups, { height: height - 1, answer, isOver: isTerminal(row.state) })];
}

/** Where `]` and `}` lead. */
function linkFields({ snapshot, keymap }: Frame, id: string): readonly RankedField[] {
  const [first, second] = jobLinks(snapshot, id);
  const told = [[first, ']'] as const, [second, '}'] as const].flatMap(([link, key]) =>
    link === undefined ? [] : [`${keymap.shown(key)} ${link.label}`],
  );
  return told.length === 0 ? [] : [{ label: 'goes to', text: told.join('   '), rank: 7 }];
}

/** Rows of the log that are worth more than any field that may give way. */
const LOG_ROWS_LEAST = 3;

interface DetailRoom {
  readonly height: number;
  readonly answer: FactsAnswer | undefined;
  readonly isOver: boolean;
}

/** As much as there is room for: first the blank rows between groups go, then fields by rank, and the log takes the rest. */
function fitted(
  { theme, width }: Frame,
  groups: readonly (readonly RankedField[])[],
  { height, answer, isOver }: DetailRoom,
): readonly Painted[] {
  const log = drawLastLines(theme, width, { answer, isOver });
  const airy = groups.flatMap((group) => [BLANK, ...paintFields(theme, width, group)]);
  if (airy.length + 1 + log.length <= height) return [...airy, BLANK, ...log];
  const room = height - Math.min(LOG_ROWS_LEAST, log.length);
  const fields = groups.flat();
  const giveWay = fields.filter(({ rank }) => rank > 0).sort((a, b) => b.rank - a.rank || fields.indexOf(b) - fields.indexOf(a)); // prettier-ignore
  const gone = new Set<RankedField>();
  let painted = paintFields(theme, width, fields);
  while (painted.length > room && gone.size < giveWay.length) {
    gone.add(giveWay[gone.size] as RankedField);
    painted = paintFields(theme, width, fields.filter((field) => !gone.has(field))); // prettier-ignore
  }
  return [...painted, ...endOf(log, Math.max(0, height - painted.length))];
}

/** Its heading and its last lines. */
function endOf(log: readonly Painted[], rows: number): readonly Painted[] {
  return log.length <= rows ? log : [...log.slice(0, 1), ...log.slice(Math.max(1, log.length - rows + 1))];
}

/** The reason in full: of a waiting job the one that is worked out, of one that has ended the one that was written. */
function reasonFields(row: JobRow, { reason }: JobLine, now: number): readonly RankedField[] {
  const { tone } = JOB_LOOKS[row.state];
  const { code, since, detail } = reason;
  // How long the lease lasts stands below, beside the heartbeat.
  const next = code === 'lease' ? row.reason.next : reason.next;
  const told = detail === '' ? code : withoutNumbers(detail, row.checkpoint, now);
  return [
    { label: 'why', text: told, tone: tone === 'dim' ? 'plain' : tone, rank: 0 },
    { label: 'since', text: since === 0 ? format.NONE : `${format.duration(now - since)} ago   ${code}`, rank: 3 },
    ...(next === '' ? [] : [{ label: 'next', text: next, rank: 0 }]),
  ];
}

function runFields(frame: Frame, row: JobRow, line: JobLine): readonly RankedField[] {
  const { facts } = frame.ui;
  const spec = facts?.jobId === row.id && facts.answer.kind === 'facts' ? facts.answer.facts.spec : undefined;
  const of = spec === undefined ? '' : ` of ${spec.attemptsMax}`;
  const fields: RankedField[] = [
    { label: 'attempts', text: `${row.attempt}${of} used   epoch ${row.epoch}   ${interruptions(row)}`, rank: 1 },
  ];
  // Of a job that a worker holds, the reason says which.
  if (row.pool !== '' && row.leaseOwner === '') fields.push({ label: 'worker', text: `last in ${row.pool}`, rank: 2 });
  const lost = lossesSentence(row.losses);
  if (lost !== '') fields.push({ label: 'losses', text: lost, rank: 2 });
  return [
    ...fields,
    ...liveFields(frame, row, line),
    ...checkpointFields(frame, row),
    ...pendingField(line, frame.now),
    ...unfitField(frame, row),
    ...savingField(row),
    ...paceField(row),
    ...wishFields(row),
  ];
}

function interruptions({ tally }: JobRow): string {
  if (tally.interruptions === 0) return 'never interrupted';
  const times = tally.interruptions === 1 ? 'once' : `${tally.interruptions} times`;
  return `interrupted ${times}, ${format.duration(tally.lostMs)} done again`;
}

/** What heartbeats tell of the run that is under way. */
function liveFields({ now }: Frame, row: JobRow, { live, doneBy }: JobLine): readonly RankedField[] {
  if (live === undefined || row.leaseOwner === '') return [];
  const left = live.leaseUntil - now;
  const lease = left > 0 ? `${format.duration(left)} left` : `ran out ${format.duration(-left)} ago`;
  const progress = live.progressPct === undefined ? 'it does not say' : format.percent(live.progressPct);
  const end = doneBy === undefined ? '' : `   done by ${format.clockMinute(doneBy)} at its present pace`;
  return [
    { label: 'progress', text: `${progress}${end}`, rank: 1 },
    {
      label: 'lease',
      text: `${lease}   heartbeat ${format.duration(now - live.heartbeatAt)} ago`,
      tone: left > 0 ? 'plain' : 'attention',
      rank: left > 0 ? 6 : 0,
    },
    { label: 'at risk', text: `${format.duration(live.atRiskMs)} of work`, rank: 1 },
  ];
}

/** Its generations: the newest, the one before it, and those that nobody goes on from any more. */
function checkpointFields({ ui, now }: Frame, { id, checkpoint }: JobRow): readonly RankedField[] {
  const facts = ui.facts?.jobId === id && ui.facts.answer.kind === 'facts' ? ui.facts.answer.facts : undefined;
  const { before, condemned = [] } = facts ?? {};
  return [
    { label: 'checkpoint', text: checkpoint === undefined ? 'none' : generationLine(checkpoint, now), rank: 1 },
    ...(before === undefined ? [] : [{ label: 'before it', text: generationLine(before, now), rank: 4 }]),
    ...(condemned.length === 0
      ? []
      : [{ label: 'condemned', text: condemned.map(generationWords).join(', '), tone: 'attention', rank: 3 } as const]),
  ];
}

function generationLine({ at, generation, sizeBytes, stopMs, workMs }: CheckpointPointer, now: number): string {
  const parts = [
    `${generationWords(generation)}, ${format.duration(now - at)} ago`,
    `${format.duration(workMs)} of work saved`,
    `${format.bytes(sizeBytes)}, stopped ${stopMs} ms`,
  ];
  return parts.join('   ');
}

/** Who saves its work, and why: of a job that was never started nobody knows yet. */
function savingField({ saving }: JobRow): readonly RankedField[] {
  return saving === undefined
    ? []
    : [{ label: 'saved by', text: `${saving.driver === 'none' ? 'nobody' : saving.driver}: ${saving.why}`, rank: 3 }];
}

/** One that is being made now: since when, and why. */
function pendingField({ live }: JobLine, now: number): readonly RankedField[] {
  const pending = live?.pending;
  if (pending === undefined) return [];
  const { generation, startedAt, reason } = pending;
  const text = `${generationWords(generation)}, for ${format.duration(now - startedAt)}   ${reason}`;
  return [{ label: 'being saved', text, rank: 1 }];
}

function unfitField({ snapshot }: Frame, row: JobRow): readonly RankedField[] {
  const why = isTerminal(row.state) ? undefined : unfitJob(snapshot, row);
  return why === undefined ? [] : [{ label: 'in a notice', text: why, tone: 'attention', rank: 0 }];
}

/** How often, and the numbers that it comes from. */
function paceField({ saving }: JobRow): readonly RankedField[] {
  return saving?.pace === undefined ? [] : [{ label: 'saved every', text: paceWords(saving.pace), rank: 3 }];
}

function wishFields({ desired }: JobRow): readonly RankedField[] {
  const wishes = [
    ...(desired.checkpoint === undefined ? [] : [`a checkpoint, by ${desired.checkpoint.by}`]),
    ...(desired.hold === undefined ? [] : [`to be held, by ${desired.hold.by}`]),
  ];
  return wishes.length === 0 ? [] : [{ label: 'asked', text: wishes.join('   '), rank: 1 }];
}

function moneyFields({ snapshot, now }: Frame, row: JobRow, line: JobLine): readonly RankedField[] {
  const { usd, runUsd, onDemandUsd, savedPct } = jobCost(snapshot, row, now);
  const run = runUsd > 0 ? ` + about ${format.money(runUsd)} in this run` : '';
  const beside =
    onDemandUsd === undefined || savedPct === undefined
      ? ''
      : `   ${format.percent(Math.abs(savedPct))} ${savedPct < 0 ? 'over' : 'under'} on-demand ${format.money(onDemandUsd)}`;
  return [
    { label: 'cost', text: `${format.money(usd)}${run}${beside}`, rank: 1 },
    { label: 'ran', text: ranText(row, { usd, now }), rank: 5 },
    ...deadlineField(row, line, now),
  ];
}

/** With more than one attempt, what each cost in the mean: the table keeps sums only. */
function ranText(row: JobRow, { usd, now }: { readonly usd: number; readonly now: number }): string {
  const ran = format.duration(ranMs(row, now));
  return row.epoch < 2 ? ran : `${ran} in ${row.epoch} runs, ${format.money(usd / row.epoch)} each in the mean`;
}

function deadlineField(row: JobRow, { deadline }: JobLine, now: number): readonly RankedField[] {
  if (row.deadlineAt === 0) return [];
  if (deadline === undefined) {
    const spare = row.deadlineAt - (row.endedAt || now);
    const how = spare >= 0 ? `met with ${format.duration(spare)} to spare` : `missed by ${format.duration(-spare)}`;
    const text = row.rescue === undefined ? how : `${how}, rescued on on-demand`;
    return [{ label: 'deadline', text, tone: 'plain', rank: 1 }];
  }
  // The label says the word already.
  const text = deadline.sentence.replace(/^deadline /, '');
  return [{ label: 'deadline', text, tone: deadline.level === 'at-risk' ? 'broken' : 'plain', rank: 1 }];
}

function originFields(row: JobRow, now: number): readonly RankedField[] {
  const took = row.endedAt > 0 ? `, took ${format.duration(row.endedAt - row.submittedAt)}` : '';
  const by = row.owner === '' ? '' : ` by ${row.owner}`;
  const queue = `queue ${row.queue}, priority ${row.priority}`;
  return [
    { label: 'submitted', text: `${format.duration(now - row.submittedAt)} ago${by}${took}   ${queue}`, rank: 4 },
  ];
}
