const LEFT_OUT = '(left out)';

/**
 * What a server may say back of the request that it refuses: AWS itself quotes the canonical request, session token and all, where a
 * signature does not match, and proxies quote whatever they like. Secret keys are never sent, so nobody can quote these.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/(x-amz-security-token["']?\s*(?:[:=]|%3d|%3a)\s*["']?)[^\s"'&<>,;]+/gi, `$1${LEFT_OUT}`],
  [/(authorization["']?\s*[:=]\s*["']?)[^\r\n"'<>]+/gi, `$1${LEFT_OUT}`],
  [/(x-amz-credential["']?\s*(?:[:=]|%3d)\s*["']?)[^\s"'&<>,;]+/gi, `$1${LEFT_OUT}`],
  [/((?:secret_?access_?key|session_?token)["']?\s*[:=]\s*["']?)[^\s"'&<>,;]+/gi, `$1${LEFT_OUT}`],
  [/\bAWS4-HMAC-SHA256\b[^\r\n"'<>]*?Signature=[0-9a-f]*/gi, LEFT_OUT],
  [/\b((?:AKIA|ASIA)[A-Z0-9]{2})[A-Z0-9]{8,}\b/g, '$1...'],
];

/** A session token, wherever it stands: nothing else is so long and so mixed, but the message that EC2 encodes for who may decode it. */
const LONG = /(failure message: )?[A-Za-z0-9+/_-]{100,}={0,2}/gi;
/** Paths and hashes are long as well, but of one case. */
const UPPER_MIN = 10;

/** The text without session tokens, signatures and the greater part of key ids. */
export function withoutSecrets(text: string): string {
  const named = SECRETS.reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), text);
  return named.replaceAll(LONG, (found, isEncoded: string | undefined) => {
    const isToken = isEncoded === undefined && (found.match(/[A-Z]/g)?.length ?? 0) >= UPPER_MIN;
    return isToken ? LEFT_OUT : found;
  });
}
