import type { AuditAnswer, AuditQuery } from '../engine/model/audit.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../engine/model/units.ts';
import { joinAudit } from '../engine/select/audit.ts';
import { type Cockpit, READ_EVERY_MS } from './cockpit.ts';
import type { AuditSeen } from './state.ts';

/** How far back the Audit screen goes; `cbas audit --since` goes further. */
export const AUDIT_SINCE_MS = 7 * DAY_MS;
export const AUDIT_LINES_MAX = 2_000;
/** Lines bear the time of who wrote them: one that comes late, or from a clock that is slow, is found all the same. */
const AUDIT_OVERLAP_MS = 10 * MINUTE_MS;

/** What is read first, so that the screen has something to show; each further piece goes twice as far back as the one before. */
const AUDIT_FIRST_MS = 2 * HOUR_MS;

/**
 * Reads the audit while its screen is open: what is new, and then, from the newest hours back, what is missing of the days that it
 * shows. One question at a time.
 */
export function keepReadingAudit({ engine, store, clock }: Cockpit): () => void {
  let isAsking = false;
  let isOver = false;
  const ask = (query: Pick<AuditQuery, 'since' | 'until'>, took: (answer: AuditAnswer) => void): void => {
    isAsking = true;
    void engine.readAudit({ ...query, limit: AUDIT_LINES_MAX }).then((answer) => {
      isAsking = false;
      if (!isOver) took(answer);
    });
  };
  const readBack = (): void => {
    const { audit, frozen } = store.getState();
    const at = clock.now();
    const start = at - AUDIT_SINCE_MS;
    // What is kept is full, or complete to the hour.
    if (isOver || frozen !== undefined || audit.failed !== undefined || audit.isCut || audit.since < start + HOUR_MS)
      return;
    const since = Math.max(start, audit.since - (at - audit.since));
    ask({ since, until: audit.since }, (answer) => {
      store.setState((ui) => ({ audit: withAnswer(ui.audit, answer, { since }) }));
      readBack();
    });
  };
  const read = (): void => {
    const { audit, frozen } = store.getState();
    if (isAsking || isOver || (frozen !== undefined && audit.readAt > 0)) return;
    const readAt = clock.now();
    const since = audit.readAt === 0 ? readAt - AUDIT_FIRST_MS : audit.readAt - AUDIT_OVERLAP_MS;
    ask({ since }, (answer) => {
      store.setState((ui) => ({ audit: withAnswer(ui.audit, answer, { since: ui.audit.since || since, readAt }) }));
      readBack();
    });
  };
  read();
  const stop = clock.every(READ_EVERY_MS, read);
  return () => {
    isOver = true;
    stop();
  };
}

function withAnswer(
  seen: AuditSeen,
  answer: AuditAnswer,
  now: Partial<Pick<AuditSeen, 'since' | 'readAt'>>,
): AuditSeen {
  if (answer.kind === 'failed') return { ...seen, failed: answer };
  const entries = joinAudit(seen.entries, answer.entries, AUDIT_LINES_MAX);
  return { ...seen, ...now, entries, failed: undefined, isCut: seen.isCut || answer.cut };
}
