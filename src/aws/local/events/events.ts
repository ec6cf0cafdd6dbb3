import { randomUUID } from 'node:crypto';
import {
  DeleteRule$,
  DescribeRule$,
  DisableRule$,
  EnableRule$,
  ListRuleNamesByTarget$,
  ListRules$,
  ListTagsForResource$,
  ListTargetsByRule$,
  PutEvents$,
  PutRule$,
  PutTargets$,
  RemoveTargets$,
  TagResource$,
  UntagResource$,
  type PutEventsRequest,
  type PutEventsRequestEntry,
  type PutEventsResponse,
} from '@aws-sdk/client-eventbridge';
import * as rules from './rules.ts';
import { RuleState } from './state.ts';
import { only } from '../only.ts';
import { operation, ServiceError, type Call, type EventBus, type LocalService, type QueueSink } from '../service.ts';

const ENTRIES_MAX = 10;

export interface EventsOptions {
  readonly folder: string;
  readonly queues: QueueSink;
  /** Of the events that this process itself puts: an interruption warning, a state change. */
  readonly accountId: string;
  readonly region: string;
}

export interface Events extends LocalService, EventBus {}

/** The embedded EventBridge: rules with patterns on the default bus, delivering to the embedded SQS. */
export function createEvents({ folder, queues, accountId, region }: EventsOptions): Events {
  const state = new RuleState(folder);
  const bus = { state, queues };
  return {
    scope: 'events',
    protocol: 'awsJson1_1',
    operations: [
      operation(PutRule$, rules.putRule.bind(undefined, state)),
      operation(DescribeRule$, rules.describeRule.bind(undefined, state)),
      operation(ListRules$, rules.listRules.bind(undefined, state)),
      operation(ListRuleNamesByTarget$, rules.listRuleNames.bind(undefined, state)),
      operation(DeleteRule$, rules.deleteRule.bind(undefined, state)),
      operation(EnableRule$, rules.setState('ENABLED').bind(undefined, state)),
      operation(DisableRule$, rules.setState('DISABLED').bind(undefined, state)),
      operation(PutTargets$, rules.putTargets.bind(undefined, state)),
      operation(RemoveTargets$, rules.removeTargets.bind(undefined, state)),
      operation(ListTargetsByRule$, rules.listTargets.bind(undefined, state)),
      operation(TagResource$, rules.tagResource.bind(undefined, state)),
      operation(UntagResource$, rules.untagResource.bind(undefined, state)),
      operation(ListTagsForResource$, rules.listTags.bind(undefined, state)),
      operation(PutEvents$, putEvents.bind(undefined, bus)),
    ],
    put: ({ source, detailType, detail, resources = [] }) => {
      route(bus, { source, detailType, detail, resources, accountId, region, at: Date.now() });
    },
    close: () => state.close(),
  };
}

interface Bus {
  readonly state: RuleState;
  readonly queues: QueueSink;
}

interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: object;
  readonly resources: readonly string[];
  readonly accountId: string;
  readonly region: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Writes the event as EventBridge does, delivers it to every matching target, and returns its id. */
function route({ state, queues }: Bus, event: BusEvent): string {
  const envelope = {
    version: '0',
    id: randomUUID(),
    'detail-type': event.detailType,
    source: event.source,
    account: event.accountId,
    time: new Date(event.at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: event.region,
    resources: event.resources,
    detail: event.detail,
  };
  const body = JSON.stringify(envelope);
  for (const { arn, input } of state.targetsOf(envelope)) queues.deliver(arn, input ?? body);
  return envelope.id;
}

function putEvents(bus: Bus, input: PutEventsRequest, call: Call): PutEventsResponse {
  const entries = only(input, ['Entries']).Entries ?? [];
  if (entries.length === 0 || entries.length > ENTRIES_MAX) {
    throw new ServiceError('ValidationException', `PutEvents takes 1 to ${ENTRIES_MAX} entries.`);
  }
  const Entries = entries.map((entry) => {
    try {
      return { EventId: route(bus, parseEntry(entry, call)) };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return { ErrorCode: error.code, ErrorMessage: error.message };
    }
  });
  return { Entries, FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length };
}

const ENTRY_MEMBERS = ['Source', 'DetailType', 'Detail', 'Resources', 'Time', 'EventBusName'] as const;

function parseEntry(entry: PutEventsRequestEntry, { accountId, region, at }: Call): BusEvent {
  const {
    Source: source,
    DetailType: detailType,
    Detail,
    Resources = [],
    Time,
    EventBusName,
  } = only(entry, ENTRY_MEMBERS);
  rules.checkBus(EventBusName);
  if (!source || !detailType || !Detail) {
    throw new ServiceError(
      'InvalidArgument',
      'Parameter Source, DetailType or Detail is not valid. Reason: it is required.',
    );
  }
  if (source.startsWith('aws.'))
    throw new ServiceError('NotAuthorizedForSourceException', 'Not authorized for the source.');
  return {
    source,
    detailType,
    detail: parseDetail(Detail),
    resources: Resources,
    accountId,
    region,
    at: Time?.getTime() ?? at,
  };
}

function parseDetail(text: string): object {
  try {
    const detail: unknown = JSON.parse(text);
    if (typeof detail === 'object' && detail !== null && !Array.isArray(detail)) return detail;
  } catch (error) {
    throw new ServiceError('MalformedDetail', `Detail is malformed: ${(error as Error).message}`);
  }
  throw new ServiceError('MalformedDetail', 'Detail is not a JSON object.');
}
