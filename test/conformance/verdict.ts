import { FaultError } from '../../src/engine/model/fault.ts';

export type Verdict = 'ok' | 'unsupported' | 'wrong';

const UNSUPPORTED = /UnknownOperation|NotImplemented|InvalidAction/;

/** A server that says that it does not have an operation is not wrong; one that answers otherwise than AWS is. */
export function verdictOf(error: unknown): Exclude<Verdict, 'ok'> {
  for (let at = error; at !== undefined && at !== null; at = (at as { cause?: unknown }).cause) {
    const { name, $metadata } = at as { name?: unknown; $metadata?: { httpStatusCode?: number } };
    const code = at instanceof FaultError ? at.fault.code : name;
    if (UNSUPPORTED.test(String(code)) || $metadata?.httpStatusCode === 501) return 'unsupported';
  }
  return 'wrong';
}
