/** The screens. The first nine are in the order of their number keys; Doctor is behind `0`. */
export const SCREENS = [
  'overview',
  'jobs',
  'workers',
  'market',
  'capacity',
  'masters',
  'incidents',
  'book',
  'audit',
  'doctor',
] as const;
export type ScreenId = (typeof SCREENS)[number];

export const SCREEN_TITLES: Readonly<Record<ScreenId, string>> = {
  overview: 'Overview',
  jobs: 'Jobs',
  workers: 'Workers',
  market: 'Market',
  capacity: 'Capacity',
  masters: 'Masters',
  incidents: 'Incidents',
  book: 'Book',
  audit: 'Audit',
  doctor: 'Doctor',
};

/** Screens that have a tab. */
export const TABS: readonly ScreenId[] = SCREENS.slice(0, 9);

export type ScreenKey = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/** The number key of a screen: 1 to 9, and 0 for the tenth. */
export function screenKey(screen: ScreenId): ScreenKey {
  return String((SCREENS.indexOf(screen) + 1) % 10) as ScreenKey;
}
