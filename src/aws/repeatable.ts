import type { Condition, ConditionalWrite } from '../engine/model/command.ts';

type After = Pick<ConditionalWrite, 'set' | 'remove'>;
/** `same`: the write does not touch what the condition looks at. */
type Fate = 'holds' | 'same' | 'broken';

/**
 * Whether carrying a write out twice is the same as once: it adds nothing, and does not make its own conditions false. A
 * renewed lease is such a write. A claim is not: refused the second time, it would look as if another had been quicker.
 */
export function isRepeatable({ conditions, set, add, remove }: ConditionalWrite): boolean {
  if (Object.keys(add).length > 0) return false;
  return conditions.every((condition) => fateOf(condition, { set, remove }) !== 'broken');
}

function fateOf(condition: Condition, after: After): Fate {
  if (condition.op === 'any') {
    const fates = condition.of.map((one) => fateOf(one, after));
    if (fates.includes('holds')) return 'holds';
    // Which of them held before is not known here: it may have been the one that is touched.
    return fates.every((fate) => fate === 'same') ? 'same' : 'broken';
  }
  const { attribute } = condition;
  const isRemoved = after.remove.includes(attribute);
  if (!isRemoved && after.set[attribute] === undefined) return 'same';
  return holds(condition, isRemoved ? undefined : after.set[attribute]) ? 'holds' : 'broken';
}

function holds(condition: Exclude<Condition, { readonly op: 'any' }>, value: unknown): boolean {
  switch (condition.op) {
    case 'absent':
      return value === undefined;
    case 'exists':
      return value !== undefined;
    case '=':
      return value === condition.value;
    case 'in':
      return condition.values.some((one) => one === value);
    default:
      return typeof value === typeof condition.value && isBelow(condition, value as string | number);
  }
}

function isBelow(condition: Extract<Condition, { readonly value: string | number }>, value: string | number): boolean {
  return condition.op === '<' ? value < condition.value : value <= condition.value;
}
