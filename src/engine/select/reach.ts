import type { Deployment, Leader } from '../model/deployment.ts';

/** One way to a machine where CBAS runs, as somebody types it. */
export interface WayToReach {
  readonly by: 'here' | 'ssm' | 'ssh' | 'host';
  readonly command: string;
}

/** Who logs in on Amazon's images. */
const LOGIN = 'ec2-user';

/**
 * How to come to the leader, the way first that needs the least: the Session Manager wants no open port and no key. A leader on no
 * instance is on somebody's machine, under that machine's own name.
 */
export function waysToReach(
  { about }: Pick<Leader, 'about'>,
  { name, mode, region }: Pick<Deployment, 'name' | 'mode' | 'region'>,
): readonly WayToReach[] {
  const console = `cbas-console --deployment ${name}`;
  if (mode === 'local') return [{ by: 'here', command: console }];
  const there = `${console} --region ${region}`;
  const { instanceId, publicIp, privateIp, host } = about ?? {};
  if (instanceId === undefined) return host === undefined ? [] : [{ by: 'host', command: `ssh ${host} -t ${there}` }];
  const address = publicIp ?? privateIp;
  return [
    { by: 'ssm', command: `aws ssm start-session --region ${region} --target ${instanceId}` },
    ...(address === undefined ? [] : [{ by: 'ssh' as const, command: `ssh -t ${LOGIN}@${address} ${there}` }]),
  ];
}
