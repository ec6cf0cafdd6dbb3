import type { KeyChanges } from '../ui/effective-keys.ts';
import type { Program } from '../ui/programs.ts';
import type { ConsoleSettings } from './console-settings.ts';

/** The configuration of the console, one JSON file; a parser of TOML is not among the dependencies, and is not worth one. */
export interface ConsoleConfig {
  readonly settings: ConsoleSettings;
  /** Keys by the name of their binding, over those of the preset. */
  readonly keys: KeyChanges;
  /** The operator's own, offered behind `:`. */
  readonly programs: readonly Program[];
  /** Where it was read; undefined when there is none. */
  readonly file: string | undefined;
}
