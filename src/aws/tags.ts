/** Tags of everything that CBAS makes in EC2; instances read their own through the metadata service. */
export const TAGS = {
  deployment: 'cbas:deployment',
  role: 'cbas:role',
  intent: 'cbas:intent',
  bid: 'cbas:bid',
  slots: 'cbas:slots',
} as const;
