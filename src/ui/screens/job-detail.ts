import { isTerminal, type JobRow } from '../../engine/model/job.ts';
import { jobLine, ranMs } from '../../engine/select/jobs.ts';
import { waitingOf } from '../../engine/select/reason.ts';
import { type Field, paintFields } from '../components/fields.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { JOB_LOOKS, jobState } from '../job-words.ts';
import { BLANK, type Painted, paintLine, span } from '../line.ts';
import { current, listOf } from '../list.ts';

/** Everything known of the job under the cursor: why it is where it is first, then what it has and what it cost. */
export function drawJobDetail(frame: Frame): readonly Painted[] {
  const { snapshot, ui, theme, width, now } = frame;
  const { id } = current(listOf('jobs', snapshot, ui), ui.cursors.jobs);
  const row = snapshot.jobs.get(id);
  if (row === undefined) return [paintLine(theme, width, [span(' no job under the cursor', 'dim')])];
  const line = jobLine(snapshot, row, waitingOf(snapshot, now));
  const ago = (at: number): string => (at === 0 ? format.NONE : `${format.duration(now - at)} ago`);
  const look = JOB_LOOKS[row.state];
  return [
    paintLine(theme, width, [
      span(` ${row.name}`, 'strong'),
      span('  '),
      span(jobState(theme.glyphs, row.state), look.tone),
    ]),
    BLANK,
    ...paintFields(theme, width, [
      { label: 'why', text: line.why === '' ? format.NONE : line.why, tone: look.tone === 'dim' ? 'plain' : look.tone },
      { label: 'since', text: ago(row.reason.since) },
      undefined,
      { label: 'job', text: row.id },
      { label: 'queue', text: `${row.queue}, priority ${row.priority}${row.owner === '' ? '' : `, of ${row.owner}`}` },
      { label: 'worker', text: row.leaseOwner || format.NONE },
      { label: 'pool', text: row.pool || format.NONE },
      ...runFields(frame, row),
      undefined,
      { label: 'submitted', text: ago(row.submittedAt) },
      { label: isTerminal(row.state) ? 'took' : 'age', text: format.duration(line.ageMs) },
      ...(line.doneBy === undefined
        ? []
        : [{ label: 'done by', text: `${format.clockMinute(line.doneBy)} at its present pace` }]),
      ...deadlineField(row, now),
      { label: 'cost', text: `${format.money(row.tally.costUsd)}   ran ${format.duration(ranMs(row, now))}` },
      { label: 'interrupted', text: interruptions(row) },
      ...resultFields(row),
    ]),
  ];
}

function interruptions({ tally }: JobRow): string {
  if (tally.interruptions === 0) return 'never';
  const times = tally.interruptions === 1 ? 'once' : `${tally.interruptions} times`;
  return `${times}, ${format.duration(tally.lostMs)} of work done again`;
}

function runFields({ snapshot, now }: Frame, row: JobRow): readonly Field[] {
  const live = snapshot.live[row.id];
  const fields: Field[] = [{ label: 'attempt', text: `${row.attempt}   epoch ${row.epoch}` }];
  if (live !== undefined && live.epoch === row.epoch && row.leaseOwner !== '') {
    const left = live.leaseUntil - now;
    fields.push({
      label: 'lease',
      text: left > 0 ? `${format.duration(left)} left` : `ran out ${format.duration(-left)} ago`,
      tone: left > 0 ? 'plain' : 'attention',
    });
    fields.push({ label: 'heartbeat', text: `${format.duration(now - live.heartbeatAt)} ago` });
    fields.push({
      label: 'progress',
      text: live.progressPct === undefined ? 'it does not say' : format.percent(live.progressPct),
    });
    fields.push({ label: 'at risk', text: `${format.duration(live.atRiskMs)} of work` });
  }
  const { checkpoint } = row;
  const saved =
    checkpoint === undefined
      ? 'none'
      : `${format.duration(now - checkpoint.at)} ago   ${format.bytes(checkpoint.sizeBytes)}, stood still ${checkpoint.stopMs} ms`;
  fields.push({ label: 'checkpoint', text: saved });
  if (row.desired.checkpoint !== undefined) {
    fields.push({ label: 'asked', text: `a checkpoint, by ${row.desired.checkpoint.by}` });
  }
  return fields;
}

function deadlineField(row: JobRow, now: number): readonly Field[] {
  if (row.deadlineAt === 0) return [];
  const left = row.deadlineAt - now;
  const isLate = left < 0 && !isTerminal(row.state);
  const text = left >= 0 ? `in ${format.duration(left)}` : `${format.duration(-left)} ago`;
  return [{ label: 'deadline', text, tone: isLate ? 'broken' : 'plain' }];
}

function resultFields({ result, record }: JobRow): readonly Field[] {
  const fields: Field[] = [];
  if (result !== undefined) {
    const how = result.signal === undefined ? `exit ${result.exitCode ?? format.NONE}` : `signal ${result.signal}`;
    fields.push({ label: 'result', text: how, tone: result.exitCode === 0 ? 'plain' : 'broken' });
    if (result.manifestKey !== '') fields.push({ label: 'outputs', text: result.manifestKey });
  }
  if (record !== undefined) {
    const values = Object.entries(record.value).map(([field, x]) => `${field} ${format.figure(x)}`);
    fields.push({ label: 'record', text: `${record.book}/${record.key}: ${values.join(', ')}` });
  }
  return fields;
}
