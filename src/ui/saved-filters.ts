import type { Snapshot } from '../engine/model/snapshot.ts';
import type { Cockpit } from './cockpit.ts';
import { SCREENS, type ScreenId } from './screens.ts';
import type { UiState } from './state.ts';

/**
 * Filters kept under a name, each for its screen and its deployment. The memory holds them as texts: under
 * "deployment/name" the screen and the filter, as in "jobs state:failed age<1h".
 */
export interface SavedFilter {
  readonly name: string;
  readonly screen: ScreenId;
  readonly filter: string;
}

/** Letters, digits, dashes: it is typed after `:`. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u;
const SAVED_MAX = 100;

function prefixOf({ deployment }: Pick<Snapshot, 'deployment'>): string {
  return `${deployment?.name ?? ''}/`;
}

/** Those of this deployment, by name. */
export function savedFilters(
  { savedFilters: all }: Pick<UiState, 'savedFilters'>,
  snapshot: Pick<Snapshot, 'deployment'>,
): readonly SavedFilter[] {
  const prefix = prefixOf(snapshot);
  return Object.entries(all)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => {
      const [screen = '', ...words] = value.split(' ');
      return { name: key.slice(prefix.length), screen: screen as ScreenId, filter: words.join(' ') };
    })
    .filter(({ screen }) => SCREENS.includes(screen))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Keeps the filter of the screen; returns what stands against it, for a person. */
export function saveFilter(
  { store, memory }: Pick<Cockpit, 'store' | 'memory'>,
  snapshot: Pick<Snapshot, 'deployment'>,
  name: string,
): string | undefined {
  const { screen, filters, savedFilters: all } = store.getState();
  if (!NAME.test(name)) return `"${name}" is no name for a filter: letters, digits and - . _, at most 40`;
  if (filters[screen].trim() === '') return 'there is no filter here to save; / makes one';
  const key = prefixOf(snapshot) + name;
  if (all[key] === undefined && Object.keys(all).length >= SAVED_MAX)
    return `${SAVED_MAX} filters are saved already; :forget NAME makes room`;
  const saved = { ...all, [key]: `${screen} ${filters[screen]}` };
  store.setState({ savedFilters: saved });
  memory.save({ filters: saved });
  return undefined;
}

/** Returns what stands against it, for a person. */
export function forgetFilter(
  { store, memory }: Pick<Cockpit, 'store' | 'memory'>,
  snapshot: Pick<Snapshot, 'deployment'>,
  name: string,
): string | undefined {
  const { [prefixOf(snapshot) + name]: gone, ...kept } = store.getState().savedFilters;
  if (gone === undefined) return `no filter "${name}" is saved`;
  store.setState({ savedFilters: kept });
  memory.save({ filters: kept });
  return undefined;
}
