import fs from 'node:fs';
import path from 'node:path';
import { CallPolicy } from '../../src/aws/call-policy.ts';
import { systemClock } from '../../src/aws/system-clock.ts';

const SOURCES = path.resolve(import.meta.dirname, '../../src/aws');
/** What other servers are; they answer and do not ask. */
const ANSWERING = /^(local|memory)\//;
/** As the call policy names services, where their clients are named otherwise. */
const SERVICES: Readonly<Record<string, string>> = { eventbridge: 'events' };

/** Every call that the product can make, read from its sources: "sqs SendMessageBatch". */
export function callsInSources(): readonly string[] {
  const files = fs.readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => file.endsWith('.ts') && !ANSWERING.test(file))
    .flatMap((file) => {
      const text = fs.readFileSync(path.join(SOURCES, file), 'utf8');
      const imports = [...text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([a-z0-9]+)'/g)];
      const clients = imports.flatMap(([, names = '', client = '']) =>
        [...names.matchAll(/\b(\w+)Command\b/g)].map(([, name]) => `${SERVICES[client] ?? client} ${name}`),
      );
      // FIS is spoken to without a client.
      const rest = file === 'fis.ts' ? [...text.matchAll(/#ask\('(\w+)'/g)].map(([, name]) => `fis ${name}`) : [];
      return [...clients, ...rest];
    });
  return [...new Set(found)].toSorted();
}

/** Remembers what was called. */
export class RecordingCalls extends CallPolicy {
  readonly seen = new Set<string>();

  constructor() {
    super({ clock: systemClock, random: Math.random });
  }

  override run<T>(...[call, act]: Parameters<CallPolicy['run']>): Promise<T> {
    this.seen.add(call.operation);
    return super.run(call, act) as Promise<T>;
  }
}
