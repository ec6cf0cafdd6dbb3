import type { Source } from '../../engine/model/event.ts';
import { deniedOf, deniedSentence } from '../../engine/select/denied.ts';
import { age } from '../format.ts';
import type { Frame } from '../frame.ts';
import { type Painted, paintLine, span } from '../line.ts';

/** The right that is missing for a panel, and how old what it shows is; nothing where it may be read. */
export function deniedLine({ snapshot, theme, width, now }: Frame, source: Source): readonly Painted[] {
  const denied = deniedOf(snapshot, source);
  if (denied === undefined) return [];
  const readAt = snapshot.sources[source]?.observedAt ?? 0;
  const old = readAt === 0 ? `${source} were never read` : `${source} are ${age(now - readAt)} old`;
  return [paintLine(theme, width, [span(` ! ${deniedSentence(denied)}`, 'attention'), span(`   ${old}`, 'dim')])];
}
