import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { createLocalServer, type LocalServerOptions } from '../../../src/aws/local/server.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

export const ACCOUNT = '000000000000';

/** What every SDK client of a test is made with: dummy keys, one try, so that an error is seen as it was sent. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

export interface Local {
  readonly port: number;
  readonly config: ClientConfig;
  close(): Promise<void>;
}

const folders: string[] = [];

/** A folder of its own for a test's state, removed when the file's other hooks have run. */
export function newFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-local-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

/** A server on a free port of the loopback address. A handler's unexpected error fails the test that caused it. */
export async function startLocal(
  options: Pick<LocalServerOptions, 'services'> & Partial<LocalServerOptions>,
): Promise<Local> {
  const server = createLocalServer({
    accountId: ACCOUNT,
    folder: os.tmpdir(),
    onFatal: (error) => {
      throw error;
    },
    ...options,
  });
  const { port } = await server.listen(0);
  return { port, config: configFor(port), close: () => server.close() };
}

export const configFor = (port: number): ClientConfig => ({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

/** The name of the error that a promise is rejected with; a promise that is kept is an error of the test. */
export async function errorName(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).name;
  }
  throw new Error('the call succeeded where it had to be refused');
}
