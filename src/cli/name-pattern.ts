/** Names by a pattern: `*` stands for anything, `?` for one character; the whole name must match. */
export function namePattern(pattern: string): (name: string) => boolean {
  const source = pattern
    .split(/(\*+|\?)/)
    .map((part) =>
      part.startsWith('*') ? '.*' : part === '?' ? '.' : part.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`),
    )
    .join('');
  const expression = new RegExp(`^${source}$`, 'su');
  return (name) => expression.test(name);
}
