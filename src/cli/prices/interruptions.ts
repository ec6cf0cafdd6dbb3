import { oneIn, poissonRate } from '../../engine/market/interruption-record.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { systemClock } from '../clock.ts';
import { EXIT } from '../exit.ts';
import { recordJson, recordOf } from '../interruption-file.ts';
import { aside, jsonText, print } from '../output.ts';
import { openToLook } from '../session.ts';

/** `cbas prices export --interruptions`: what this deployment saw of each market, as `cbas simulate bid --interruptions` reads it. */
export async function exportInterruptions(options: CommonOptions): Promise<number> {
  const wired = await openToLook(options);
  const nowMs = systemClock.now();
  const markets = await recordOf(wired, nowMs);
  print(jsonText(recordJson(markets, nowMs), 1));
  for (const { market, instanceHours, interruptions } of markets)
    aside(
      `${safe(market)}: ${instanceHours.toFixed(1)} instance-hours, ${oneIn(poissonRate(interruptions, instanceHours))}`,
    );
  if (markets.length === 0) aside('no spot instance has run in this deployment yet');
  return EXIT.done;
}
