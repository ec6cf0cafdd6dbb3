import type {
  DeleteRuleRequest,
  DescribeRuleRequest,
  DescribeRuleResponse,
  DisableRuleRequest,
  ListRuleNamesByTargetRequest,
  ListRuleNamesByTargetResponse,
  ListRulesRequest,
  ListRulesResponse,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  ListTargetsByRuleRequest,
  ListTargetsByRuleResponse,
  PutRuleRequest,
  PutRuleResponse,
  PutTargetsRequest,
  PutTargetsResponse,
  RemoveTargetsRequest,
  RemoveTargetsResponse,
  Tag,
  TagResourceRequest,
  Target,
  UntagResourceRequest,
} from '@aws-sdk/client-eventbridge';
import { compileEventPattern, type Rule, type RuleState, type RuleTarget } from './state.ts';
import { only } from '../only.ts';
import { paginate } from '../paginate.ts';
import { ServiceError, type Call } from '../service.ts';

const LIST_MAX = 100;
const TARGETS_MAX = 5;
const BUS = 'default';

const tagsOf = (tags: readonly Tag[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));

export function checkBus(name: string | undefined): void {
  if (name === undefined || name === BUS || name.endsWith(`:event-bus/${BUS}`)) return;
  throw new ServiceError('ResourceNotFoundException', `Event bus ${name.slice(0, 80)} does not exist.`);
}

export function putRule(state: RuleState, input: PutRuleRequest, call: Call): PutRuleResponse {
  const asked = only(input, ['Name', 'EventPattern', 'State', 'Description', 'EventBusName', 'Tags']);
  const { Name: name = '', EventPattern: pattern, State = 'ENABLED', Description: description } = asked;
  checkBus(asked.EventBusName);
  if (!/^[.\w-]{1,64}$/.test(name))
    throw new ServiceError('ValidationException', `The rule name ${name} is not valid.`);
  if (pattern === undefined)
    throw new ServiceError('ValidationException', 'The embedded EventBridge needs an EventPattern.');
  if (State !== 'ENABLED' && State !== 'DISABLED') {
    throw new ServiceError('ValidationException', `The state ${State} is not supported.`);
  }
  compileEventPattern(pattern);
  const arn = `arn:aws:events:${call.region}:${call.accountId}:rule/${name}`;
  const { targets = [], tags = tagsOf(asked.Tags) } = state.rules.get(name) ?? {};
  state.save({ name, arn, pattern, state: State, description, targets, tags });
  return { RuleArn: arn };
}

const wireRule = ({ name, arn, pattern, state, description }: Rule) => ({
  Name: name,
  Arn: arn,
  EventPattern: pattern,
  State: state,
  Description: description,
  EventBusName: BUS,
});

export function describeRule(state: RuleState, input: DescribeRuleRequest, { accountId }: Call): DescribeRuleResponse {
  checkBus(input.EventBusName);
  return { ...wireRule(state.rule(input.Name)), CreatedBy: accountId };
}

export function listRules(state: RuleState, input: ListRulesRequest): ListRulesResponse {
  checkBus(input.EventBusName);
  const { NamePrefix = '', Limit = LIST_MAX, NextToken } = input;
  const rules = [...state.rules.values()].filter(({ name }) => name.startsWith(NamePrefix));
  const page = paginate(rules, { size: Limit, token: NextToken });
  return { Rules: page.items.map(wireRule), NextToken: page.nextToken };
}

export function listRuleNames(state: RuleState, input: ListRuleNamesByTargetRequest): ListRuleNamesByTargetResponse {
  checkBus(input.EventBusName);
  const rules = [...state.rules.values()].filter(({ targets }) => targets.some(({ arn }) => arn === input.TargetArn));
  const names = rules.map(({ name }) => name);
  const page = paginate(names, { size: input.Limit ?? LIST_MAX, token: input.NextToken });
  return { RuleNames: [...page.items], NextToken: page.nextToken };
}

export function deleteRule(state: RuleState, input: DeleteRuleRequest): void {
  checkBus(input.EventBusName);
  const rule = state.rules.get(input.Name ?? '');
  if (rule === undefined) return;
  if (rule.targets.length > 0) {
    throw new ServiceError('ValidationException', "Rule can't be deleted since it has targets.");
  }
  state.drop(rule.name);
}

/** EnableRule and DisableRule. */
export const setState =
  (wanted: Rule['state']) =>
  (state: RuleState, input: DisableRuleRequest): void => {
    checkBus(input.EventBusName);
    state.save({ ...state.rule(input.Name), state: wanted });
  };

export function putTargets(state: RuleState, input: PutTargetsRequest): PutTargetsResponse {
  checkBus(input.EventBusName);
  const rule = state.rule(input.Rule);
  const added = (input.Targets ?? []).map(checkTarget);
  const ids = new Set(added.map(({ id }) => id));
  const targets = [...rule.targets.filter(({ id }) => !ids.has(id)), ...added];
  if (targets.length > TARGETS_MAX) {
    throw new ServiceError('LimitExceededException', `A rule has at most ${TARGETS_MAX} targets.`);
  }
  state.save({ ...rule, targets });
  return { FailedEntryCount: 0, FailedEntries: [] };
}

function checkTarget(target: Target): RuleTarget {
  const { Id: id = '', Arn: arn = '', Input: input } = only(target, ['Id', 'Arn', 'Input']);
  if (/^arn:aws:sqs:[\w-]+:\d{12}:[\w-]{1,80}$/.test(arn) && /^[.\w-]{1,64}$/.test(id)) return { id, arn, input };
  throw new ServiceError(
    'ValidationException',
    `The embedded EventBridge delivers to SQS queues only, not to ${arn.slice(0, 80)}.`,
  );
}

export function removeTargets(state: RuleState, input: RemoveTargetsRequest): RemoveTargetsResponse {
  const { Rule: name, EventBusName, Ids = [] } = only(input, ['Rule', 'EventBusName', 'Ids', 'Force']);
  checkBus(EventBusName);
  const rule = state.rule(name);
  state.save({ ...rule, targets: rule.targets.filter(({ id }) => !Ids.includes(id)) });
  return { FailedEntryCount: 0, FailedEntries: [] };
}

export function listTargets(state: RuleState, input: ListTargetsByRuleRequest): ListTargetsByRuleResponse {
  checkBus(input.EventBusName);
  const { targets } = state.rule(input.Rule);
  const page = paginate(targets, { size: input.Limit ?? LIST_MAX, token: input.NextToken });
  return {
    Targets: page.items.map(({ id, arn, input: text }) => ({ Id: id, Arn: arn, Input: text })),
    NextToken: page.nextToken,
  };
}

export function tagResource(state: RuleState, { ResourceARN, Tags }: TagResourceRequest): void {
  const rule = state.byArn(ResourceARN);
  state.save({ ...rule, tags: { ...rule.tags, ...tagsOf(Tags) } });
}

export function untagResource(state: RuleState, { ResourceARN, TagKeys = [] }: UntagResourceRequest): void {
  const rule = state.byArn(ResourceARN);
  state.save({
    ...rule,
    tags: Object.fromEntries(Object.entries(rule.tags).filter(([key]) => !TagKeys.includes(key))),
  });
}

export const listTags = (
  state: RuleState,
  { ResourceARN }: ListTagsForResourceRequest,
): ListTagsForResourceResponse => ({
  Tags: Object.entries(state.byArn(ResourceARN).tags).map(([Key, Value]) => ({ Key, Value })),
});
