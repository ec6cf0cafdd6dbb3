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

/** The text without session tokens, signatures and the greater part of key ids. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), text);
}
