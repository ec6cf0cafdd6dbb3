import type { CallFigures, Calls, CircuitState } from '../model/calls.ts';
import type { JsonObject } from '../model/units.ts';
import { readNumber, readNumbers, readObject, readOneOf } from './read.ts';
import { isObject } from './shape.ts';

const CIRCUIT_STATES = ['closed', 'open', 'half-open'] as const satisfies readonly CircuitState[];

/** Figures that a leader wrote, of whatever version. */
export function callsOf(value: JsonObject | undefined): Calls {
  return Object.fromEntries(
    Object.entries(value ?? {}).flatMap(([service, figures]) =>
      isObject(figures) ? [[service, figuresOf(figures)] as const] : [],
    ),
  );
}

function figuresOf(value: JsonObject): CallFigures {
  const recent = readObject(value, 'recent') ?? {};
  const circuit = readObject(value, 'circuit') ?? {};
  return {
    calls: readNumber(value, 'calls'),
    retries: readNumber(value, 'retries'),
    throttles: readNumber(value, 'throttles'),
    refused: readNumber(value, 'refused'),
    faults: readNumbers(value['faults']),
    recent: { calls: readNumber(recent, 'calls'), faults: readNumber(recent, 'faults') },
    p50Ms: readNumber(value, 'p50Ms'),
    p95Ms: readNumber(value, 'p95Ms'),
    answeredAt: readNumber(value, 'answeredAt'),
    circuit: {
      state: readOneOf(circuit, 'state', CIRCUIT_STATES) ?? 'closed',
      since: readNumber(circuit, 'since'),
      retryAt: readNumber(circuit, 'retryAt'),
    },
  };
}
