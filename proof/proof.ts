/** What a proof found: figures, and whether anything was violated. */
export interface Proven {
  readonly figures: object;
  readonly violated: boolean;
}

export interface ProofOptions {
  /** `--kills 100` as {kills: "100"}. */
  readonly flags: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}
