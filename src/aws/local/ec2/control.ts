import type { Interruptions } from './interruptions.ts';
import type { Market } from './market.ts';

/** What AWS has no call for: drills, and the state of the market. Used by tests, by the demonstration, and over HTTP. */
export interface Ec2Control {
  /** Takes a spot instance back, with or without notice. False when it is no active spot instance. */
  interrupt(instanceId: string, how: { readonly notice: boolean }): boolean;
  /** How many instances a pool holds; null: any number. */
  setCapacity(pool: string, count: number | null): void;
  /** Answers requests below /_cbas/ec2/; undefined: not ours. */
  handle(request: ControlRequest): ControlReply | undefined;
}

export interface ControlRequest {
  readonly method: string;
  readonly path: string;
  /** JSON, or empty. */
  readonly body: string;
}

export interface ControlReply {
  readonly status: number;
  readonly body: unknown;
}

export interface ControlOptions {
  readonly market: Market;
  readonly interruptions: Interruptions;
  readonly now: () => number;
}

/**
 *   GET  /_cbas/ec2/market     speed, zones, and the price and capacity of every pool
 *   POST /_cbas/ec2/capacity   {"pool": "c5.large/us-east-1a", "count": 0 | n | null}
 *   POST /_cbas/ec2/interrupt  {"instanceId": "i-...", "notice": true | false}
 */
export function createControl({ market, interruptions, now }: ControlOptions): Ec2Control {
  const control: Omit<Ec2Control, 'handle'> = {
    interrupt: (id, how) => interruptions.interrupt(id, how),
    setCapacity: (pool, count) => market.setCapacity(pool, count),
  };
  const routes: Readonly<Record<string, (body: Readonly<Record<string, unknown>>) => ControlReply>> = {
    'GET /_cbas/ec2/market': () => ({
      status: 200,
      body: marketNow(market, now()),
    }),
    'POST /_cbas/ec2/capacity': ({ pool, count }) => {
      if (typeof pool !== 'string' || !(count === null || typeof count === 'number'))
        return refused('give {"pool": "c5.large/us-east-1a", "count": a number or null}');
      try {
        control.setCapacity(pool, count);
      } catch (error) {
        if (error instanceof RangeError) return refused(error.message);
        throw error;
      }
      return { status: 200, body: { pool, count } };
    },
    'POST /_cbas/ec2/interrupt': ({ instanceId, notice = true }) => {
      if (typeof instanceId !== 'string' || typeof notice !== 'boolean')
        return refused('give {"instanceId": "i-...", "notice": true or false}');
      if (control.interrupt(instanceId, { notice })) return { status: 200, body: { instanceId, notice } };
      return { status: 404, body: { error: `${instanceId} is no active spot instance` } };
    },
  };
  return {
    ...control,
    handle({ method, path, body }) {
      const route = `${method} ${path}`;
      if (!Object.hasOwn(routes, route)) return undefined;
      const input = parsed(body);
      return input === undefined ? refused('the body is no JSON object') : routes[route]?.(input);
    },
  };
}

const refused = (error: string): ControlReply => ({ status: 400, body: { error } });

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  if (body.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function marketNow(market: Market, at: number) {
  return {
    speed: market.speed,
    region: market.region,
    zones: market.zones,
    pools: market.pools.map((pool) => ({
      pool: pool.name,
      usdPerHour: market.priceAt(pool, at),
      onDemandUsdPerHour: pool.type.onDemandUsdPerHour,
      capacity: market.capacityOf(pool.name) ?? null,
    })),
  };
}
