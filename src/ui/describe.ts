import { type Cockpit, frameOf } from './cockpit.ts';
import { openedText } from './log-pane.ts';
import { SCREEN_SPECS, selectedId } from './screens/index.ts';
import { tell } from './state.ts';
import { fit, truncate, widthOf } from './width.ts';

/** All that is known of the row under the cursor, as JSON. */
export function describe(cockpit: Cockpit): void {
  const frame = frameOf(cockpit);
  const { screen } = frame.ui;
  const id = selectedId(screen, frame.snapshot, frame.ui);
  const known = SCREEN_SPECS[screen].describe?.(frame, id);
  if (known === undefined) return tell(cockpit.store, 'nothing under the cursor');
  const lines = JSON.stringify(readable(known), undefined, 2).split('\n');
  cockpit.store.setState({
    log: openedText(`${nameOf(known, id)}   all that is known of it`, id, lines),
    isHelpOpen: false,
  });
}

/** The two rows that are marked, or the one that is and the one under the cursor: where they differ. */
export function compare(cockpit: Cockpit): void {
  const frame = frameOf(cockpit);
  const { ui, snapshot, width } = frame;
  const selected = selectedId(ui.screen, snapshot, ui);
  const ids = [...new Set([...ui.marks, ...(ui.marks.size < 2 ? [selected] : [])])];
  const rows = ids.flatMap((id) => {
    const row = SCREEN_SPECS[ui.screen].describe?.(frame, id);
    return row === undefined ? [] : [{ id, row }];
  });
  const [one, other] = rows;
  if (one === undefined || other === undefined || rows.length > 2)
    return tell(
      cockpit.store,
      `two are compared, and ${rows.length === 0 ? 'none is' : rows.length === 1 ? 'one is' : `${rows.length} are`} meant: mark them with space`,
    );
  const lines = differences(
    { name: nameOf(one.row, one.id), row: one.row },
    { name: nameOf(other.row, other.id), row: other.row },
    width - LEAD_COLUMNS,
  );
  cockpit.store.setState({ log: openedText('where they differ', one.id, lines), isHelpOpen: false });
}

const LEAD_COLUMNS = 4;
const FIELD_COLUMNS_MAX = 28;
const ELLIPSIS = '…';

interface Named {
  readonly name: string;
  readonly row: object;
}

/** A line for each field of which they have another value, and how many they have in common. `columns`: room for a line. */
export function differences(one: Named, other: Named, columns: number): readonly string[] {
  const [mine, its] = [fields(one.row), fields(other.row)];
  const all = [...new Set([...mine.keys(), ...its.keys()])];
  const differing = all.filter((field) => mine.get(field) !== its.get(field));
  const first = Math.min(FIELD_COLUMNS_MAX, Math.max(5, ...differing.map(widthOf)));
  const room = Math.max(8, Math.floor((columns - first - 4) / 2));
  const cell = (text: string, width: number): string => fit(truncate(text, width, ELLIPSIS), width);
  const line = (field: string, a: string, b: string): string => `${cell(field, first)}  ${cell(a, room)}  ${cell(b, room)}`.trimEnd(); // prettier-ignore
  const same = all.length - differing.length;
  return [
    line('', one.name, other.name),
    ...differing.map((field) => line(field, mine.get(field) ?? '-', its.get(field) ?? '-')),
    '',
    `${same} ${same === 1 ? 'field is' : 'fields are'} the same`,
  ];
}

/** Each value by its path, as a word: "tally.costUsd". */
export function fieldsOf(row: object): ReadonlyMap<string, string> {
  return fields(row);
}

function fields(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  const known = path === '' ? readable(value) : value;
  if (typeof known === 'object' && known !== null && !Array.isArray(known)) {
    for (const [name, inner] of Object.entries(known)) fields(inner, path === '' ? name : `${path}.${name}`, found);
  } else if (known !== undefined) found.set(path, typeof known === 'string' ? known : (JSON.stringify(known) ?? '-'));
  return found;
}

/** Fields that are moments. Before 2001 none of them can be, so that 0 and durations stay numbers. */
const MOMENT = /(?:At|Since|Until|Before)$|^(?:at|since|until)$/;
const FIRST_MOMENT = 1e12;

/** Moments in words (UTC) instead of milliseconds; what is undefined is left out. */
function readable(value: unknown, name = ''): unknown {
  if (typeof value === 'number' && value >= FIRST_MOMENT && MOMENT.test(name)) return new Date(value).toISOString();
  if (Array.isArray(value)) return value.map((one) => readable(one, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner, key)]));
}

function nameOf(row: object, id: string): string {
  return 'name' in row && typeof row.name === 'string' && row.name !== '' ? row.name : id;
}
