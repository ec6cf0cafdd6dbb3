import type { JsonObject } from '../../../engine/model/units.ts';
import type { Place } from './arns.ts';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: JsonObject;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** What is allowed: actions, on which resources, under which condition. */
export function allow(
  Sid: string,
  Action: readonly string[],
  [Resource, Condition]: readonly [on: readonly string[], when?: JsonObject],
): Statement {
  return { Sid, Effect: 'Allow', Action, Resource, ...(Condition !== undefined && { Condition }) };
}

const TAG = 'cbas:deployment';

/** Conditions by the tag of a deployment: that what there is bears it, and that what is made will. */
export function byTag({ name }: Pick<Place, 'name'>): { readonly owned: JsonObject; readonly ownTag: JsonObject } {
  return {
    owned: { StringEquals: { [`aws:ResourceTag/${TAG}`]: name } },
    ownTag: { StringEquals: { [`aws:RequestTag/${TAG}`]: name } },
  };
}
