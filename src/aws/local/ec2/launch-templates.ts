import {
  CreateLaunchTemplate$,
  type CreateLaunchTemplateRequest,
  type CreateLaunchTemplateResult,
  CreateLaunchTemplateVersion$,
  type CreateLaunchTemplateVersionRequest,
  type CreateLaunchTemplateVersionResult,
  DeleteLaunchTemplate$,
  type DeleteLaunchTemplateRequest,
  type DeleteLaunchTemplateResult,
  DescribeLaunchTemplates$,
  type DescribeLaunchTemplatesRequest,
  type DescribeLaunchTemplatesResult,
  DescribeLaunchTemplateVersions$,
  type DescribeLaunchTemplateVersionsRequest,
  type DescribeLaunchTemplateVersionsResult,
  type LaunchTemplate,
  type LaunchTemplateSpecification,
  type LaunchTemplateVersion,
  type RequestLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import { type Operation, ServiceError } from '../service.ts';
import { accepting, type Ec2Context, invalid, missing, newId, once, only } from './context.ts';
import { fieldsOf, matches, pageOf } from './filters.ts';
import { LAUNCH_KEYS } from './launch-data.ts';
import type { TemplateRecord, TemplateVersion } from './records.ts';
import { specifiedTags, writeTags } from './tags.ts';

type Named = Pick<LaunchTemplateSpecification, 'LaunchTemplateId' | 'LaunchTemplateName'>;

/** EC2 keeps up to 10,000; a version is never changed, only added. */
const VERSIONS_MAX = 10_000;

export function templateNamed({ store }: Ec2Context, named: Named): TemplateRecord {
  const { LaunchTemplateId: id, LaunchTemplateName: name } = named;
  if (id !== undefined && name !== undefined)
    throw new ServiceError('InvalidParameterCombination', 'Name a launch template by its id or by its name, not both.');
  if (id !== undefined) {
    const found = store.templates.get(id);
    if (found !== undefined) return found;
    throw new ServiceError('InvalidLaunchTemplateId.NotFound', `The specified launch template, ${id}, does not exist.`);
  }
  if (name === undefined) throw missing('LaunchTemplateId');
  const found = [...store.templates.values()].find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new ServiceError(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${name}, does not exist.`,
  );
}

/** A version by number, $Latest or $Default (also when none is named). */
export function versionOf(template: TemplateRecord, version: string | undefined): TemplateVersion {
  const number =
    version === undefined || version === '' || version === '$Default'
      ? template.defaultVersion
      : version === '$Latest'
        ? latest(template)
        : Number(version);
  const found = template.versions.find((one) => one.number === number);
  if (found !== undefined) return found;
  throw new ServiceError(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find launch template version ${version ?? ''} of ${template.id}.`,
  );
}

const latest = ({ versions }: TemplateRecord): number => versions.at(-1)?.number ?? 0;

export function templateOperations(context: Ec2Context): Operation[] {
  return [createTemplate(context), createVersion(context), deleteTemplate(context), ...describeTemplates(context)];
}

function createTemplate(context: Ec2Context): Operation {
  return accepting<CreateLaunchTemplateRequest, CreateLaunchTemplateResult>(
    CreateLaunchTemplate$,
    ['ClientToken', 'LaunchTemplateName', 'VersionDescription', 'LaunchTemplateData', 'TagSpecifications'],
    (input, call) => {
      const id = once(context, { operation: 'CreateLaunchTemplate', input, run: () => created(context, input) });
      return { LaunchTemplate: shown(templateNamed(context, { LaunchTemplateId: id }), call.accountId) };
    },
  );
}

function created({ store, clock }: Ec2Context, input: CreateLaunchTemplateRequest): string {
  const name = input.LaunchTemplateName;
  if (name === undefined || !/^[a-zA-Z0-9().\-/_]{3,128}$/.test(name))
    throw new ServiceError('InvalidLaunchTemplateName.MalformedException', `'${name ?? ''}' is no valid template name`);
  if ([...store.templates.values()].some((one) => one.name === name))
    throw new ServiceError('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
  const id = newId('lt');
  const createdAt = clock.now();
  store.putTemplate({
    id,
    name,
    createdAt,
    defaultVersion: 1,
    versions: [version({ number: 1, createdAt, data: checkedData(input) }, input.VersionDescription)],
    tags: specifiedTags(input.TagSpecifications, 'launch-template'),
  });
  return id;
}

const version = (made: TemplateVersion, description: string | undefined): TemplateVersion =>
  description === undefined ? made : { ...made, description };

interface WithData {
  readonly LaunchTemplateData: RequestLaunchTemplateData | undefined;
}

function checkedData({ LaunchTemplateData: data }: WithData): RequestLaunchTemplateData {
  if (data === undefined) throw missing('LaunchTemplateData');
  only('LaunchTemplateData', data, LAUNCH_KEYS);
  return data;
}

function createVersion(context: Ec2Context): Operation {
  return accepting<CreateLaunchTemplateVersionRequest, CreateLaunchTemplateVersionResult>(
    CreateLaunchTemplateVersion$,
    [
      'ClientToken',
      'LaunchTemplateId',
      'LaunchTemplateName',
      'SourceVersion',
      'VersionDescription',
      'LaunchTemplateData',
    ],
    (input, call) => {
      const template = templateNamed(context, input);
      const run = (): number => {
        if (template.versions.length >= VERSIONS_MAX)
          throw new ServiceError('VersionLimitExceeded', `${template.id} has ${VERSIONS_MAX} versions`);
        const source = input.SourceVersion === undefined ? {} : versionOf(template, input.SourceVersion).data;
        const number = latest(template) + 1;
        const made = { number, createdAt: context.clock.now(), data: { ...source, ...checkedData(input) } };
        context.store.putTemplate({
          ...template,
          versions: [...template.versions, version(made, input.VersionDescription)],
        });
        return number;
      };
      const number = once(context, { operation: 'CreateLaunchTemplateVersion', input, run });
      const after = templateNamed(context, { LaunchTemplateId: template.id });
      return { LaunchTemplateVersion: shownVersion(after, versionOf(after, String(number)), call.accountId) };
    },
  );
}

function deleteTemplate(context: Ec2Context): Operation {
  return accepting<DeleteLaunchTemplateRequest, DeleteLaunchTemplateResult>(
    DeleteLaunchTemplate$,
    ['LaunchTemplateId', 'LaunchTemplateName'],
    (input, call) => {
      const template = templateNamed(context, input);
      context.store.dropTemplate(template.id);
      return { LaunchTemplate: shown(template, call.accountId) };
    },
  );
}

function describeTemplates(context: Ec2Context): Operation[] {
  return [
    accepting<DescribeLaunchTemplatesRequest, DescribeLaunchTemplatesResult>(
      DescribeLaunchTemplates$,
      ['LaunchTemplateIds', 'LaunchTemplateNames', 'Filters', 'MaxResults', 'NextToken'],
      (input, call) => {
        const ids = (input.LaunchTemplateIds ?? []).map((id) => templateNamed(context, { LaunchTemplateId: id }));
        const names = (input.LaunchTemplateNames ?? []).map((name) =>
          templateNamed(context, { LaunchTemplateName: name }),
        );
        const named = [...ids, ...names];
        const found = (named.length > 0 ? named : [...context.store.templates.values()]).filter((one) =>
          matches(input.Filters, fieldsOf({ 'launch-template-name': one.name }, one.tags)),
        );
        const { items, ...next } = pageOf(found, input, (one) => one.id);
        return { LaunchTemplates: items.map((one) => shown(one, call.accountId)), ...next };
      },
    ),
    accepting<DescribeLaunchTemplateVersionsRequest, DescribeLaunchTemplateVersionsResult>(
      DescribeLaunchTemplateVersions$,
      ['LaunchTemplateId', 'LaunchTemplateName', 'Versions', 'MinVersion', 'MaxVersion', 'MaxResults', 'NextToken'],
      (input, call) => {
        const template = templateNamed(context, input);
        const named = input.Versions ?? [];
        const versions = named.length > 0 ? named.map((one) => versionOf(template, one)) : template.versions;
        const found = versions.filter(
          ({ number }) => number >= bound(input.MinVersion, 1) && number <= bound(input.MaxVersion, Infinity),
        );
        const { items, ...next } = pageOf(found, input, ({ number }) => String(VERSIONS_MAX - number).padStart(6, '0'));
        return {
          LaunchTemplateVersions: items.map((one) => shownVersion(template, one, call.accountId)),
          ...next,
        };
      },
    ),
  ];
}

function bound(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!Number.isInteger(number)) throw invalid(`'${text}' is not a version number`);
  return number;
}

const creator = (accountId: string): string => `arn:aws:iam::${accountId}:user/local`;

function shown(template: TemplateRecord, accountId: string): LaunchTemplate {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    CreateTime: new Date(template.createdAt),
    CreatedBy: creator(accountId),
    DefaultVersionNumber: template.defaultVersion,
    LatestVersionNumber: latest(template),
    Tags: writeTags(template.tags),
  };
}

function shownVersion(template: TemplateRecord, one: TemplateVersion, accountId: string): LaunchTemplateVersion {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: one.number,
    VersionDescription: one.description,
    CreateTime: new Date(one.createdAt),
    CreatedBy: creator(accountId),
    DefaultVersion: one.number === template.defaultVersion,
    LaunchTemplateData: one.data as LaunchTemplateVersion['LaunchTemplateData'],
  };
}
