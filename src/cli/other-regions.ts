/** Regions that every account has without asking for them: where a deployment that is not here may be. */
export const REGIONS: readonly string[] = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'sa-east-1',
];

/** Whoever waits for an error waits no longer for what would help. */
const LOOK_WITHIN_MS = 3_000;

/** Those of the other regions that hold a deployment. All are asked at once; one that refuses, or does not answer in time, holds none. */
export async function otherRegions(
  here: string,
  holds: (region: string) => Promise<boolean>,
  withinMs: number = LOOK_WITHIN_MS,
): Promise<readonly string[]> {
  const others = REGIONS.filter((region) => region !== here);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs);
  });
  const found = await Promise.all(others.map((region) => Promise.race([holds(region).catch(() => false), late])));
  clearTimeout(timer);
  return others.filter((_, at) => found[at]);
}

/** A region without the deployment says where it is; where it is nowhere, how it is made. */
export function notHere(name: string, here: string, found: readonly string[]): string {
  const missing = `there is no deployment ${name} in ${here}`;
  if (found.length === 0) return `${missing}; make it with: cbas init --deployment ${name}`;
  return `${missing}; it is in ${found.join(', ')}: say --region ${found[0] ?? ''}`;
}
