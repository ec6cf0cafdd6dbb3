/** A deployment to open. Without a region it is an embedded AWS of this machine, or one that was opened before. */
export interface Destination {
  readonly name: string;
  readonly region?: string;
  readonly profile?: string;
}

/** What the program knows of other deployments. */
export interface Deployments {
  /** Names, the likeliest first. */
  known(): readonly string[];
  /** Where a name leads, with what is remembered of it; or why it leads nowhere, for a person. Never rejects. */
  find(
    wanted: Destination,
  ): Promise<{ readonly ok: true; readonly found: Destination } | { readonly ok: false; readonly why: string }>;
}
