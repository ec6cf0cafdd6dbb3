import type { WorkerRow } from '../../engine/model/worker.ts';
import { noticeFit } from '../../engine/select/notice-fit.ts';
import { workerLine } from '../../engine/select/workers.ts';
import { type Field, paintFields } from '../components/fields.ts';
import { CELL_WORDS, cellTone } from '../components/gauge.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, type Painted, paintLine, span } from '../line.ts';

/** Everything known of the worker under the cursor, with the time each phase of its start took. */
export function drawWorkerDetail(frame: Frame, id: string, height: number): readonly Painted[] {
  const { snapshot, theme, width, now } = frame;
  const row = snapshot.workers.get(id);
  if (row === undefined) return [paintLine(theme, width, [span(' no worker under the cursor', 'dim')])];
  const line = workerLine(snapshot, row, now);
  const state = `${theme.glyphs[line.kind]} ${CELL_WORDS[line.kind]}`;
  return [
    paintLine(theme, width, [span(` ${row.id}`, 'strong'), span('  '), span(state, cellTone(line.kind))]),
    BLANK,
    ...paintFields(theme, width, [
      { label: 'why', text: row.detail || format.NONE },
      { label: 'state', text: `${row.state}, for ${format.duration(now - row.changedAt)}` },
      ...noticeFields(frame, row),
      ...rebalanceFields(frame, row),
      ...signalFields(row, now),
      ...fitFields(frame, row),
      {
        label: 'ping',
        text: line.silentMs === undefined ? 'none yet' : `${format.duration(line.silentMs)} ago`,
        tone: line.isSilent ? 'attention' : 'plain',
      },
      undefined,
      { label: 'pool', text: row.pool },
      {
        label: 'bid',
        text:
          row.bidUsdPerHour === 0 ? 'none: on-demand' : `${format.price(row.bidUsdPerHour)} $/h, fixed at its launch`,
      },
      { label: 'jobs', text: row.jobs.length === 0 ? 'none' : line.jobNames.join(', ') },
      ...leaseFields(frame, row),
      { label: 'slots', text: `${row.jobs.length} of ${row.slots} in use` },
      undefined,
      ...phaseFields(row),
      { label: 'credentials', text: row.credentialKind },
      { label: 'launched by', text: row.intent === '' ? 'nobody known: adopted' : row.intent },
      ...ec2Fields(frame, row),
      ...(row.paid === undefined ? [] : [{ label: 'cost', text: `${format.money(row.paid.usd)}, on-demand ${format.money(row.paid.onDemandUsd)}` }]),
      { label: 'goes to', text: `${frame.keymap.shown(']')} its pool${row.jobs.length === 0 ? '' : `   ${frame.keymap.shown('}')} its job`}` },
    ]),
  ].slice(0, height);
} // prettier-ignore

/** "checkpoint fits in the window?": from the newest checkpoints of what it holds. */
function fitFields({ snapshot, now }: Frame, row: WorkerRow): readonly Field[] {
  const fit = noticeFit(snapshot, row, now);
  if (fit === undefined) return [];
  const isUrgent = !fit.fits && (row.notice !== undefined || snapshot.notices[row.id] !== undefined);
  return [{ label: 'checkpoint', text: fit.sentence, tone: isUrgent ? 'attention' : 'plain' }];
}

/** The leases that its heartbeats keep, of the jobs that are read. */
function leaseFields({ snapshot, now }: Frame, row: WorkerRow): readonly Field[] {
  return row.jobs.flatMap((id): readonly Field[] => {
    const [job, live] = [snapshot.jobs.get(id), snapshot.live[id]];
    if (job === undefined || live === undefined || live.epoch !== job.epoch) return [];
    const left = live.leaseUntil - now;
    const text = left > 0 ? `${job.name}: ${format.duration(left)} left, epoch ${job.epoch}` : `${job.name}: ran out ${format.duration(-left)} ago`;
    return [{ label: 'lease', text, tone: left > 0 ? 'plain' : 'attention' }];
  });
} // prettier-ignore

function noticeFields({ snapshot, now }: Frame, row: WorkerRow): readonly Field[] {
  const { notice, takenInMs } = workerLine(snapshot, row, now);
  if (notice === undefined || takenInMs === undefined) return [];
  const when =
    takenInMs > 0 ? `EC2 takes it in ${format.duration(takenInMs)}` : `EC2 took it ${format.duration(-takenInMs)} ago`;
  return [
    {
      label: 'notice',
      text: `${when}; told by ${notice.source} ${format.duration(now - notice.noticedAt)} ago`,
      tone: 'attention',
    },
  ];
}

/** No notice: EC2 says only that it is more likely than others to take this one. */
function rebalanceFields({ snapshot, now }: Frame, row: WorkerRow): readonly Field[] {
  const { rebalanceAt } = workerLine(snapshot, row, now);
  if (rebalanceAt === undefined) return [];
  const text = `EC2 recommended to leave ${format.duration(now - rebalanceAt)} ago`;
  return [{ label: 'at risk', text, tone: 'attention' }];
}

/** What was odd about what it heard of EC2; nothing is told of what went as it should. */
function signalFields({ signals }: WorkerRow, now: number): readonly Field[] {
  if (signals === undefined) return [];
  const { away, malformed, late, repeated, withdrawn } = signals;
  const counts = [
    [malformed, 'unreadable'],
    [late, 'too late'],
    [repeated, 'told again'],
    [withdrawn, 'withdrawn'],
  ] as const;
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [
    ...(away === undefined
      ? []
      : [
          {
            label: 'metadata',
            text: `does not answer since ${format.duration(now - away.since)}: ${away.detail}; notices come by the leader alone`,
            tone: 'attention',
          } as const,
        ]),
    ...(told.length === 0 ? [] : [{ label: 'signals', text: told.join(', ') }]),
  ];
}

/** How long each step from asking to the first job took: where a slow start lost its time. */
function phaseFields({ phases }: WorkerRow): readonly Field[] {
  const steps: readonly (readonly [string, number, number])[] = [
    ['pending', phases.requestedAt, phases.pendingAt],
    ['booting', phases.pendingAt, phases.bootingAt],
    ['ready', phases.bootingAt, phases.readyAt],
    ['first job', phases.readyAt, phases.firstJobAt],
  ];
  const told = steps
    .filter(([, from, to]) => from > 0 && to > 0)
    .map(([name, from, to]) => `${name} +${format.duration(to - from)}`);
  return told.length === 0 ? [] : [{ label: 'start', text: told.join('  ') }];
}

function ec2Fields({ snapshot }: Frame, row: WorkerRow): readonly Field[] {
  const instance = snapshot.instances.get(row.id);
  if (instance === undefined) return [{ label: 'EC2', text: 'not in its list yet' }];
  return [
    {
      label: 'EC2',
      text: [instance.state, instance.spot ? 'spot' : 'on-demand', instance.stateReason].filter(Boolean).join(', '),
    },
  ];
}
