import { propose } from './propose.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import type { WordCommand } from './commands.ts';
import { THEME_NAMES, type ThemeName } from './palettes.ts';
import { selectedId } from './screens/index.ts';
import { tell } from './state.ts';

/** Commands that act without a key of their own. */
export const ACT_COMMANDS: readonly WordCommand[] = [
  {
    name: 'submit',
    usage: 'FILE',
    about: 'plan to submit the job documents of a file',
    like: 'launch',
    run: (cockpit, _, file) => submitFile(cockpit, file),
  },
  {
    name: 'image',
    usage: '',
    about: 'plan an image of its instance',
    like: 'launch',
    run: imageOfJob,
  },
  {
    name: 'retire',
    usage: 'IMAGE...',
    about: 'plan to remove images',
    like: 'launch',
    run: retire,
  },
];

/** Commands that change how acts and the screen are done. */
export const MODE_COMMANDS: readonly WordCommand[] = [
  {
    name: 'dry-run',
    usage: '[on|off]',
    about: 'plans only tell what they would do',
    complete: () => ['on', 'off'],
    run: dryRun,
  },
  {
    name: 'theme',
    usage: 'NAME',
    about: 'paint with other colours',
    complete: () => THEME_NAMES,
    run: useTheme,
  },
];

/** Reads the file, and shows what would be submitted, or what is wrong with it line by line. */
function submitFile(cockpit: Cockpit, file: string): string | undefined {
  if (file === '') return 'submit wants a file of job documents';
  const { store, readJobs } = cockpit;
  tell(store, `reading ${file}`);
  void readJobs(file).then((read) => {
    // Whoever has begun something else meanwhile is not thrown out of it.
    if (store.getState().dialog !== undefined) return tell(store, `${file} was read; say it again to submit it`);
    if (read.ok) return propose(cockpit, { kind: 'jobs.submit', source: file, jobs: read.jobs }, 'enter');
    const dialog = { kind: 'problems', title: `submit ${file}`, lines: read.problems } as const;
    store.setState({ dialog, message: undefined });
  });
  return undefined;
}

/** Of the jobs that are marked, or of the one under the cursor. */
function imageOfJob(cockpit: Cockpit): string | undefined {
  const { snapshot, ui } = frameOf(cockpit);
  const marked = [...ui.marks].filter((id) => snapshot.jobs.get(id) !== undefined);
  const jobIds = marked.length > 0 ? marked : [selectedId('jobs', snapshot, ui)].filter((id) => id !== '');
  if (ui.screen !== 'jobs' || jobIds.length === 0) return 'image wants a job under the cursor, on Jobs';
  propose(cockpit, { kind: 'jobs.image', jobIds }, 'enter');
  return undefined;
}

function retire(cockpit: Cockpit, imageIds: readonly string[]): string | undefined {
  const wrong = imageIds.find((id) => !/^ami-[0-9a-f]+$/.test(id));
  if (imageIds.length === 0 || wrong !== undefined) return `retire wants ids of images${wrong === undefined ? '' : `; "${wrong}" is none`}`;
  propose(cockpit, { kind: 'images.retire', imageIds }, 'enter');
  return undefined;
} // prettier-ignore

/** Without a word it is switched. */
function dryRun({ engine, store }: Cockpit, [word]: readonly string[]): string | undefined {
  if (word !== undefined && word !== 'on' && word !== 'off') return `"${word}" is neither on nor off`;
  const isOn = word === undefined ? !engine.abilities().dryRun : word === 'on';
  engine.setDryRun(isOn ? 'on' : 'off');
  store.setState({ isDryRun: isOn });
  tell(store, isOn ? 'dry run: from now on plans only tell what they would do' : 'no dry run any more: plans are carried out'); // prettier-ignore
  return undefined;
}

function useTheme({ store, paintAs }: Cockpit, [word = '']: readonly string[]): string | undefined {
  if (!isTheme(word)) return `there is no theme "${word}"; there are: ${THEME_NAMES.join(', ')}`;
  if (!paintAs(word)) return 'this terminal has one theme only';
  tell(store, `theme ${word} until you leave; "theme" in the configuration keeps it`);
  return undefined;
}

function isTheme(word: string): word is ThemeName {
  return (THEME_NAMES as readonly string[]).includes(word);
}
