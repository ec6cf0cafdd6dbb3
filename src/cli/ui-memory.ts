import fs from 'node:fs';
import path from 'node:path';
import { type Remembered, rememberedOf, type UiMemory } from '../ui/ui-memory.ts';
import { consoleState } from './xdg.ts';

/** A file of more was not written by us. */
const BYTES_MAX = 1_000_000;

export function uiMemoryFile(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(consoleState(env), 'state.json');
}

/**
 * The memory of the console in `state.json`, for its owner alone. It is read anew before each save, so that two consoles
 * at once lose nothing but the same field; it is put in place whole, so that a crash leaves the old one. `tell`: a damaged
 * one was set aside, or a preference could not be kept.
 */
export function fileMemory(file: string, tell: (sentence: string) => void): UiMemory {
  let isTold = false;
  const trouble = (sentence: string): void => {
    if (!isTold) tell(sentence);
    isTold = true;
  };
  return {
    load: () => rememberedOf(read(file, trouble)),
    save(part: Remembered) {
      try {
        // A newer version's fields stay.
        write(file, { ...read(file, trouble), ...part });
      } catch (error) {
        trouble(`${file} was not written: ${(error as Error).message}`);
      }
    },
  };
}

/** What the file holds; nothing where there is none. A damaged one is renamed: its owner may want to look at it. */
function read(file: string, trouble: (sentence: string) => void): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    if (fs.statSync(file).size > BYTES_MAX) throw new Error(`it is larger than ${BYTES_MAX} bytes`);
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') trouble(`${file} was not read: ${message}`);
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new Error('it holds no object');
  } catch (error) {
    const aside = `${file}.damaged`;
    fs.renameSync(file, aside);
    trouble(`${file} was damaged (${(error as Error).message}) and is ${aside} now; columns and filters begin anew`);
    return {};
  }
}

function write(file: string, value: unknown): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}.next`;
  fs.writeFileSync(next, `${JSON.stringify(value, null, 1)}\n`, { mode: 0o600 });
  fs.renameSync(next, file);
}
