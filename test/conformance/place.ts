import { parseArgs } from 'node:util';
import type { AwsTarget } from '../../src/aws/client-options.ts';
import { CASES } from './cases.ts';

export interface Place {
  readonly target: AwsTarget;
  /** A real account: what is made costs money. */
  readonly isLive: boolean;
  readonly json: boolean;
  /** The product's own way from init to destroy, in the place of the cases. */
  readonly story: boolean;
  /** Ports whose cases run; all when it is empty. */
  readonly only: readonly string[];
  /** undefined: whatever it costs, for it costs nothing where no AWS is. */
  readonly maxUsd: number | undefined;
}

const BOTH_WAYS = [
  'where? a server that speaks AWS:  npm run conformance -- --endpoint http://127.0.0.1:4566',
  '       a real account, for money:  LIVE_AWS=1 npm run conformance -- --region us-east-1 [--max-usd 0.10]',
].join('\n');
/** What cases are told apart by; `account` is what concerns the account. */
const PORTS: readonly string[] = [...new Set(CASES.map(({ port }) => port)), 'account'];
const MAX_USD_DEFAULT = '0.10';
/** AWS's own domains, of all its public partitions, dual-stack ones as well; a dot at the end names the same host. */
const OF_AWS = /(^|\.)(amazonaws\.(com|com\.cn|eu)|api\.aws|api\.amazonwebservices\.com\.cn)\.?$/;

/** Where a run goes; or the sentence why it goes nowhere, and then nothing has been called. */
export function placeOf(args: readonly string[], env: NodeJS.ProcessEnv): Place | string {
  const said = parsed(args);
  if (typeof said === 'string') return `${said}\n${BOTH_WAYS}`;
  const isLive = env['LIVE_AWS'] === '1';
  const { endpoint, 'max-usd': limit = isLive ? MAX_USD_DEFAULT : undefined } = said;
  const maxUsd = limit === undefined ? undefined : Number(limit);
  if (maxUsd !== undefined && !(maxUsd > 0 && Number.isFinite(maxUsd)))
    return `--max-usd ${limit}: expected dollars, like ${MAX_USD_DEFAULT}`;
  if (endpoint === undefined && !isLive) return BOTH_WAYS;
  // Beside --endpoint as well: an address of one service goes before that of all, and may be AWS's.
  const elsewhere = Object.keys(env).find((name) => isElsewhere(name, endpoint) && env[name] !== '');
  if (elsewhere !== undefined) return `${elsewhere} leads elsewhere than told; unset it\n${BOTH_WAYS}`;
  const only = said.only?.split(',') ?? [];
  const unknown = only.find((port) => !PORTS.includes(port));
  if (unknown !== undefined) return `--only ${unknown}: there are ${PORTS.join(', ')}`;
  const known = { json: said.json === true, story: said.story === true, maxUsd, only };
  if (endpoint !== undefined) {
    if (isLive) return `LIVE_AWS=1 is for a real account, --endpoint for another server: say one of them\n${BOTH_WAYS}`;
    if (!URL.canParse(endpoint) || OF_AWS.test(new URL(endpoint).hostname))
      return `--endpoint ${endpoint}: expected the address of a server that is not AWS itself\n${BOTH_WAYS}`;
    const credentials = env['AWS_ACCESS_KEY_ID'] === undefined ? 'dummy' : 'chain';
    return { ...known, isLive, target: { region: said.region ?? 'us-east-1', endpoint, mode: 'aws', credentials } };
  }
  const region = said.region ?? env['AWS_REGION'];
  if (region === undefined || region === '') return 'LIVE_AWS=1: in which region? say --region, or set AWS_REGION';
  return { ...known, isLive, target: { region, endpoint: undefined, mode: 'aws', credentials: 'chain' } };
}

/** AWS_ENDPOINT_URL itself gives way to --endpoint; to a real account nothing else may lead. */
function isElsewhere(name: string, endpoint: string | undefined): boolean {
  return name.startsWith(endpoint === undefined ? 'AWS_ENDPOINT_URL' : 'AWS_ENDPOINT_URL_');
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        endpoint: { type: 'string' },
        region: { type: 'string' },
        json: { type: 'boolean' },
        only: { type: 'string' },
        story: { type: 'boolean' },
        'max-usd': { type: 'string' },
      },
    }).values;
  } catch (error) {
    return (error as Error).message;
  }
}
