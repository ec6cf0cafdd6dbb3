import { hasLeader } from '../../engine/decide/has-leader.ts';
import { isLeaseRead } from '../../engine/select/needs.ts';
import { clock, shortId } from '../format.ts';
import type { Frame } from '../frame.ts';
import { type Painted, paintEnds, type Span, span } from '../line.ts';

/** Line 1 of every screen: where we are and as whom. */
export function drawHeader({ snapshot, ui, theme, now, width }: Frame): Painted {
  const dot = ` ${theme.glyphs.dot} `;
  const left: Span[] = [span(' '), span('cbas', 'strong'), span('  ')];
  const { deployment, leader } = snapshot;
  if (deployment === undefined) left.push(span('connecting', 'attention'));
  else {
    left.push(span(deployment.mode === 'local' ? 'LOCAL' : 'LIVE', 'strong'), span(` ${deployment.name}`));
    const account = deployment.mode === 'local' ? '' : `${shortId(deployment.accountId, 9, theme.glyphs.ellipsis)} `;
    left.push(span(`${dot}${account}${deployment.region}${dot}${deployment.identity}`));
    if (hasLeader(snapshot, now))
      left.push(span(`${dot}leader ${shortId(leader?.id ?? '', 12, theme.glyphs.ellipsis)}`));
    else
      left.push(span(dot), isLeaseRead(snapshot) ? span('no master', 'broken') : span('master unknown', 'attention'));
  }
  const isReadOnly = ui.isReadOnly || snapshot.missingRight !== undefined;
  const modes = [
    ...(isReadOnly ? ['READ-ONLY'] : []),
    ...(ui.isDryRun ? ['DRY RUN'] : []),
    ...(snapshot.settings.production === true ? ['PRODUCTION'] : []),
  ];
  left.push(...modes.flatMap((mode) => [span(' '), span(` ${mode} `, 'selected')]));
  const right: Span[] = ui.frozen
    ? [span(' PAUSED ', 'selected'), span(` ${clock(now)} UTC `)]
    : [span(`${clock(now)} UTC `)];
  return paintEnds(theme, width, { left, right });
}
