/** The screens, in the order of their number keys. */
export const SCREENS = ['overview', 'jobs', 'workers', 'market', 'book'] as const;
export type ScreenId = (typeof SCREENS)[number];

export const SCREEN_TITLES: Readonly<Record<ScreenId, string>> = {
  overview: 'Overview',
  jobs: 'Jobs',
  workers: 'Workers',
  market: 'Market',
  book: 'Book',
};
