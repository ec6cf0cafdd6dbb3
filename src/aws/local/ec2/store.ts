import { type DurableLog, openLog } from '../durable-log.ts';
import type { GroupRecord, ImageRecord, InstanceRecord, TemplateRecord, TokenRecord } from './records.ts';

interface Kinds {
  readonly instance: InstanceRecord;
  readonly template: TemplateRecord;
  readonly group: GroupRecord;
  readonly image: ImageRecord;
  readonly token: TokenRecord;
}

type Entry =
  | { readonly [K in keyof Kinds]: { readonly put: K; readonly value: Kinds[K] } }[keyof Kinds]
  | { readonly drop: keyof Kinds; readonly id: string };

/** What the embedded EC2 remembers: in memory to be read, in a log on disk to survive. */
export interface Ec2Store {
  readonly instances: ReadonlyMap<string, InstanceRecord>;
  readonly templates: ReadonlyMap<string, TemplateRecord>;
  readonly groups: ReadonlyMap<string, GroupRecord>;
  readonly images: ReadonlyMap<string, ImageRecord>;
  readonly tokens: ReadonlyMap<string, TokenRecord>;
  putInstance(record: InstanceRecord): void;
  putTemplate(record: TemplateRecord): void;
  putGroup(record: GroupRecord): void;
  putImage(record: ImageRecord): void;
  /** Drops the oldest tokens beyond TOKENS_MAX. */
  putToken(record: TokenRecord): void;
  dropInstance(id: string): void;
  dropTemplate(id: string): void;
  dropGroup(id: string): void;
  dropImage(id: string): void;
  /** One more than any instance had. */
  nextSequence(): number;
  close(): void;
}

/** EC2 keeps tokens for a day or so; a client that retries does it within minutes. */
const TOKENS_MAX = 10_000;

export function openStore(file: string): Ec2Store {
  const instances = new Map<string, InstanceRecord>();
  const templates = new Map<string, TemplateRecord>();
  const groups = new Map<string, GroupRecord>();
  const images = new Map<string, ImageRecord>();
  const tokens = new Map<string, TokenRecord>();
  let sequence = 0;
  /** Written but not yet applied: a rewrite of the log in between must not lose it. */
  let inDoubt: readonly Entry[] = [];

  const maps = { instance: instances, template: templates, group: groups, image: images, token: tokens };
  const apply = (entry: Entry): void => {
    if ('drop' in entry) {
      maps[entry.drop].delete(entry.id);
      return;
    }
    (maps[entry.put] as Map<string, typeof entry.value>).set(entry.value.id, entry.value);
    if (entry.put === 'instance') sequence = Math.max(sequence, entry.value.sequence);
  };
  const log: DurableLog<Entry> = openLog<Entry>({
    file,
    replay: apply,
    *compact() {
      for (const value of instances.values()) yield { put: 'instance', value };
      for (const value of templates.values()) yield { put: 'template', value };
      for (const value of groups.values()) yield { put: 'group', value };
      for (const value of images.values()) yield { put: 'image', value };
      for (const value of tokens.values()) yield { put: 'token', value };
      yield* inDoubt;
    },
  });
  const write = (entry: Entry): void => {
    inDoubt = [entry];
    log.append(entry);
    inDoubt = [];
    apply(entry);
  };

  return {
    instances,
    templates,
    groups,
    images,
    tokens,
    putInstance: (value) => write({ put: 'instance', value }),
    putTemplate: (value) => write({ put: 'template', value }),
    putGroup: (value) => write({ put: 'group', value }),
    putImage: (value) => write({ put: 'image', value }),
    putToken(value) {
      write({ put: 'token', value });
      for (const id of tokens.keys()) {
        if (tokens.size <= TOKENS_MAX) break;
        write({ drop: 'token', id });
      }
    },
    dropInstance: (id) => write({ drop: 'instance', id }),
    dropTemplate: (id) => write({ drop: 'template', id }),
    dropGroup: (id) => write({ drop: 'group', id }),
    dropImage: (id) => write({ drop: 'image', id }),
    nextSequence: () => (sequence += 1),
    close: () => log.close(),
  };
}
