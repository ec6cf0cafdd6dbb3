import { parsePoolId } from '../../src/engine/model/ids.ts';
import { HOUR_MS } from '../../src/engine/model/units.ts';
import { workerRowOf } from '../../src/engine/protocol/worker-item.ts';
import { C5_LARGE } from '../support/memory-cloud.ts';
import type { SimInstance } from './sim-instance.ts';
import type { SimWorld } from './sim-world.ts';

/** A leader settles what an instance cost within this of its end. */
const SETTLED_WITHIN_MS = 30 * 60_000;

/** EC2 tells when an instance was told to end; the start is the answer to the launch, by a clock that may be wrong. */
const TOLD_MS = 20_000;
/**
 * Not of one that it takes back: the end is when a leader saw it, or, where none looked, the last word of an agent that may have
 * been cut off; in leases, for troubles last as many of them in every deployment.
 */
const TAKEN_LEASES = 20;
/** Of the whole: what is not known of a few must not lean to one side. */
const TOTAL_SHARE = 0.03;

/** Money: what the rows say that was paid is what EC2 charges, of each instance and in all. */
export async function checkBill(world: SimWorld): Promise<void> {
  const { clock, table, prices, invariants, deployment } = world;
  const points = await prices.history(
    [...world.instances.values()].map(({ request }) => request.pool),
    0,
  );
  const sum = { paid: 0, charged: 0, slack: 0 };
  for (const instance of world.instances.values()) {
    const endedAt = instance.endedAt;
    if (endedAt === undefined || clock.now() - endedAt < SETTLED_WITHIN_MS) continue;
    const row = workerRowOf((await table.get('workers', instance.id)) ?? {});
    if (row?.paid === undefined) {
      invariants.violated(`${instance.id} ended and was never settled: its row is ${row?.state ?? 'not there'}`);
      continue;
    }
    const ofPool = points.filter(({ pool }) => pool === instance.request.pool).toSorted((a, b) => a.at - b.at);
    const slackMs = instance.wasTaken ? TAKEN_LEASES * deployment.timings.leaseMs : TOLD_MS;
    // An agent that had left, or was dead, before the instance was taken: its end was the last that could be heard.
    const heardUntil = instance.wasTaken ? Math.min(endedAt, instance.agentEndedAt ?? endedAt) : endedAt;
    const least = charge(instance, ofPool, { from: instance.bornAt + TOLD_MS, to: heardUntil - slackMs });
    const most = charge(instance, ofPool, { from: instance.bornAt - TOLD_MS, to: endedAt + slackMs });
    sum.paid += row.paid.usd;
    sum.charged += charge(instance, ofPool, { from: instance.bornAt, to: endedAt });
    sum.slack = Math.max(sum.slack, most - least);
    if (row.paid.usd < least || row.paid.usd > most)
      invariants.violated(
        `${instance.id} in ${parsePoolId(instance.request.pool).zone} was settled at $${row.paid.usd.toFixed(6)}, EC2 charges $${least.toFixed(6)} to $${most.toFixed(6)}`,
      );
  }
  const off = Math.abs(sum.paid - sum.charged);
  if (off > sum.charged * TOTAL_SHARE + 2 * sum.slack)
    invariants.violated(`settled at $${sum.paid.toFixed(4)} in all, EC2 charges $${sum.charged.toFixed(4)}`);
}

/** Second by second, as the bill says: spot at the price in force, never more than the bid; on-demand at its own. */
function charge(
  { request }: SimInstance,
  points: readonly { readonly at: number; readonly usdPerHour: number }[],
  span: { readonly from: number; readonly to: number },
): number {
  if (request.maxUsdPerHour === undefined)
    return (Math.max(0, span.to - span.from) / HOUR_MS) * C5_LARGE.onDemandUsdPerHour;
  let usd = 0;
  for (const [index, { at, usdPerHour }] of points.entries()) {
    const from = Math.max(span.from, index === 0 ? span.from : at);
    const to = Math.min(span.to, points[index + 1]?.at ?? span.to);
    if (to > from) usd += ((to - from) / HOUR_MS) * Math.min(usdPerHour, request.maxUsdPerHour);
  }
  return usd;
}
