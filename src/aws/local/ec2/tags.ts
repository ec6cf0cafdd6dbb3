import {
  CreateTags$,
  type CreateTagsRequest,
  DeleteTags$,
  type DeleteTagsRequest,
  DescribeTags$,
  type DescribeTagsRequest,
  type DescribeTagsResult,
  type ResourceType,
  type Tag,
  type TagSpecification,
} from '@aws-sdk/client-ec2';
import { type Operation, ServiceError } from '../service.ts';
import { accepting, type Ec2Context, invalid } from './context.ts';
import { fieldsOf, matches, pageOf } from './filters.ts';
import type { Tags } from './records.ts';

const TAGS_MAX = 50;

/** Throws what EC2 throws for tags that it would not take. */
export function readTags(tags: readonly Tag[] | undefined): Tags {
  const read: Record<string, string> = {};
  for (const { Key = '', Value = '' } of tags ?? []) {
    if (Key === '' || Key.length > 127) throw invalid(`Tag keys have 1 to 127 characters: '${Key}'`);
    if (Key.startsWith('aws:')) throw invalid(`Tag keys starting with 'aws:' are reserved for internal use: '${Key}'`);
    if (Value.length > 255) throw invalid(`The value of tag '${Key}' has more than 255 characters`);
    read[Key] = Value;
  }
  return checked(read);
}

export const writeTags = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** The tags for one kind of resource. Kinds that do not exist here (volumes) may be named: nothing comes of it. */
export function specifiedTags(specifications: readonly TagSpecification[] | undefined, kind: ResourceType): Tags {
  return readTags(specifications?.filter((one) => one.ResourceType === kind).flatMap((one) => one.Tags ?? []));
}

function checked(tags: Tags): Tags {
  const own = Object.keys(tags).filter((key) => !key.startsWith('aws:'));
  if (own.length > TAGS_MAX) throw new ServiceError('TagLimitExceeded', `More than ${TAGS_MAX} tags`);
  return tags;
}

interface Tagged {
  readonly id: string;
  readonly kind: ResourceType;
  readonly tags: Tags;
  readonly put: (tags: Tags) => void;
}

function taggedResources({ store }: Ec2Context): Tagged[] {
  const instances = [...store.instances.values()].map((record): Tagged => {
    const put = (tags: Tags): void => store.putInstance({ ...record, tags });
    return { id: record.id, kind: 'instance', tags: record.tags, put };
  });
  const templates = [...store.templates.values()].map((record): Tagged => {
    const put = (tags: Tags): void => store.putTemplate({ ...record, tags });
    return { id: record.id, kind: 'launch-template', tags: record.tags, put };
  });
  const groups = [...store.groups.values()].map((record): Tagged => {
    const put = (tags: Tags): void => store.putGroup({ ...record, tags });
    return { id: record.id, kind: 'security-group', tags: record.tags, put };
  });
  return [...instances, ...templates, ...groups];
}

/** All or nothing: one unknown id and no tag is changed. */
function resourcesOf(context: Ec2Context, ids: readonly string[] | undefined): Tagged[] {
  const byId = new Map(taggedResources(context).map((one) => [one.id, one]));
  return (ids ?? []).map((id) => {
    const found = byId.get(id);
    if (found !== undefined) return found;
    if (id.startsWith('i-'))
      throw new ServiceError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
    throw new ServiceError('InvalidID', `The ID '${id}' is not valid`);
  });
}

export function tagOperations(context: Ec2Context): Operation[] {
  return [
    accepting<CreateTagsRequest, object>(CreateTags$, ['Resources', 'Tags'], (input) => {
      const added = readTags(input.Tags);
      const changes = resourcesOf(context, input.Resources).map((one) => ({
        one,
        tags: checked({ ...one.tags, ...added }),
      }));
      for (const { one, tags } of changes) one.put(tags);
      return {};
    }),
    accepting<DeleteTagsRequest, object>(DeleteTags$, ['Resources', 'Tags'], (input) => {
      for (const one of resourcesOf(context, input.Resources)) one.put(without(one.tags, input.Tags));
      return {};
    }),
    accepting<DescribeTagsRequest, DescribeTagsResult>(
      DescribeTags$,
      ['Filters', 'MaxResults', 'NextToken'],
      (input) => {
        const rows = taggedResources(context).flatMap(({ id, kind, tags }) =>
          Object.entries(tags).map(([Key, Value]) => ({ ResourceId: id, ResourceType: kind, Key, Value })),
        );
        const found = rows.filter((row) =>
          matches(
            input.Filters,
            fieldsOf(
              { 'resource-id': row.ResourceId, 'resource-type': row.ResourceType, key: row.Key, value: row.Value },
              { [row.Key]: row.Value },
            ),
          ),
        );
        const { items, ...next } = pageOf(found, input, (row) => `${row.ResourceId}/${row.Key}`);
        return { Tags: [...items], ...next };
      },
    ),
  ];
}

/** No tags named: all but EC2's own go. A tag named with a value goes only if it has that value. */
function without(tags: Tags, named: readonly Tag[] | undefined): Tags {
  const goes = ([key, value]: [string, string]): boolean =>
    !key.startsWith('aws:') &&
    (named === undefined ||
      named.length === 0 ||
      named.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value)));
  return Object.fromEntries(Object.entries(tags).filter((entry) => !goes(entry)));
}
