import { hasLeader } from '../../engine/decide/has-leader.ts';
import { waysToReach } from '../../engine/select/reach.ts';
import { age, duration } from '../../ui/format.ts';
import type { CommonOptions } from '../choose.ts';
import { EXIT } from '../exit.ts';
import { Look } from '../look.ts';
import { iso, print, printFields, printJson } from '../output.ts';
import { openToLook } from '../session.ts';

/** `cbas where`: who leads, where it runs, and what to type to get there. Exit 3 where nobody leads. */
export async function where(options: CommonOptions): Promise<number> {
  const wired = await openToLook(options);
  const { snapshot } = await Look.at(wired, []);
  const { leader } = snapshot;
  const now = Date.now();
  const leads = hasLeader({ ...snapshot, deployment: wired.deployment }, now);
  if (leader === undefined || !leads) {
    const start = `cbas master --deployment ${wired.deployment.name}`;
    if (options.json === true) printJson({ leader: null, start });
    else print(`nobody leads ${wired.deployment.name}; start a master: ${start}`);
    return EXIT.notFound;
  }
  const ways = waysToReach(leader, wired.deployment);
  const { about, epoch, since = 0, takeAt } = leader;
  if (options.json === true) {
    printJson({
      leader: leader.id,
      epoch,
      since: iso(since),
      takenAt: iso(takeAt ?? 0),
      version: about?.version ?? null,
      host: about?.host ?? null,
      instanceId: about?.instanceId ?? null,
      zone: about?.zone ?? null,
      address: about?.publicIp ?? about?.privateIp ?? null,
      ways,
    });
    return EXIT.done;
  }
  const at = [about?.instanceId, about?.zone, about?.publicIp ?? about?.privateIp].filter((one) => one !== undefined);
  printFields([
    ['leader', `${leader.id}, epoch ${epoch}${since === 0 ? '' : `, for ${age(now - since)}`}`],
    ['runs on', [about?.host ?? 'it did not say where', ...at].join(', ')],
    ...(about === undefined ? [] : [['version', about.version] as const]),
    ...(takeAt === undefined ? [] : [['taken', `EC2 takes its instance back in ${duration(Math.max(0, takeAt - now))}`] as const]),
    ...ways.map(({ by, command }) => [by === 'here' ? 'open' : by, command] as const),
  ]); // prettier-ignore
  return EXIT.done;
}
