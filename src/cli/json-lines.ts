/** Lines of a JSON text, from 1, by the path of what stands there: `keys.page-up`, `keys.page-up[1]`. For errors about a file that a person wrote. */
export function jsonLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>([['', 1]]);
  /** What is open: the path of an object, or of a list with the number of its next element. */
  const open: { readonly path: string; next: number | undefined }[] = [];
  let line = 1;
  let path = '';
  for (const [token] of text.matchAll(TOKEN)) {
    const inside = open.at(-1);
    if (token === '\n') line++;
    else if (token === '{' || token === '[') open.push({ path, next: token === '[' ? 0 : undefined });
    else if (token === '}' || token === ']') open.pop();
    else if (token.endsWith(':')) {
      const name = JSON.parse(token.slice(0, -1).trimEnd()) as string;
      path = inside?.path ? `${inside.path}.${name}` : name;
      lines.set(path, line);
      // Name and colon may stand on different lines.
      line += token.split('\n').length - 1;
      continue;
    } else if (token === ',' && inside?.next !== undefined) inside.next++;
    const list = open.at(-1);
    if (list?.next !== undefined) {
      path = `${list.path}[${list.next}]`;
      if (!lines.has(path) && token !== '[' && token !== ',' && token !== '\n') lines.set(path, line);
    }
  }
  return lines;
}

/** A name with its colon, another text, a bracket, a comma, a line's end; or a bare value. */
const TOKEN = /"(?:[^"\\\n]|\\.)*"\s*:|"(?:[^"\\\n]|\\.)*"|[{}[\],\n]|[^\s{}[\],":]+/g;

/** The line of a path, or of the nearest thing around it. */
export function lineOf(lines: ReadonlyMap<string, number>, path: string): number {
  for (let at = path; at !== ''; at = at.replace(/(?:\.[^.[]*|\[\d+\]|^[^.[]+)$/, '')) {
    const line = lines.get(at);
    if (line !== undefined) return line;
  }
  return lines.get('') ?? 1;
}
