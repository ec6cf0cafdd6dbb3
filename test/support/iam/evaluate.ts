/** One thing that somebody wants to do, as IAM sees it: an action on a resource, and what else is known of the request. */
export interface AuthRequest {
  /** "s3:GetObject". */
  readonly action: string;
  /** An ARN; "*" for actions that know no resources. */
  readonly resource: string;
  /** Values by condition key; keys are compared without regard to case. What is not there is not in the request. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

export type Verdict = 'allowed' | 'explicitly denied' | 'not allowed';

type OneOrMore = string | readonly string[];

export interface IamStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;
}

export interface IamDocument {
  readonly Statement: readonly IamStatement[];
}

/**
 * What an identity policy says of a request: an explicit deny wins, then an allow, else it is not allowed. Throws for what it does not
 * know (an operator, a missing Resource), so that nothing is taken as allowed by not being understood.
 */
export function evaluate({ Statement }: IamDocument, request: AuthRequest): Verdict {
  const fitting = Statement.filter((one) => applies(one, request)).map(({ Effect }) => Effect);
  if (fitting.includes('Deny')) return 'explicitly denied';
  return fitting.includes('Allow') ? 'allowed' : 'not allowed';
}

/** Whether a statement speaks of this request. */
export function applies(statement: IamStatement, { action, resource, context = {} }: AuthRequest): boolean {
  const { Effect, Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw new Error(`unknown Effect ${Effect}`);
  const fitsAction = exactlyOne(Action, NotAction, (pattern) => fits(pattern.toLowerCase(), action.toLowerCase()));
  const fitsResource = exactlyOne(Resource, NotResource, (pattern) => fits(filledIn(pattern, context), resource));
  return fitsAction && fitsResource && meets(Condition, context);
}

function exactlyOne(
  yes: OneOrMore | undefined,
  not: OneOrMore | undefined,
  fitsOne: (pattern: string) => boolean,
): boolean {
  if ((yes === undefined) === (not === undefined)) throw new Error('a statement has either the element or its Not');
  return yes !== undefined ? listOf(yes).some(fitsOne) : !listOf(not ?? []).some(fitsOne);
}

const listOf = (value: OneOrMore): readonly string[] => (typeof value === 'string' ? [value] : value);

/** With its policy variables replaced by what the request says; one that it does not say fits nothing. */
function filledIn(pattern: string, context: NonNullable<AuthRequest['context']>): string {
  return pattern.replaceAll(/\$\{([^}]+)\}/g, (_, key: string) => context[key]?.[0] ?? '\0');
}

/** IAM's wildcards: `*` is any text, `?` any one character; nothing else is special. */
export function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

type Matcher = (wanted: string, found: string) => boolean;

const MATCHERS: Readonly<Record<string, Matcher>> = {
  StringEquals: (wanted, found) => wanted === found,
  StringEqualsIgnoreCase: (wanted, found) => wanted.toLowerCase() === found.toLowerCase(),
  StringLike: fits,
  ArnEquals: fits,
  ArnLike: fits,
  Bool: (wanted, found) => wanted.toLowerCase() === found.toLowerCase(),
};

/** All operators and all keys must be met; of a key's values one. A key that is not in the request meets only `Not...`, `...IfExists` and `Null`. */
function meets(
  condition: NonNullable<IamStatement['Condition']>,
  context: NonNullable<AuthRequest['context']>,
): boolean {
  const values = new Map(Object.entries(context).map(([key, found]) => [key.toLowerCase(), found]));
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => meetsOne(operator, listOf(wanted), values.get(key.toLowerCase()))),
  );
}

function meetsOne(operator: string, wanted: readonly string[], found: readonly string[] | undefined): boolean {
  if (operator === 'Null') return wanted.includes(String(found === undefined));
  const isOptional = operator.endsWith('IfExists');
  const bare = isOptional ? operator.slice(0, -'IfExists'.length) : operator;
  const isNot = /^(String|Arn)Not/.test(bare);
  const matcher = MATCHERS[bare.replace(/^(String|Arn)Not/, '$1')];
  if (matcher === undefined) throw new Error(`unknown condition operator ${operator}`);
  if (found === undefined) return isOptional || isNot;
  const matches = found.some((value) => wanted.some((pattern) => matcher(pattern, value)));
  return isNot ? !matches : matches;
}
