import { auditOfAct } from '../engine/decide/audit-entries.ts';
import type { AuditEntry } from '../engine/model/audit.ts';
import { describeFault } from '../engine/model/fault.ts';
import { uuidV7 } from '../engine/model/ids.ts';
import { auditSeq } from '../engine/protocol/audit-item.ts';
import { writeAudit } from '../engine/run/audit.ts';
import { operatorOrigin } from './choose.ts';
import { note } from './output.ts';
import { freshRng, type Wired } from './wire.ts';

/** Of a fresh id: what tells lines of one millisecond apart. */
const OWN_CHARACTERS = 12;

/** A line of the audit for a verb that makes its writes itself. Where it cannot be written, that is told; the act stands. */
export async function auditAct(
  { store, deployment }: Pick<Wired, 'store' | 'deployment'>,
  act: Pick<AuditEntry, 'verb' | 'title' | 'state' | 'outcome' | 'targets'>,
): Promise<void> {
  const at = Date.now();
  const actId = uuidV7(at, freshRng());
  const operator = { name: deployment.identity, from: operatorOrigin() };
  const stamp = { at, seq: auditSeq(at, actId.slice(-OWN_CHARACTERS)) };
  const fault = await writeAudit(store, auditOfAct({ ...act, actId }, operator, stamp));
  if (fault !== undefined) note(`not in the audit: ${describeFault(fault)}`);
}
