import { hasLeader } from '../../engine/decide/has-leader.ts';
import { isLeaseRead } from '../../engine/select/needs.ts';
import { clock, shortId } from '../format.ts';
import type { Frame } from '../frame.ts';
import { type Painted, paintEnds, type Span, span, spansWidth } from '../line.ts';

/** What gives way to the rest where there is not room for all, the first of them first. */
const YIELDING = ['leader', 'account', 'region', 'identity', 'name'] as const;

interface HeaderPart {
  readonly what: (typeof YIELDING)[number] | 'always';
  readonly spans: readonly Span[];
}

/** Line 1 of every screen: where we are and as whom. Modes, a missing master and the time stay however long the names are. */
export function drawHeader(frame: Frame): Painted {
  const { ui, theme, now, width } = frame;
  const paused = ui.frozen ? [span(' PAUSED ', 'selected'), span(' ')] : [];
  const right = [...paused, span(`${clock(now)} UTC `)];
  let parts = [...placeParts(frame), { what: 'always', spans: modeSpans(frame) } as const];
  for (const what of YIELDING) {
    if (spansWidth(parts.flatMap(({ spans }) => spans)) + spansWidth(right) < width) break;
    parts = parts.filter((part) => part.what !== what);
  }
  const left = parts.flatMap(({ spans }) => spans);
  const hasRoom = spansWidth(left) + spansWidth(right) < width;
  return paintEnds(theme, width, { left, right: hasRoom ? right : paused });
}

function placeParts({ snapshot, theme, now }: Frame): readonly HeaderPart[] {
  const dot = ` ${theme.glyphs.dot} `;
  const { deployment, leader } = snapshot;
  const cbas: HeaderPart = { what: 'always', spans: [span(' '), span('cbas', 'strong'), span('  ')] };
  if (deployment === undefined) return [cbas, { what: 'always', spans: [span('connecting', 'attention')] }];
  const { mode, name, accountId, region, identity } = deployment;
  const short = (id: string, room: number): string => shortId(id, room, theme.glyphs.ellipsis);
  return [
    cbas,
    { what: 'always', spans: [span(mode === 'local' ? 'LOCAL' : 'LIVE', 'strong')] },
    { what: 'name', spans: [span(` ${name}`)] },
    { what: 'region', spans: [span(dot)] },
    ...(mode === 'local' ? [] : [{ what: 'account', spans: [span(`${short(accountId, 9)} `)] } as const]),
    { what: 'region', spans: [span(region)] },
    { what: 'identity', spans: [span(`${dot}${identity}`)] },
    hasLeader(snapshot, now)
      ? { what: 'leader', spans: [span(`${dot}leader ${short(leader?.id ?? '', 12)}`)] }
      : {
          what: 'always',
          spans: [span(dot), isLeaseRead(snapshot) ? span('no master', 'broken') : span('master unknown', 'attention')],
        },
  ];
}

function modeSpans({ snapshot, ui }: Frame): readonly Span[] {
  const isReadOnly = ui.isReadOnly || snapshot.missingRight !== undefined;
  const modes = [
    ...(isReadOnly ? ['READ-ONLY'] : []),
    ...(ui.isDryRun ? ['DRY RUN'] : []),
    ...(snapshot.settings.production === true ? ['PRODUCTION'] : []),
  ];
  return modes.flatMap((mode) => [span(' '), span(` ${mode} `, 'selected')]);
}
