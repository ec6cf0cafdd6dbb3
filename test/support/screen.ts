import xterm from '@xterm/headless';

/** What a terminal shows after it was sent `text`: the characters and, where asked, the style of each cell. */
export async function terminalOf(
  text: string,
  size: { readonly columns: number; readonly rows: number },
): Promise<xterm.Terminal> {
  const terminal = new xterm.Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true, scrollback: 0 });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  return terminal;
}

export function screenLines(terminal: xterm.Terminal): readonly string[] {
  const buffer = terminal.buffer.active;
  return Array.from(
    { length: terminal.rows },
    (_, row) => buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '',
  );
}

/** Blank cells without a style, at the end of a row. */
const BLANK_END = /( ? \/0{6}\.0\.-1\.0\.-1)+$/;

/** Characters and styles, cell by cell: equal exactly when two screens look the same. */
export function screenCells(terminal: xterm.Terminal): readonly string[] {
  const buffer = terminal.buffer.active;
  return Array.from({ length: terminal.rows }, (_, row) => {
    const line = buffer.getLine(row);
    const cells = Array.from({ length: terminal.cols }, (_, column) => {
      const cell = line?.getCell(column);
      if (cell === undefined) return '';
      const flags = [
        cell.isBold(),
        cell.isDim(),
        cell.isItalic(),
        cell.isUnderline(),
        cell.isInverse(),
        cell.isStrikethrough(),
      ];
      const style = `${flags.map((flag) => (flag ? 1 : 0)).join('')}.${cell.getFgColorMode()}.${cell.getFgColor()}.${cell.getBgColorMode()}.${cell.getBgColor()}`;
      return `${cell.getChars() || ' '}/${style}`;
    });
    return cells.join(' ').replace(BLANK_END, '');
  });
}
