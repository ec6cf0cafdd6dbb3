import path from 'node:path';
import { openState, type LoggedState } from '../logged-state.ts';
import { compilePattern, PatternError, type Matcher } from '../pattern.ts';
import { ServiceError } from '../service.ts';

export interface RuleTarget {
  readonly id: string;
  /** Of a queue. */
  readonly arn: string;
  /** JSON that is delivered instead of the event. */
  readonly input?: string | undefined;
}

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly pattern: string;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly description: string | undefined;
  readonly targets: readonly RuleTarget[];
  readonly tags: Readonly<Record<string, string>>;
}

type Entry = { readonly op: 'rule'; readonly rule: Rule } | { readonly op: 'drop'; readonly name: string };

const PATTERN_MAX_BYTES = 4_096;

/** The rules of the default bus, rebuilt from their log, each with its compiled pattern. */
export class RuleState {
  readonly rules = new Map<string, Rule>();
  private readonly matchers = new Map<string, Matcher>();
  private readonly log: LoggedState<Entry>;

  constructor(folder: string) {
    const { rules } = this;
    this.log = openState<Entry>({
      file: path.join(folder, 'events.jsonl'),
      apply: (entry) => this.apply(entry),
      *entries() {
        for (const rule of rules.values()) yield { op: 'rule', rule };
      },
    });
  }

  rule(name: string | undefined): Rule {
    const rule = this.rules.get(name ?? '');
    if (rule !== undefined) return rule;
    throw new ServiceError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
  }

  byArn(arn: string | undefined): Rule {
    const rule = [...this.rules.values()].find((candidate) => candidate.arn === arn);
    if (rule !== undefined) return rule;
    throw new ServiceError('ResourceNotFoundException', `Rule ${arn} does not exist.`);
  }

  save(rule: Rule): void {
    this.log.record({ op: 'rule', rule });
  }

  drop(name: string): void {
    this.log.record({ op: 'drop', name });
  }

  /** Targets of every enabled rule that the event matches. */
  *targetsOf(event: object): Iterable<RuleTarget> {
    for (const rule of this.rules.values()) {
      if (rule.state === 'ENABLED' && this.matchers.get(rule.name)?.(event) === true) yield* rule.targets;
    }
  }

  close(): void {
    this.log.close();
  }

  private apply(entry: Entry): void {
    if (entry.op === 'drop') {
      this.rules.delete(entry.name);
      this.matchers.delete(entry.name);
      return;
    }
    this.rules.set(entry.rule.name, entry.rule);
    this.matchers.set(entry.rule.name, compileEventPattern(entry.rule.pattern));
  }
}

export function compileEventPattern(pattern: string): Matcher {
  try {
    if (Buffer.byteLength(pattern) > PATTERN_MAX_BYTES) throw new PatternError('the pattern is too long');
    return compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ServiceError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
  }
}
