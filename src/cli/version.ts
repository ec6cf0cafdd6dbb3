declare const CBAS_VERSION: string;

/** Put in by the bundler; "dev" where the source runs unbundled. */
export const VERSION: string = typeof CBAS_VERSION === 'string' ? CBAS_VERSION : 'dev';
