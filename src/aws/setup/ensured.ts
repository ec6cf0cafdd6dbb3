/** One resource and what was done about it. `kept`: the call itself creates or retrieves, and does not say which. */
export interface Ensured {
  readonly what: string;
  readonly outcome: 'exists' | 'created' | 'kept';
}
