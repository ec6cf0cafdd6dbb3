import type { Pulse } from '../model/deployment.ts';
import type { JsonObject } from '../model/units.ts';
import { readNumber, readNumbers, readObject, readText } from './read.ts';

/** Not there where the leader has no push endpoint, or is of before there were any. */
export function pushOf(value: JsonObject | undefined): Pick<Pulse, 'push'> {
  if (value === undefined) return {};
  const newest = readObject(value, 'newest') ?? {};
  return {
    push: {
      endpoint: readText(value, 'endpoint'),
      confirmed: readNumber(value, 'confirmed'),
      pending: readNumber(value, 'pending'),
      accepted: readNumber(value, 'accepted'),
      refused: readNumbers(value['refused']),
      newest: { at: readNumber(newest, 'at'), reason: readText(newest, 'reason'), detail: readText(newest, 'detail') },
    },
  };
}
