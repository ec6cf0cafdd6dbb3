import { X509Certificate } from 'node:crypto';

/** Leaf, two intermediates and a root are what Amazon uses. */
const DEPTH_MAX = 5;
/** One or more certificates, as a file of a CA holds them. */
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PEM_CERTIFICATES_MAX = 8;

/** The certificates of a file, in PEM or DER; none where it holds what is none. */
export function certificatesIn(bytes: Buffer): readonly X509Certificate[] {
  const texts = bytes.toString('latin1').match(PEM)?.slice(0, PEM_CERTIFICATES_MAX);
  try {
    return texts === undefined ? [new X509Certificate(bytes)] : texts.map((text) => new X509Certificate(text));
  } catch {
    // Whatever it is, it is no certificate, and proves nothing.
    return [];
  }
}

export interface ChainOptions {
  /** Trusted by themselves. */
  readonly roots: readonly X509Certificate[];
  /** What came with the leaf. */
  readonly others: readonly X509Certificate[];
  /** Epoch ms. */
  readonly at: number;
  /** The issuer's certificate where a certificate says that it is to be had; undefined where it is not. */
  readonly issuerOf: (certificate: X509Certificate) => Promise<X509Certificate | undefined>;
}

/** Why a certificate is not to be trusted; undefined when a chain of valid signatures leads from it to a root. */
export async function brokenChain(leaf: X509Certificate, options: ChainOptions): Promise<string | undefined> {
  const { roots, others, at, issuerOf } = options;
  let current = leaf;
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    if (!isValidAt(current, at))
      return `${nameOf(current)} is not valid now (${current.validFrom} to ${current.validTo})`;
    const root = roots.find((one) => isIssuedBy(current, one));
    if (root !== undefined) return isValidAt(root, at) ? undefined : `the root ${nameOf(root)} is not valid now`;
    const next: X509Certificate | undefined =
      others.find((one) => one.ca && isIssuedBy(current, one)) ?? (await issuerOf(current));
    if (next === undefined || !next.ca || !isIssuedBy(current, next))
      return `no known authority has issued ${nameOf(current)}`;
    current = next;
  }
  return `its chain is longer than ${DEPTH_MAX}`;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isValidAt({ validFrom, validTo }: X509Certificate, at: number): boolean {
  return Date.parse(validFrom) <= at && at <= Date.parse(validTo);
}

/** The common name of its subject; '' where it has none. */
export function nameOf({ subject }: Pick<X509Certificate, 'subject'>): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? '';
}
