import type { Account } from './account.ts';
import type { AuthRequest } from './evaluate.ts';
import { type Members, membersOf } from './wire.ts';

/** Tags as condition keys: those of what is there, and those that a request would give. */
export type TagContext = Readonly<Record<string, readonly string[]>>;

export function resourceTags(tags: Readonly<Record<string, string>>): TagContext {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, [value]]));
}

export function requestTags(tags: readonly (readonly [key: unknown, value: unknown])[]): TagContext {
  return Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${String(key)}`, [String(value)]]));
}

export const jsonTags = (tags: unknown): TagContext => requestTags(Object.entries((tags ?? {}) as Members));
export const pairTags = (tags: unknown): TagContext =>
  requestTags(((tags ?? []) as readonly Members[]).map(({ Key, Value }) => [Key, Value]));
export const formTags = (tags: unknown): TagContext =>
  requestTags(membersOf(tags).map(({ Key, Value }) => [Key, Value]));

/** What is made, with the tags that the request gives it, and the right to tag it in the making. */
export function tagged(
  { action, input, account }: { readonly action: string; readonly input: Members; readonly account: Account },
  kinds: readonly string[],
): readonly AuthRequest[] {
  return kinds.flatMap((kind) => {
    const resource = account.newEc2Arn(kind);
    const given = membersOf(input['TagSpecification']).find(({ ResourceType }) => ResourceType === kind);
    if (given === undefined) return [{ action, resource }];
    const context = formTags(given['Tag']);
    const making = { 'ec2:CreateAction': [action.slice('ec2:'.length)] };
    return [
      { action, resource, context },
      { action: 'ec2:CreateTags', resource, context: { ...context, ...making } },
    ];
  });
}
