import type { List } from './list.ts';
import type { UiState } from './state.ts';

let counted: { readonly marks: ReadonlySet<string>; readonly key: string; readonly hidden: number } | undefined;

/** "12 marked (3 out of sight)": marks that the list does not show now, for an act is for all of them. '' when none is marked. */
export function markedWords(
  ui: Pick<UiState, 'marks' | 'range' | 'filters' | 'screen' | 'faultsOnly'>,
  list: List,
): string {
  // prettier-ignore
  const { marks, range } = ui;
  if (marks.size === 0) return '';
  const hidden = hiddenOf(ui, list);
  return `${marks.size} marked${hidden === 0 ? '' : ` (${hidden} out of sight)`}${range === undefined ? '' : ', range: v ends it'}`;
}

/** Counted again when the marks, the filter or the length of the list are others: a list of tables is searched from its beginning. */
function hiddenOf({ marks, filters, screen, faultsOnly }: Parameters<typeof markedWords>[0], list: List): number {
  const key = `${screen} ${filters[screen]} ${faultsOnly[screen]} ${list.length}`;
  if (counted?.marks === marks && counted.key === key) return counted.hidden;
  const shown = marks.size > FEW ? new Set(Array.from({ length: list.length }, (_, at) => list.idAt(at))) : undefined;
  let hidden = 0;
  for (const id of marks) if (shown === undefined ? list.indexOf(id) < 0 : !shown.has(id)) hidden += 1;
  counted = { marks, key, hidden };
  return hidden;
}

/** So many are looked for one by one. */
const FEW = 50;
