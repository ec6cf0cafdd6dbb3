import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type RuleState,
  TagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import type { JsonObject } from '../../../engine/model/units.ts';
import { clientOptions } from '../../client-options.ts';
import type { Resource } from '../model/resource.ts';
import {
  type Found,
  ifThere,
  parsed,
  propertiesOf,
  type Provider,
  type ProviderContext,
  type TagPair,
  tagPairs,
} from './provider.ts';

interface RuleProperties {
  readonly EventPattern: JsonObject;
  readonly State: RuleState;
  readonly Targets: { readonly Id: string; readonly Arn: string }[];
  readonly Tags: TagPair[];
}

/** Rules of the default bus, with their targets. */
export class RuleProvider implements Provider {
  readonly fixed = [];
  readonly #ask: ProviderContext['ask'];
  readonly #client: EventBridgeClient;

  constructor({ target, ask }: ProviderContext) {
    this.#ask = ask;
    this.#client = new EventBridgeClient(clientOptions(target, 'EVENTBRIDGE'));
  }

  async read({ name }: Resource): Promise<Found | undefined> {
    const rule = await this.#describe(name);
    if (rule === undefined) return undefined;
    const [targets, tags] = await Promise.all([
      this.#ask('events ListTargetsByRule', name, (abortSignal) =>
        this.#client.send(new ListTargetsByRuleCommand({ Rule: name }), { abortSignal }),
      ),
      this.#ask('events ListTagsForResource', name, (abortSignal) =>
        this.#client.send(new ListTagsForResourceCommand({ ResourceARN: rule.Arn }), { abortSignal }),
      ),
    ]);
    return {
      attributes: {},
      properties: {
        Name: name,
        EventPattern: parsed(rule.EventPattern),
        State: rule.State,
        Targets: (targets.Targets ?? []).map(({ Id, Arn }) => ({ Id, Arn })) as never,
        Tags: tagPairs(tags.Tags) as never,
      },
    };
  }

  async create(resource: Resource): Promise<void> {
    const { name } = resource;
    const { EventPattern, State, Tags } = propertiesOf<RuleProperties>(resource);
    const command = new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(EventPattern), State, Tags });
    await this.#ask('events PutRule', name, (abortSignal) => this.#client.send(command, { abortSignal }));
    await this.#putTargets(resource);
  }

  async mend(resource: Resource, changed: readonly string[]): Promise<void> {
    const { name } = resource;
    const { EventPattern, State, Tags } = propertiesOf<RuleProperties>(resource);
    if (changed.includes('EventPattern') || changed.includes('State')) {
      // Tags are taken at a rule's creation only.
      const command = new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(EventPattern), State });
      await this.#ask('events PutRule', name, (abortSignal) => this.#client.send(command, { abortSignal }));
    }
    if (changed.includes('Targets')) await this.#putTargets(resource);
    if (changed.includes('Tags')) {
      const ResourceARN = (await this.#describe(name))?.Arn;
      await this.#ask('events TagResource', name, (abortSignal) =>
        this.#client.send(new TagResourceCommand({ ResourceARN, Tags }), { abortSignal }),
      );
    }
  }

  async remove({ name }: Resource): Promise<void> {
    const targets = await ifThere(
      this.#ask('events ListTargetsByRule', name, (abortSignal) =>
        this.#client.send(new ListTargetsByRuleCommand({ Rule: name }), { abortSignal }),
      ),
    );
    const Ids = (targets?.Targets ?? []).map(({ Id = '' }) => Id);
    if (Ids.length > 0)
      await this.#ask('events RemoveTargets', name, (abortSignal) =>
        this.#client.send(new RemoveTargetsCommand({ Rule: name, Ids }), { abortSignal }),
      );
    await ifThere(
      this.#ask('events DeleteRule', name, (abortSignal) =>
        this.#client.send(new DeleteRuleCommand({ Name: name }), { abortSignal }),
      ),
    );
  }

  #describe(name: string) {
    return ifThere(
      this.#ask('events DescribeRule', name, (abortSignal) =>
        this.#client.send(new DescribeRuleCommand({ Name: name }), { abortSignal }),
      ),
    );
  }

  async #putTargets(resource: Resource): Promise<void> {
    const { Targets } = propertiesOf<RuleProperties>(resource);
    await this.#ask('events PutTargets', resource.name, (abortSignal) =>
      this.#client.send(new PutTargetsCommand({ Rule: resource.name, Targets }), { abortSignal }),
    );
  }
}
