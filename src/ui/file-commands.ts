import type { AuditAnswer } from '../engine/model/audit.ts';
import { HOUR_MS } from '../engine/model/units.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import type { WordCommand } from './commands.ts';
import { EXPORT_FORMATS, exportFormat, exportPieces } from './export-rows.ts';
import { REPORT_ACTS_MAX, reportText } from './report.ts';
import { SCREEN_SPECS } from './screens/index.ts';
import { tell } from './state.ts';

/** Commands that write what is seen to a file of the operator's. */
export const FILE_COMMANDS: readonly WordCommand[] = [
  {
    name: 'export',
    usage: `FILE.${EXPORT_FORMATS.join('|')}|txt`,
    about: 'the rows of this screen, as filtered and sorted, or (txt) the screen as it stands',
    run: (cockpit, _, file) => exportRows(cockpit, file),
  },
  {
    name: 'report',
    usage: '[FILE.md]',
    about: 'what happened, who did what, and this screen, as a page to keep',
    run: (cockpit, _, file) => report(cockpit, file),
  },
];

function exportRows(cockpit: Cockpit, file: string): string | undefined {
  if (/\.txt$/i.test(file)) return void cockpit.clock.soon(() => void save(cockpit, file, { pieces: [`${cockpit.screenText().join('\n')}\n`], what: 'the screen' })); // prettier-ignore
  const format = exportFormat(file);
  if (format === undefined) return `export wants a file that ends in .${EXPORT_FORMATS.join(', .')} or .txt`;
  const frame = frameOf(cockpit);
  const spec = SCREEN_SPECS[frame.ui.screen];
  const cells = spec.cells?.(frame);
  if (cells === undefined) return 'this screen has no rows; FILE.txt gets it as it stands';
  const count = `${cells.length} ${cells.length === 1 ? 'row' : 'rows'}`;
  void save(cockpit, file, {
    pieces: exportPieces(format, cells, (id) => spec.describe?.(frame, id)),
    what: count,
  });
  return undefined;
}

/** From the oldest thing that this console knows of on; at least an hour. */
export function report(cockpit: Cockpit, said: string): string | undefined {
  const { engine, clock } = cockpit;
  if (said !== '' && !/\.md$/i.test(said)) return 'a report is Markdown: name a file that ends in .md';
  // First the palette closes: the screen in the report is the one behind it.
  clock.soon(() => {
    const { snapshot, now } = frameOf(cockpit);
    const screen = cockpit.screenText();
    const oldest = Math.min(now - HOUR_MS, ...snapshot.notables.map(({ since, at }) => since ?? at));
    const name = `cbas-${snapshot.deployment?.name ?? 'report'}-${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z.md`; // prettier-ignore
    void engine
      .readAudit({ since: oldest, limit: REPORT_ACTS_MAX })
      .then((audit: AuditAnswer) =>
        save(cockpit, said || name, { pieces: [reportText({ snapshot, now, audit, screen })], what: 'the report' }),
      );
  });
  return undefined;
}

interface Saved {
  readonly pieces: Iterable<string>;
  /** What it is, for a person. */
  readonly what: string;
}

async function save({ store, saveFile }: Cockpit, file: string, { pieces, what }: Saved): Promise<void> {
  const saved = await saveFile(file, pieces);
  if (saved.ok) tell(store, `${what} written to ${saved.file}`);
  else tell(store, `${file} was not written: ${saved.why}`, 'attention');
}
