export interface ProgressLine {
  update(done: number, total: number): void;
  end(): void;
}

/** One line on a terminal's stderr, rewritten in place and wiped at the end; nothing in a pipe. */
export function progressLine(label: string): ProgressLine {
  const out = process.stderr;
  if (!out.isTTY) return { update: () => undefined, end: () => undefined };
  return {
    update: (done, total) => void out.write(`\r\u001b[2K${label} ${done}/${total}`),
    end: () => void out.write('\r\u001b[2K'),
  };
}
