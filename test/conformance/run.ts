import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { AwsTarget } from '../../src/aws/client-options.ts';
import { callerIdentity } from '../../src/aws/identity.ts';
import { ACCOUNT_CASES } from './account.ts';
import { awsUnderTest } from './aws-context.ts';
import { CASES } from './cases.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/**
 * Runs our adapters against any server that speaks AWS, and tells of each operation whether it does what we rely on.
 * `npm run conformance -- --endpoint http://127.0.0.1:4566 [--region us-east-1] [--json]`
 * Everything is made under a name of this run's own and removed at the end. Exit 1 if anything is wrong.
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
  const { values } = parseArgs({
    options: {
      endpoint: { type: 'string' },
      region: { type: 'string', default: 'us-east-1' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.endpoint === undefined) {
    process.stderr.write('give the server: --endpoint http://127.0.0.1:4566\n');
    return 2;
  }
  const credentials = process.env['AWS_ACCESS_KEY_ID'] === undefined ? 'dummy' : 'chain';
  const target: AwsTarget = { region: values.region, endpoint: values.endpoint, mode: 'aws', credentials };
  const account = await callerIdentity(target).catch(() => undefined);
  const deployment = `conf-${randomBytes(4).toString('hex')}`;
  const { context, spec, steps, remove } = awsUnderTest(target, deployment, account?.accountId);
  const results: Result[] = [];
  const print = (result: Result): void => {
    results.push(result);
    const line = `${result.verdict.padEnd(11)} ${result.port} ${result.operation}: ${result.name}`;
    process.stderr.write(result.detail === '' ? `${line}\n` : `${line}\n            ${result.detail}\n`);
  };
  for (const { operation, run } of steps) print(await judged({ port: 'setup', operation, name: 'is made' }, run));
  for (const one of CASES) print(await judged(one, () => one.run(context)));
  for (const one of ACCOUNT_CASES) print(await judged({ port: 'account', ...one }, () => one.run(target, spec())));
  for (const left of await remove()) process.stderr.write(`left behind: ${left}\n`);
  report(results, values.json);
  return results.some(({ verdict }) => verdict === 'wrong') ? 1 : 0;
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
