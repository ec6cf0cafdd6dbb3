import { CHECKPOINT_POLICIES, type CheckpointPolicyName } from '../../engine/decide/checkpoint-policy.ts';
import { BILLING_MODELS, billingAt } from '../../engine/market/billing.ts';
import type { BillingModel } from '../../engine/market/billing-model.ts';
import { onDemandPrice } from '../../engine/market/parse-on-demand.ts';
import type { RecordedMarket } from '../../engine/market/recorded-market.ts';
import { DAY_MS, type EpochMs, HOUR_MS } from '../../engine/model/units.ts';
import { safe } from '../../ui/safe-text.ts';
import { CliError, EXIT } from '../exit.ts';
import { readOnDemand } from '../market-files.ts';
import { realNumber, wholeNumber } from '../numbers.ts';
import { iso } from '../output.ts';
import { chosenMarkets, type MarketFilter, type TimeWindow, windowIn } from './market-window.ts';

export interface BidOptions extends MarketFilter {
  readonly billing?: string;
  /** Defaults: 8 h of work, 12 h to the deadline. */
  readonly workH?: string;
  readonly deadlineH?: string;
  readonly bid?: string;
  readonly sweep?: boolean;
  readonly checkpoint?: string;
  readonly checkpointS: string;
  readonly restartS: string;
  readonly onDemand?: string;
  readonly from?: string;
  readonly to?: string;
  readonly starts: string;
  readonly seed: string;
  readonly json?: boolean;
}

/** What `simulate bid` was asked, checked. */
export interface BidQuestion {
  readonly market: RecordedMarket;
  /** Prices that count for the figures, and in which jobs start and have their deadlines. */
  readonly window: TimeWindow;
  readonly billing: BillingModel;
  readonly billingAsked: boolean;
  /** Undefined: all of them. */
  readonly bidUsdPerHour: number | undefined;
  readonly checkpoint: CheckpointPolicyName | 'auto';
  readonly workMs: number;
  readonly deadlineMs: number;
  readonly checkpointMs: number;
  readonly restartMs: number;
  readonly onDemandUsdPerHour: number | undefined;
  readonly starts: number;
  readonly seed: number;
}

const LOOK_BACK_MS = 90 * DAY_MS;
const PRICE_MAX = 1000;

export function bidQuestion(options: BidOptions): BidQuestion {
  if (options.bid !== undefined && options.sweep === true)
    throw new CliError('--bid and --sweep exclude each other: one bid, or all', EXIT.usage);
  const bidUsdPerHour =
    options.bid === undefined ? undefined : realNumber('--bid', options.bid, { min: 1e-6, max: PRICE_MAX });
  const workH = realNumber('--work-h', options.workH ?? '8', { min: 0.01, max: 1000 });
  const deadlineH = realNumber('--deadline-h', options.deadlineH ?? '12', { min: 0.01, max: 2000 });
  if (deadlineH < workH)
    throw new CliError(
      `--deadline-h ${deadlineH} is shorter than the work, ${workH} h: no instance is that fast`,
      EXIT.usage,
    );
  const checkpointS = realNumber('--checkpoint-s', options.checkpointS, { min: 1, max: 86_400 });
  const restartS = realNumber('--restart-s', options.restartS, { min: 0, max: 86_400 });
  const starts = wholeNumber('--starts', options.starts, { min: 1, max: 1_000_000 });
  const seed = wholeNumber('--seed', options.seed, { min: 0, max: 2 ** 32 - 1 });
  const checkpoint = policyOf(options.checkpoint ?? (bidUsdPerHour === undefined ? 'young' : 'auto'));
  const asked = options.billing === undefined ? undefined : billingOf(options.billing);
  const market = oneMarket(options);
  const window = roomFor(market, windowOf(market, options), deadlineH * HOUR_MS);
  return {
    market,
    window,
    billing: asked ?? billingAt(window.toMs),
    billingAsked: asked !== undefined,
    bidUsdPerHour,
    checkpoint,
    workMs: workH * HOUR_MS,
    deadlineMs: deadlineH * HOUR_MS,
    checkpointMs: checkpointS * 1000,
    restartMs: restartS * 1000,
    onDemandUsdPerHour:
      options.onDemand === undefined ? undefined : onDemandOf(options.onDemand, market, window.fromMs),
    starts,
    seed,
  };
}

function oneMarket(options: BidOptions): RecordedMarket {
  const markets = chosenMarkets(options);
  const [market] = markets;
  if (market !== undefined && markets.length === 1) return market;
  const names = markets.map((one) => `${one.type}/${one.zone} ${one.product}`).sort();
  const list = safe(names.slice(0, 60).join(', ')) + (names.length > 60 ? ` and ${names.length - 60} more` : '');
  throw new CliError(
    `${markets.length} markets fit; choose one with --type, --zone and --product: ${list}`,
    EXIT.usage,
  );
}

function windowOf({ series }: RecordedMarket, options: BidOptions): TimeWindow {
  const record = { fromMs: series.atMs[0] ?? 0, toMs: series.atMs.at(-1) ?? 0 };
  const window = windowIn(record, options);
  return options.from !== undefined
    ? window
    : { ...window, fromMs: Math.max(record.fromMs, window.toMs - LOOK_BACK_MS) };
}

function roomFor(market: RecordedMarket, window: TimeWindow, deadlineMs: number): TimeWindow {
  if (window.toMs - window.fromMs > deadlineMs) return window;
  const hours = ((window.toMs - window.fromMs) / HOUR_MS).toFixed(1);
  throw new CliError(
    `${safe(market.type)}/${safe(market.zone)}: the window from ${iso(window.fromMs)} to ${iso(window.toMs)} has ${hours} h, ` +
      `and no job with ${deadlineMs / HOUR_MS} h to its deadline fits: widen it (--from, --to) or give more prices`,
    EXIT.failed,
  );
}

function policyOf(name: string): CheckpointPolicyName | 'auto' {
  const found = ([...CHECKPOINT_POLICIES, 'auto'] as const).find((one) => one === name);
  if (found !== undefined) return found;
  throw new CliError(`--checkpoint ${safe(name)}: expected ${CHECKPOINT_POLICIES.join(', ')} or auto`, EXIT.usage);
}

function billingOf(name: string): BillingModel {
  const found = BILLING_MODELS.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new CliError(
    `--billing ${safe(name)}: expected ${BILLING_MODELS.map((one) => one.name).join(', ')}`,
    EXIT.usage,
  );
}

/** A price in USD per hour, or a file of on-demand prices. */
function onDemandOf(given: string, market: RecordedMarket, atMs: EpochMs): number {
  if (Number.isFinite(Number(given)) && given.trim() !== '')
    return realNumber('--on-demand', given, { min: 1e-6, max: PRICE_MAX });
  const price = onDemandPrice(readOnDemand(given), market, atMs);
  if (price !== undefined) return price;
  throw new CliError(
    `${safe(given)}: has no on-demand price of ${safe(market.type)} (${safe(market.product)}) in the region of ${safe(market.zone)}; give it as --on-demand USD`,
    EXIT.notFound,
  );
}
