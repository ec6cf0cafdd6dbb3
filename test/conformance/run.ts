import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AwsTarget } from '../../src/aws/client-options.ts';
import { useCalls } from '../../src/aws/calls.ts';
import { Ec2Prices } from '../../src/aws/ec2-prices.ts';
import { type CallerIdentity, callerIdentity } from '../../src/aws/identity.ts';
import { untilTold } from '../../src/cli/signals.ts';
import { ACCOUNT_CASES } from './account.ts';
import { type AwsUnderTest, awsUnderTest } from './aws-context.ts';
import { boundOf, LIVE_TYPE, MeteredCalls, REQUESTS_MAX, storyBoundOf, totalUsd } from './bound.ts';
import { CASES } from './cases.ts';
import { type Place, placeOf } from './place.ts';
import { type Story, storyOf, type StoryStep } from './story.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/**
 * Runs our adapters against any server that speaks AWS, and tells of each operation whether it does what we rely on.
 * `npm run conformance -- --endpoint http://127.0.0.1:4566 [--region us-east-1] [--json]`
 * `--only blobs,queue`: these ports' cases, and no others; `account` is what concerns the account.
 * `LIVE_AWS=1 npm run conformance -- [--region us-east-1] [--max-usd 0.10] [--json]`: on a real account, for money.
 * `--story`: in the place of the cases the product's own way, from `cbas init` over a job to `cbas destroy`.
 * Everything is made under a name of this run's own and removed at the end. Exit 1 if anything is wrong, 2 if nothing was begun.
 */
interface Result {
  readonly port: string;
  readonly operation: string;
  readonly name: string;
  readonly verdict: Verdict;
  readonly detail: string;
}

const RANK: readonly Verdict[] = ['ok', 'unsupported', 'wrong'];

async function judged(what: Pick<Result, 'port' | 'operation' | 'name'>, run: () => Promise<unknown>): Promise<Result> {
  try {
    await run();
    return { ...what, verdict: 'ok', detail: '' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ...what, verdict: verdictOf(error), detail: detail.replaceAll(/\s+/g, ' ').slice(0, 300) };
  }
}

async function main(): Promise<number> {
  const place = placeOf(process.argv.slice(2), process.env);
  if (typeof place === 'string') {
    process.stderr.write(`${place}\n`);
    return 2;
  }
  const { target, isLive } = place;
  const calls = new MeteredCalls();
  useCalls(target, calls);
  // On a real account nothing is done before it is known which.
  const account = isLive ? await callerIdentity(target) : await callerIdentity(target).catch(() => undefined);
  const pool = isLive ? await cheapestPool(target) : undefined;
  const deployment = `conf-${randomBytes(4).toString('hex')}`;
  if (!announced({ place, deployment, account, onDemandUsdPerHour: pool?.bidUsdPerHour })) return 2;
  if (place.story) {
    const results = await judgedStory(storyOf(place, deployment, pool ?? SOME_POOL));
    report(results, place.json);
    return results.some(({ verdict }) => verdict !== 'ok') ? 1 : 0;
  }
  const results = await judgedAll(place, calls, awsUnderTest(target, deployment, {
    isLive,
    ...(account !== undefined && { accountId: account.accountId }),
    ...(pool !== undefined && { pool }),
  })); // prettier-ignore
  const sent = Object.keys(REQUESTS_MAX).map((service) => `${service} ${calls.sent[service] ?? 0}`);
  process.stderr.write(`requests sent: ${sent.join(', ')}\n`);
  report(results, place.json);
  return results.some(({ verdict }) => verdict === 'wrong') ? 1 : 0;
}

/** Runs every case, and takes away what was made whatever became of them. What is left behind, or was not looked for, is wrong. */
async function judgedAll(
  { target, only }: Place,
  calls: MeteredCalls,
  under: AwsUnderTest,
): Promise<readonly Result[]> {
  const isWanted = (port: string): boolean => only.length === 0 || only.includes(port);
  const { context, spec, steps, remove } = under;
  const results: Result[] = [];
  const print = (result: Result): void => {
    results.push(result);
    const line = `${result.verdict.padEnd(11)} ${result.port} ${result.operation}: ${result.name}`;
    process.stderr.write(result.detail === '' ? `${line}\n` : `${line}\n            ${result.detail}\n`);
  };
  const told = untilTold();
  try {
    for (const { operation, run } of steps)
      if (!told.aborted) print(await judged({ port: 'setup', operation, name: 'is made' }, run));
    for (const one of CASES) if (!told.aborted && isWanted(one.port)) print(await judged(one, () => one.run(context)));
    for (const one of ACCOUNT_CASES)
      if (!told.aborted && isWanted('account'))
        print(await judged({ port: 'account', ...one }, () => one.run(target, spec())));
    if (told.aborted) print({ port: 'setup', operation: 'run', name: 'goes to its end', verdict: 'wrong', detail: 'told to stop' }); // prettier-ignore
  } finally {
    calls.isClearing = true;
    const gone = { port: 'setup', operation: 'destroy', name: 'leaves nothing that bears the name or the tag' };
    print(await judged(gone, async () => assert.deepEqual(await remove(), [])));
  }
  return results;
}

/** Step by step; what follows a step that failed is not tried. What was made is taken away in any case. */
async function judgedStory({ steps, end }: Story): Promise<readonly Result[]> {
  const results: Result[] = [];
  const told = untilTold();
  const tell = async ({ operation, name, run }: StoryStep): Promise<boolean> => {
    const result = await judged({ port: 'story', operation, name }, run);
    results.push(result);
    process.stderr.write(`${result.verdict.padEnd(11)} ${operation}: ${name}\n${result.detail === '' ? '' : `            ${result.detail}\n`}`); // prettier-ignore
    return result.verdict === 'ok';
  };
  try {
    for (const step of steps) if (told.aborted || !(await tell(step))) break;
  } finally {
    await tell(end);
  }
  return results;
}

/** Where a server that is not AWS has prices of its own. */
const SOME_POOL = { id: 'c5.large/us-east-1a', bidUsdPerHour: 0.4 };

/** The zone in which it costs least now; a spot instance may cost what one on demand does, and no more. */
async function cheapestPool(target: AwsTarget) {
  const prices = new Ec2Prices(target);
  const points = await prices.historyOf({ types: [LIVE_TYPE], zones: [] }, Date.now());
  const [best] = points.toSorted((a, b) => a.usdPerHour - b.usdPerHour);
  const [type] = await prices.types([LIVE_TYPE]);
  const onDemand = type?.onDemandUsdPerHour ?? 0;
  if (best === undefined || onDemand === 0) throw new Error(`${LIVE_TYPE} has no price in ${target.region}`);
  return { id: best.pool, bidUsdPerHour: onDemand };
}

interface Announcement {
  readonly place: Place;
  readonly deployment: string;
  readonly account: CallerIdentity | undefined;
  readonly onDemandUsdPerHour: number | undefined;
}

/** Says who, where, what and for how much at most; false where that is more than it may cost. */
function announced({ place, deployment, account, onDemandUsdPerHour }: Announcement): boolean {
  const { target, isLive, maxUsd } = place;
  const lines = (place.story ? storyBoundOf : boundOf)(target.region, onDemandUsdPerHour);
  const total = totalUsd(lines);
  const what = `the resources of a deployment, and instances, all named or tagged ${deployment}; all are taken away at the end`;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`account  ${account?.accountId ?? 'not told'} as ${account?.arn ?? 'not told'}`);
  say(`where    ${target.region}, ${target.endpoint ?? 'AWS itself'}`);
  say(`makes    ${what}`);
  say(`costs    at most $${total.toFixed(4)}${isLive ? '' : ' if it were AWS'}:`);
  for (const { usd, what: item, source } of lines) say(`         $${usd.toFixed(4)}  ${item} (${source})`);
  if (maxUsd === undefined || total <= maxUsd) return true;
  say(
    `that is more than --max-usd ${maxUsd}: nothing was made; if it may cost that, say --max-usd ${(Math.ceil(total * 100) / 100).toFixed(2)}`,
  );
  return false;
}

/** One line for each operation: the worst of its cases. */
function report(results: readonly Result[], json: boolean): void {
  const operations = [...Map.groupBy(results, ({ port, operation }) => `${port} ${operation}`)].map(
    ([operation, cases]) => ({
      operation,
      cases: cases.length,
      verdict: RANK[Math.max(...cases.map(({ verdict }) => RANK.indexOf(verdict)))] as Verdict,
      details: cases.filter(({ verdict }) => verdict !== 'ok').map(({ name, detail }) => `${name}: ${detail}`),
    }),
  );
  if (json) process.stdout.write(`${JSON.stringify({ operations })}\n`);
  else
    for (const { operation, cases, verdict } of operations)
      process.stdout.write(`${verdict.padEnd(12)}${operation} (${cases})\n`);
}

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
process.exitCode = await main();
