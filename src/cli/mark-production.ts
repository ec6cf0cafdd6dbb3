import { safe } from '../ui/safe-text.ts';
import { MISC, settingsOf, writeSettings } from '../engine/protocol/misc-item.ts';
import { auditAct } from './audit-act.ts';
import { openDeployment } from './wire.ts';
import type { Choice } from './choose.ts';
import { CliError, EXIT } from './exit.ts';
import { note } from './output.ts';

/** The one setting of a deployment that exists which init changes, for it takes nothing away: acts are only asked for more carefully. */
export async function markAsProduction(choice: Choice): Promise<void> {
  const wired = await openDeployment(choice);
  const settings = settingsOf(await wired.store.get('misc', MISC.settings));
  if (settings.production === true) return;
  const next = { ...settings, production: true, changedBy: wired.deployment.identity, changedAt: Date.now() } as const;
  const written = await wired.store.write(writeSettings(next));
  if (written === undefined)
    throw new CliError('somebody changed the settings at the same moment: say it again', EXIT.conflict);
  const act = {
    verb: 'deployment.production',
    title: `mark ${choice.name} as production`,
    state: 'done',
    outcome: '',
  } as const;
  await auditAct(wired, { ...act, targets: [{ id: 'settings', rev: settings.rev, outcome: 'done' }] });
  note(`${safe(choice.name)} is marked as production: every act wants its name typed`);
}
