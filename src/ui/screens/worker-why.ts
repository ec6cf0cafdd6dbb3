import type { Snapshot } from '../../engine/model/snapshot.ts';
import { noticeFit } from '../../engine/select/notice-fit.ts';
import { workerLine } from '../../engine/select/workers.ts';
import { CELL_WORDS } from '../components/gauge.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import type { Link } from '../screen-spec.ts';

/** To its pool; the other end is the job that it runs. */
export function workerLinks(snapshot: Snapshot, id: string): readonly Link[] {
  const worker = snapshot.workers.get(id);
  if (worker === undefined) return [];
  const job = worker.jobs.find((one) => snapshot.jobs.get(one) !== undefined);
  return [
    { screen: 'capacity', id: worker.pool, label: 'its pool' },
    ...(job === undefined ? [] : [{ screen: 'jobs', id: job, label: 'its job' } as const]),
  ];
}

/** Why it is in its state, what is heard of it, whether its work can be saved in time, and what was decided about it. */
export function workerWhy({ snapshot, now }: Frame, id: string): readonly string[] {
  const worker = snapshot.workers.get(id);
  if (worker === undefined) return [];
  const line = workerLine(snapshot, worker, now);
  const heard = line.silentMs === undefined ? 'no ping yet' : `its last ping was ${format.duration(line.silentMs)} ago`;
  const fit = noticeFit(snapshot, worker, now);
  const price = snapshot.markets[worker.pool]?.points.at(-1)?.usdPerHour;
  const bid = worker.bidUsdPerHour;
  const market = price === undefined ? '' : bid === 0 ? `on-demand; spot is at ${format.price(price)}` : `the price is ${format.price(price)}, its bid ${format.price(bid)}, fixed at its launch`; // prettier-ignore
  const decisions = Object.values(snapshot.decisions).filter(({ about }) => about === id);
  return [
    worker.id,
    `${CELL_WORDS[line.kind]}${worker.detail === '' ? '' : `: ${worker.detail}`}; ${heard}`,
    ...(line.takenInMs === undefined ? [] : [line.takenInMs > 0 ? `EC2 takes it in ${format.duration(line.takenInMs)}` : `EC2 took it ${format.duration(-line.takenInMs)} ago`]),
    ...(line.rebalanceAt === undefined ? [] : [`EC2 recommended to leave it ${format.duration(now - line.rebalanceAt)} ago`]),
    ...(fit === undefined ? [] : [fit.sentence]),
    ...(market === '' ? [] : [market]),
    ...decisions.map(({ sentence, at }) => `${format.age(now - at)} ago: ${sentence}`),
  ]; // prettier-ignore
}
