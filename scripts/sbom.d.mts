export interface Component {
  readonly type: 'library';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly scope: 'required' | 'optional';
  readonly licenses: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly properties: readonly { readonly name: string; readonly value: 'bundled' | 'installed' }[];
}

export interface Sbom {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: string;
  readonly metadata: { readonly component: Pick<Component, 'bom-ref' | 'name' | 'version' | 'purl'> };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** What is shipped, by the lockfile: folders of packages whose code is in the bundle, and all that an installation brings beside it. */
export function sbom(root: string, bundled: Iterable<string>): Sbom;

/** Folders ("node_modules/ink") of the packages that files of a bundle come from. */
export function packageFolders(files: readonly string[]): readonly string[];
